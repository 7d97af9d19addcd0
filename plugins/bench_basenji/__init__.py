"""Basenji and Basenji2: rates of reads along 131 kb, and expression read at the TSS."""

from __future__ import annotations

from bench.interface import Preset, Register, hookimpl
from bench.training import LONG_SEQUENCES, network_card
from bench_basenji.settings import (
    COMPACT_BASENJI,
    COMPACT_BASENJI2,
    PUBLISHED_BASENJI,
    PUBLISHED_BASENJI2,
    TRIAL_BASENJI,
    TRIAL_BASENJI2,
    Basenji2Settings,
    BasenjiSettings,
)

BASENJI_CARD = network_card(
    "basenji",
    "Convolutions with pooling, then dilated ones that read all before, on 131 kb",
    paper="Kelley et al. 2018, doi:10.1101/gr.227819.117",
    year=2018,
    settings=BasenjiSettings,
    tasks=LONG_SEQUENCES,
    several_heads=True,
    upstream=("trunk",),
    packages=("h5py",),
    presets={
        "published": Preset(
            input_length=131_072, parameters=15_190_636, targets=4229,
            settings=PUBLISHED_BASENJI.as_preset(),
        ),
        "compact": Preset(
            input_length=16_384, parameters=107_277, settings=COMPACT_BASENJI.as_preset()
        ),
        "trial": Preset(
            input_length=512, parameters=54_525, settings=TRIAL_BASENJI.as_preset()
        ),
    },
)  # fmt: skip
BASENJI2_CARD = network_card(
    "basenji2",
    "Convolutions with pooling, then dilated residual blocks, on 131 kb, for several species",
    paper="Kelley 2020, doi:10.1371/journal.pcbi.1008050",
    year=2020,
    settings=Basenji2Settings,
    tasks=LONG_SEQUENCES,
    several_heads=True,
    upstream=("trunk",),
    packages=("h5py",),
    files=("weights",),
    presets={
        "published": Preset(
            input_length=131_072, parameters=30_088_228, targets=5313,
            settings=PUBLISHED_BASENJI2.as_preset(),
        ),
        "compact": Preset(
            input_length=16_384, parameters=124_531, settings=COMPACT_BASENJI2.as_preset()
        ),
        "trial": Preset(
            input_length=512, parameters=77_451, settings=TRIAL_BASENJI2.as_preset()
        ),
    },
)  # fmt: skip


@hookimpl
def bench_models(register: Register) -> None:
    """Add both models."""
    register.model(BASENJI_CARD, "bench_basenji.model:BasenjiModel")
    register.model(BASENJI2_CARD, "bench_basenji.model:Basenji2Model")

"""Enformer: rates of reads along 197 kb by attention, and expression read at the TSS."""

from __future__ import annotations

from bench.interface import Preset, Register, hookimpl
from bench.training import LONG_SEQUENCES, network_card
from bench_enformer.settings import COMPACT, PUBLISHED, TRIAL, EnformerSettings

CARD = network_card(
    "enformer",
    "Convolutions with attention pooling, then attention between bins, on 197 kb",
    paper="Avsec et al. 2021, doi:10.1038/s41592-021-01252-x",
    year=2021,
    family="transformer",
    settings=EnformerSettings,
    tasks=LONG_SEQUENCES,
    several_heads=True,
    upstream=("trunk",),
    files=("weights",),
    presets={
        "published": Preset(
            input_length=196_608, parameters=246_172_353, targets=5313,
            settings=PUBLISHED.as_preset(),
        ),
        "compact": Preset(input_length=16_384, parameters=254_833, settings=COMPACT.as_preset()),
        "trial": Preset(input_length=512, parameters=254_833, settings=TRIAL.as_preset()),
    },
)  # fmt: skip


@hookimpl
def bench_models(register: Register) -> None:
    """Add the model."""
    register.model(CARD, "bench_enformer.model:EnformerModel")

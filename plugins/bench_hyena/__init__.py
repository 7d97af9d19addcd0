"""Long convolutions in the place of attention: rates of reads and expression, on 197 kb."""

from __future__ import annotations

from bench.interface import Preset, Register, hookimpl
from bench.training import LONG_SEQUENCES, network_card
from bench_hyena.settings import COMPACT, FULL, TRIAL, HyenaSettings

CARD = network_card(
    "hyena",
    "Enformer's shape with gated long convolutions for attention, after Hyena; no parity claimed",
    paper="Poli et al. 2023, arXiv:2302.10866",
    year=2023,
    family="long convolution",
    settings=HyenaSettings,
    tasks=LONG_SEQUENCES,
    several_heads=True,
    upstream=("trunk",),
    packages=("scipy",),
    presets={
        "full": Preset(
            input_length=196_608, parameters=277_699_958, targets=5313, settings=FULL.as_preset()
        ),
        "compact": Preset(input_length=16_384, parameters=326_454, settings=COMPACT.as_preset()),
        "trial": Preset(input_length=512, parameters=326_454, settings=TRIAL.as_preset()),
    },
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add the model."""
    register.model(CARD, "bench_hyena.model:HyenaModel")

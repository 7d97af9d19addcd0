"""Basset: accessibility from 600 bp of sequence."""

from __future__ import annotations

from dataclasses import replace

from bench.interface import Preset, Register, hookimpl
from bench.training import network_card
from bench_basset.settings import BassetSettings

PUBLISHED = BassetSettings(
    batch_size=128, optimizer="rmsprop", learning_rate=0.002, momentum=0.98, weight_norm=7.0,
    epochs=200, patience=12,
)  # fmt: skip
COMPACT = BassetSettings(
    filters_1=64, filters_2=48, filters_3=48, hidden=200, batch_size=32, learning_rate=5e-3,
    epochs=30, patience=8, schedule="one-cycle",
)  # fmt: skip
# Small enough for the checks that every model must pass.
TRIAL = replace(COMPACT, length=320, epochs=12)

CARD = network_card(
    "basset",
    "Three convolutions with batch normalisation and two hidden layers on 600 bp",
    paper="Kelley et al. 2016, doi:10.1101/gr.200535.115",
    year=2016,
    settings=BassetSettings,
    presets={
        "published": Preset(
            input_length=600, parameters=4_135_064, targets=164, settings=PUBLISHED.as_preset()
        ),
        "compact": Preset(input_length=600, parameters=192_665, settings=COMPACT.as_preset()),
        "trial": Preset(input_length=320, parameters=135_065, settings=TRIAL.as_preset()),
    },
    files=("weights",),
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add the model."""
    register.model(CARD, "bench_basset.model:Basset")

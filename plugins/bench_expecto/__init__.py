"""ExPecto: expression of genes from a chromatin model along 40 kb around the TSS."""

from __future__ import annotations

from dataclasses import replace

from bench.interface import ModelCard, Output, Preset, Register, StrandPolicy, TaskKind, hookimpl
from bench_expecto.settings import ExpectoSettings

PUBLISHED = ExpectoSettings(chromatin="beluga:published@chromatin", grid=0)
# Of the compact chromatin models this one ranks best, and it reads half of what Beluga does.
COMPACT = ExpectoSettings(
    chromatin="deeper-deepsea:compact@chromatin", length=41_000, window=1_000, rounds=300, eta=0.1,
    standardise=True,
)  # fmt: skip
# Small enough for the checks that every model must pass.
TRIAL = replace(COMPACT, chromatin="kmer-logistic@chromatin", length=1000, window=200)

CARD = ModelCard(
    name="expecto",
    summary="Linear in a chromatin model's predictions, which fade with distance from the TSS",
    family="chromatin + linear",
    paper="Zhou et al. 2018, doi:10.1038/s41588-018-0160-6",
    year=2018,
    tasks={TaskKind.EXPRESSION: Output.VALUE},
    strands=StrandPolicy.GIVEN,
    interface_version=1,
    presets={
        name: Preset(input_length=settings.length, settings=settings.as_preset())
        for name, settings in (("published", PUBLISHED), ("compact", COMPACT), ("trial", TRIAL))
    },
    packages=("numpy", "xgboost-cpu"),
    uses_coordinates=True,
    uses_seed=True,
    check_settings=ExpectoSettings,
    length_setting="length",
    upstream=("chromatin",),
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add ExPecto."""
    register.model(CARD, "bench_expecto.model:Expecto")

"""MENTR: whether a promoter or enhancer is transcribed, from a chromatin model along 200 kb."""

from __future__ import annotations

from dataclasses import replace

from bench.interface import ModelCard, Output, Preset, Register, StrandPolicy, TaskKind, hookimpl
from bench_mentr.settings import MentrSettings

PUBLISHED = MentrSettings(chromatin="beluga:published@chromatin")
# Of the compact chromatin models this one ranks best, and it reads half of what Beluga does.
COMPACT = MentrSettings(
    chromatin="deeper-deepsea:compact@chromatin", length=201_000, window=1_000, rounds=200, eta=0.1,
    l2=1.0, tree_method="hist",
)  # fmt: skip
# Small enough for the checks that every model must pass.
TRIAL = replace(COMPACT, chromatin="kmer-logistic@chromatin", length=1000, window=200)

CARD = ModelCard(
    name="mentr",
    summary="Boosted trees on a chromatin model's predictions, which fade with distance",
    family="chromatin + trees",
    paper="Koido et al. 2022, doi:10.1038/s41551-022-00961-8",
    year=2022,
    tasks={TaskKind.CLASSIFICATION: Output.PROBABILITY},
    # Places are rounded to a grid of the chromosome, which the other strand does not mirror.
    strands=StrandPolicy.AUGMENTED,
    interface_version=1,
    presets={
        name: Preset(input_length=settings.length, settings=settings.as_preset())
        for name, settings in (("published", PUBLISHED), ("compact", COMPACT), ("trial", TRIAL))
    },
    packages=("numpy", "scikit-learn", "xgboost-cpu"),
    uses_coordinates=True,
    uses_seed=True,
    check_settings=MentrSettings,
    length_setting="length",
    upstream=("chromatin",),
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add MENTR."""
    register.model(CARD, "bench_mentr.model:Mentr")

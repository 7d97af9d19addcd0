"""Baselines that any model should beat: they show how much of a task needs no regulatory code."""

from __future__ import annotations

from collections.abc import Mapping

from bench.interface import (
    ModelCard,
    Output,
    Preset,
    Reads,
    Register,
    Setting,
    StrandPolicy,
    TaskKind,
    hookimpl,
)

ITEMS = {
    TaskKind.CLASSIFICATION: Output.PROBABILITY,
    TaskKind.REGRESSION: Output.VALUE,
    TaskKind.EXPRESSION: Output.VALUE,
}
PROFILES = {TaskKind.PROFILE: Output.VALUE}


def _card(
    name: str,
    summary: str,
    settings: Mapping[str, Setting] | None = None,
    *,
    paper: str = "",
    year: int | None = None,
    reads: Reads,
    uses_coordinates: bool = False,
    tasks: Mapping[TaskKind, Output] = ITEMS,
    one_score: bool = False,
    length_setting: str = "",
    packages: tuple[str, ...] = ("numpy",),
) -> ModelCard:
    return ModelCard(
        name=name,
        summary=summary,
        family="baseline",
        paper=paper,
        year=year,
        tasks=tasks,
        strands=StrandPolicy.INVARIANT,
        interface_version=1,
        presets={"default": Preset(settings=settings or {})},
        packages=packages,
        reads=reads,
        several_heads=True,
        one_score=one_score,
        length_setting=length_setting,
        uses_coordinates=uses_coordinates,
        uses_seed=False,
    )


PREVALENCE_CARD = _card(
    "prevalence", "Training prevalence, or mean, of each target", reads=Reads.NOTHING
)
GC_CARD = _card("gc", "Curve on the GC content of the item's own interval", reads=Reads.COMPOSITION)
LENGTH_CARD = _card(
    "length", "Curve on the logarithm of the length of the item's own interval", reads=Reads.LENGTH
)
POSITION_CARD = _card(
    "position",
    "Coordinate look-up: training targets nearby on the chromosome, without any sequence",
    {"neighbours": 10, "reach": 1_000_000},
    reads=Reads.COORDINATES,
    uses_coordinates=True,
    packages=("numpy", "pandas"),
)
PROMOTER_DISTANCE_CARD = _card(
    "promoter-distance",
    "Curve on the distance from the nearest TSS, where the task names transcripts",
    {"stretches": 40, "prior": 20.0},
    tasks=ITEMS | PROFILES,
    reads=Reads.TSS_DISTANCE,
    uses_coordinates=True,
    packages=("numpy", "pandas"),
)
MEAN_TRACK_CARD = _card(
    "mean-track",
    "Mean of each bin over the training windows",
    tasks=PROFILES,
    reads=Reads.NOTHING,
)
SHARED_SCORE_CARD = _card(
    "shared-score",
    "One score from k-mers for the mean of all targets, copied to each",
    {"k": 6, "length": 0, "c": 1.0},
    reads=Reads.SEQUENCE,
    length_setting="length",
    one_score=True,
    packages=("numpy", "scipy"),
)
NEAREST_CARD = _card(
    "nearest",
    "Targets of the training sequences that share the most k-mers",
    {"k": 8, "neighbours": 5},
    reads=Reads.SEQUENCE,
    paper="Cover & Hart 1967, doi:10.1109/TIT.1967.1053964",
    year=1967,
    packages=("numpy", "scipy"),
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add the baselines."""
    register.model(PREVALENCE_CARD, "bench_baselines.prevalence:Prevalence")
    register.model(GC_CARD, "bench_baselines.gc:Gc")
    register.model(LENGTH_CARD, "bench_baselines.length:Length")
    register.model(POSITION_CARD, "bench_baselines.position:Position")
    register.model(PROMOTER_DISTANCE_CARD, "bench_baselines.promoter_distance:PromoterDistance")
    register.model(MEAN_TRACK_CARD, "bench_baselines.mean_track:MeanTrack")
    register.model(SHARED_SCORE_CARD, "bench_baselines.shared_score:SharedScore")
    register.model(NEAREST_CARD, "bench_baselines.nearest:Nearest")

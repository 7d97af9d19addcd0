"""Scores of variants that others have computed: they enter the tables as a model of their own."""

from __future__ import annotations

from bench.interface import (
    ModelCard,
    Output,
    Preset,
    Reads,
    Register,
    StrandPolicy,
    TaskKind,
    hookimpl,
)
from bench_external.settings import ScoreSettings, refuse_unusable

CARD = ModelCard(
    name="external-score",
    summary="Scores of variants looked up in a file that others have computed, such as CADD's",
    family="external",
    paper="",
    year=None,
    tasks={TaskKind.VARIANT: Output.VALUE},
    strands=StrandPolicy.INVARIANT,
    interface_version=1,
    presets={"default": Preset(settings=ScoreSettings().as_preset())},
    packages=("numpy", "pandas"),
    reads=Reads.COORDINATES,
    several_targets=True,
    one_score=True,
    uses_coordinates=True,
    uses_seed=False,
    check_settings=refuse_unusable,
    files=("file",),
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add scores of a file."""
    register.model(CARD, "bench_external.model:ExternalScore")

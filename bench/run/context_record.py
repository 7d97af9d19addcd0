"""What `bench context` finds: curves of scores against the radius of what is shown."""

from __future__ import annotations

from pydantic import Field

from bench.run.result import Record

CONTEXT_SCHEMA = 1


class ContextPoint(Record):
    """A score with what lies within a radius."""

    radius: int = Field(description="bp")
    value: float | None = Field(description="mean over the targets where it is defined")
    low: float | None = Field(description="lower end of the 95 % interval")
    high: float | None
    kept: float | None = Field(description="share of the full score; see `kept_of` of the curve")
    kept_low: float | None = Field(description="lower end of the 95 % interval of the share")
    kept_high: float | None


class ContextCurve(Record):
    """One metric against the radius; the last point holds all that the model reads."""

    metric: str
    title: str = Field(description="as figures name it")
    higher_is_better: bool
    chance: float | None = Field(description="score of an uninformed prediction, where it is known")
    kept_of: str = Field(description="what shares are of: 'gain over chance' or 'score'")
    points: tuple[ContextPoint, ...]
    enough: int | None = Field(
        description="smallest radius from which on 95 % is kept, in bp; null where the full score "
        "gains nothing over chance"
    )
    enough_low: int | None = Field(description="lower end of its 95 % interval")
    enough_high: int | None
    threshold: float | None = Field(description="the score of which 95 % is kept")
    blocks: int = Field(description="blocks that were resampled")
    few_blocks: bool
    note: str = Field(default="", description="why a number is missing")


class ContextRecord(Record):
    """`context.json`."""

    schema_version: int = CONTEXT_SCHEMA
    cell_id: str
    model: str = Field(description="row of the run")
    task: str
    seed: int = Field(description="seed that the model was fitted with")
    fill: str = Field(description="what takes the place of flanks: mask, shuffle or replace")
    fill_seed: int = Field(description="seed of shuffles, and of the choice of other items")
    input_length: int | None = Field(description="bp that the model reads; null: whole items")
    radius_from: str = Field(description="what radii are counted from")
    core: tuple[int, int] = Field(
        description="bp before and behind an item's centre that always stay"
    )
    receptive_field: int | None = Field(
        description="bp of its input that an output depends on, where that is known"
    )
    items: int = Field(description="test items")
    draws: int = Field(description="bootstrap draws")
    curves: tuple[ContextCurve, ...]

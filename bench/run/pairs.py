"""Pairs of models on one metric of a task, corrected for how many they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from bench.metrics.holm import holm
from bench.metrics.paired import Difference, MeanOfSeeds, difference, over_seeds
from bench.metrics.verdict import Call, call, is_within, verdict
from bench.run.draws import Scorer, resampled_score
from bench.run.result import Result
from bench.run.scoring import number_or_none
from bench.run.store import RunFolder


class Comparison(BaseModel):
    """One model against another on one metric of a task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str = Field(description="task of the run")
    metric: str = Field(description="metric that is compared")
    model: str = Field(description="name:preset, and what tells the row from others of it")
    against: str = Field(description="name:preset, and what tells the row from others of it")
    difference: float | None = Field(description="score of `model` less that of `against`")
    low: float | None = Field(description="lower end of the 95 % interval of the difference")
    high: float | None = Field(description="upper end of the interval")
    seeds: tuple[int, int] = Field(description="number of seeds of either")
    blocks: int = Field(description="blocks that were resampled")
    note: str = Field(default="", description="why a number is missing, or what it leaves out")
    sampling_error: float | None = Field(
        default=None,
        description="standard error from the choice of blocks, by the paired bootstrap",
    )
    seed_error: float | None = Field(
        default=None,
        description="standard error from the choice of seeds; null where neither has two",
    )
    freedom: float | None = Field(
        default=None, description="degrees of freedom of both errors together (Satterthwaite)"
    )
    p: float | None = Field(default=None, description="two-sided P-value of this pair alone")
    p_adjusted: float | None = Field(
        default=None, description="after Holm's correction over the pairs that were asked for"
    )
    pairs: int | None = Field(default=None, description="pairs that were corrected for")
    margin: float | None = Field(default=None, description="differences below it do not matter")
    within_margin: bool | None = Field(
        default=None,
        description="whether the difference is shown to be less than the margin, also where it is "
        "one; null without a margin or a test",
    )
    call: Call | None = Field(
        default=None, description="better, worse, equivalent, open, or none where no test was made"
    )
    verdict: str = Field(default="", description="the call in words, better being positive")


@dataclass(frozen=True, slots=True)
class Contender:
    """A row that is compared: its label, its finished cells, one for each seed."""

    label: str
    results: tuple[Result, ...]
    uses_seed: bool
    """Whether the model depends on the seed, as far as is known."""


def compare_pairs(
    run: RunFolder,
    contenders: Sequence[Contender],
    pairs: Sequence[tuple[int, int]],
    scorer: Scorer,
    *,
    higher_is_better: bool,
    margin: float | None = None,
    threads: int = 1,
) -> list[Comparison]:
    """Compare pairs of contenders on one metric; Holm's correction is over all these pairs.

    Args:
        run: the run.
        contenders: rows of one task.
        pairs: places of two contenders, the first against the second.
        scorer: one of the task's metrics.
        higher_is_better: whether the better model has the higher score.
        margin: see `bench.metrics.verdict.call`.
        threads: to compute with.

    Raises:
        DataError: predictions or truth are not there.
    """
    used = sorted({place for pair in pairs for place in pair})
    scores = {place: _scored(run, contenders[place], scorer, threads) for place in used}
    found = [difference(scores[ours], scores[theirs]) for ours, theirs in pairs]
    adjusted = holm([one.p for one in found])
    tested = sum(not math.isnan(one.p) for one in found)
    return [
        _comparison(
            scorer.name, contenders[ours], contenders[theirs], one, float(p), tested,
            call(one, p, higher_is_better=higher_is_better, margin=margin), margin,
        )
        for (ours, theirs), one, p in zip(pairs, found, adjusted, strict=True)
    ]  # fmt: skip


def _scored(run: RunFolder, contender: Contender, scorer: Scorer, threads: int) -> MeanOfSeeds:
    return over_seeds(
        [resampled_score(run, result.cell, scorer, threads) for result in contender.results]
    )


def _comparison(
    metric: str,
    ours: Contender,
    theirs: Contender,
    found: Difference,
    adjusted: float,
    pairs: int,
    called: Call,
    margin: float | None,
) -> Comparison:
    return Comparison(
        task=ours.results[0].cell.task,
        metric=metric,
        model=ours.label,
        against=theirs.label,
        difference=number_or_none(found.value),
        low=number_or_none(found.low),
        high=number_or_none(found.high),
        seeds=(len(ours.results), len(theirs.results)),
        blocks=found.blocks,
        note="; ".join(filter(None, (found.note, _seed_note(ours, theirs)))),
        sampling_error=number_or_none(found.sampling_error),
        seed_error=number_or_none(found.seed_error),
        freedom=number_or_none(found.freedom),
        p=number_or_none(found.p),
        p_adjusted=number_or_none(adjusted),
        pairs=pairs,
        margin=margin,
        within_margin=is_within(found, margin),
        call=called,
        verdict=verdict(found, called, ours.label, theirs.label, margin),
    )


def _seed_note(ours: Contender, theirs: Contender) -> str:
    alone = [one.label for one in (ours, theirs) if one.uses_seed and len(one.results) == 1]
    if not alone or ours is theirs:
        return ""
    who = "" if len(alone) == 2 else f" of {alone[0]}"
    return f"one seed: the variance of training{who} is not counted"

"""Whether the scores of a run follow from its stored predictions and truth, without the models."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.interface.errors import BenchError, DataError
from bench.run.code_hash import metric_code_hash
from bench.run.result import CellSpec, MetricResult, Result, Status, TargetScore
from bench.run.scoring import score_cell
from bench.run.store import RunFolder

TOLERANCE = 1e-12
"""Difference of equal scores, relative to the larger or absolute. Scores are sums in float64, which
another processor or version of numpy adds in another order; on one machine they are the same to the
last digit."""

NUMBERS = ("value", "low", "high", "prevalence")
"""Fields of a score that are no counts and no words."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored score that does not follow from what is stored.

    `place` is the metric, of a target `METRIC, TARGET`, with the field where it is not the value;
    `stored` and `recomputed` are None for what does not exist. `is_old_code` tells that the stored
    one was computed by other code of the metric than there is today.
    """

    cell_id: str
    title: str
    place: str
    stored: object
    recomputed: object
    is_old_code: bool = False

    def __str__(self) -> str:
        """One line."""
        hint = " (by newer code: bench run scores anew)" if self.is_old_code else ""
        return (
            f"{self.title} ({self.cell_id}): {self.place}: stored {_word(self.stored)}, "
            f"recomputed {_word(self.recomputed)}{hint}"
        )


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell whose scores cannot be computed again; `reason` names the file, if one is to blame."""

    cell_id: str
    title: str
    reason: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.title} ({self.cell_id}): {self.reason}"


def recompute(
    run: RunFolder, threads: int, progress: Callable[[int, int], object] | None = None
) -> Iterator[Difference | Unreadable]:
    """Compute every metric of every cell that ended well again, and compare with what is stored.

    Metrics are those that the result names, by their code of today. Neither model nor cache is
    needed.

    Args:
        run: the run, of which nothing is changed.
        threads: to score with.
        progress: told how many cells are done, of how many.

    Raises:
        BenchError: there is no run.
    """
    finished = [result for result in run.results() if result.status is Status.OK]
    for done, result in enumerate(finished):
        if progress is not None:
            progress(done, len(finished))
        yield from _differences(run, result, threads)
    if progress is not None:
        progress(len(finished), len(finished))


def _differences(run: RunFolder, result: Result, threads: int) -> Iterator[Difference | Unreadable]:
    cell = result.cell
    try:
        _refuse_other_shape(run, cell)
        fresh = score_cell(run, cell.model_copy(update={"threads": threads}))
    except BenchError as error:
        yield Unreadable(cell.cell_id, cell.title, str(error))
        return
    stored = {metric.metric: metric for metric in result.metrics}
    again = {metric.metric: metric for metric in fresh}
    for name in {**stored, **again}:
        if name not in stored or name not in again:
            old, new = (one[name].value if name in one else None for one in (stored, again))
            yield Difference(cell.cell_id, cell.title, name, old, new)
            continue
        code = stored[name].code
        is_old = bool(code) and code != metric_code_hash(cell.metrics[name])
        for place, before, after in _unequal(stored[name], again[name]):
            yield Difference(cell.cell_id, cell.title, place, before, after, is_old)


def _refuse_other_shape(run: RunFolder, cell: CellSpec) -> None:
    """Name the file where predictions do not fit the truth: a metric would not."""
    given, expected = run.predictions(cell.cell_id).shape, run.truth(cell.task_key).targets.shape
    if given != expected:
        path = run.cell(cell.cell_id) / "predictions.npz"
        raise DataError(path, f"predictions have shape {given}, expected {expected}")


def _unequal(old: MetricResult, new: MetricResult) -> Iterator[tuple[str, object, object]]:
    yield from _fields(old.metric, old, new)
    before = {score.target: score for score in old.targets}
    after = {score.target: score for score in new.targets}
    for target in {**before, **after}:
        if target not in before or target not in after:
            yield f"{old.metric}, {target}", before.get(target), after.get(target)
        else:
            yield from _fields(f"{old.metric}, {target}", before[target], after[target])


def _fields(
    place: str, old: MetricResult | TargetScore, new: MetricResult | TargetScore
) -> Iterator[tuple[str, object, object]]:
    for field in type(old).model_fields:
        # The code is told by its hash, and `bench run` scores anew where that has changed.
        if field in {"targets", "code"}:
            continue
        stored, recomputed = getattr(old, field), getattr(new, field)
        if not _same(field, stored, recomputed):
            yield place if field == "value" else f"{place}, {field}", stored, recomputed


def _same(field: str, stored: object, recomputed: object) -> bool:
    if field in NUMBERS and isinstance(stored, float) and isinstance(recomputed, float):
        return math.isclose(stored, recomputed, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return stored == recomputed


def _word(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:.15g}" if isinstance(value, float) else str(value)

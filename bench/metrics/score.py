"""Scores of all targets of one set of predictions, with intervals: what a result file holds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bench.metrics.bootstrap import FEW_BLOCKS, Interval, interval
from bench.metrics.metric import Floats, Metric
from bench.metrics.resample import Resampled, mean_over_targets, resample


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The score of one target; NaN where a number does not exist, and `note` says why."""

    metric: str
    value: float
    low: float
    """Lower end of the 95 % interval."""
    high: float
    items: int
    """Items with a measured value."""
    blocks: int
    """Blocks that hold these items."""
    prevalence: float | None
    """Share of positives, for classes; else None."""
    degenerate: bool
    """The score is undefined: one class, constant values or fewer than two items."""
    undefined_draws: int
    """Bootstrap draws without a score, which are left out of the interval."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskScore:
    """One metric of a task: the mean over the targets where it is defined, and each target."""

    metric: str
    value: float
    low: float
    """Lower end of the 95 % interval of the mean, from the same draws for all targets."""
    high: float
    per_target: tuple[Score, ...]
    targets_defined: int
    targets_degenerate: int
    blocks: int
    few_blocks: bool
    """Fewer than 30 blocks: the interval is unreliable."""
    draws: int
    seed: int
    note: str = ""

    @property
    def prevalence(self) -> tuple[float, ...] | None:
        """Share of positives of each target, for classes; NaN where nothing was measured."""
        shares = tuple(score.prevalence for score in self.per_target)
        return tuple(share for share in shares if share is not None) or None


def score(
    metric: Metric,
    name: str,
    predictions: ArrayLike,
    truth: ArrayLike,
    blocks: ArrayLike,
    draws: int = 2000,
    seed: int = 0,
    workers: int = 1,
) -> TaskScore:
    """Score every target and their mean, each with a 95 % block-bootstrap interval.

    Args:
        metric: what to compute.
        name: its name in the result.
        predictions: shape `(n, targets)` or `(n, bins, targets)`, finite.
        truth: the same shape; NaN where not measured.
        blocks: block of each item, shape `(n,)`, any whole numbers.
        draws: number of bootstrap draws.
        seed: seed of the draws.
        workers: threads; the result does not depend on it.

    Raises:
        ValueError: shapes do not fit, a prediction is NaN or infinite, or a class is not 0 or 1.
    """
    rows = metric.arrange(predictions, truth, blocks)
    given, known = rows.predictions, rows.truth
    resampled = resample(metric, given, known, rows.blocks, draws, seed, workers)
    per_target = tuple(
        _target_score(metric, name, resampled, target, given[:, target], known[:, target])
        for target in range(known.shape[1])
    )
    defined = ~np.isnan(resampled.values)
    value = float(resampled.values[defined].mean()) if defined.any() else math.nan
    ends = _mean_interval(metric, resampled, value)
    return TaskScore(
        metric=name,
        value=value,
        low=ends.low,
        high=ends.high,
        per_target=per_target,
        targets_defined=int(defined.sum()),
        targets_degenerate=int((~defined).sum()),
        blocks=resampled.blocks,
        few_blocks=resampled.blocks < FEW_BLOCKS,
        draws=draws,
        seed=seed,
        note=ends.note,
    )


def _mean_interval(metric: Metric, resampled: Resampled, value: float) -> Interval:
    defined = ~np.isnan(resampled.values)
    lost = float(np.isnan(resampled.draws[defined]).mean()) if defined.any() else 1.0
    return interval(
        value,
        mean_over_targets(resampled.values, resampled.draws),
        mean_over_targets(resampled.values, resampled.jackknife),
        resampled.blocks,
        metric.scale,
        undefined=lost,
    )


def _target_score(
    metric: Metric,
    name: str,
    resampled: Resampled,
    target: int,
    predictions: Floats,
    truth: Floats,
) -> Score:
    value = float(resampled.values[target])
    draws = resampled.draws[target]
    blocks = int(resampled.target_blocks[target])
    ends = interval(value, draws, resampled.jackknife[target], blocks, metric.scale)
    measured = ~np.isnan(truth)
    degenerate = math.isnan(value)
    return Score(
        metric=name,
        value=value,
        low=ends.low,
        high=ends.high,
        items=int(resampled.items[target]),
        blocks=blocks,
        prevalence=_prevalence(truth[measured]) if metric.classes else None,
        degenerate=degenerate,
        undefined_draws=int(np.isnan(draws).sum()),
        note=_why_undefined(predictions[measured], truth[measured]) if degenerate else ends.note,
    )


def _prevalence(truth: Floats) -> float:
    return float(truth.mean(dtype=np.float64)) if len(truth) else math.nan


def _why_undefined(predictions: Floats, truth: Floats) -> str:
    if len(truth) < 2:
        return f"{len(truth)} measured items: expected at least 2"
    if truth.min() == truth.max():
        return f"truth is {truth[0]:g} for every item"
    if predictions.min() == predictions.max():
        return f"prediction is {predictions[0]:g} for every item"
    return "undefined"

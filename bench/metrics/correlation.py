"""How well predictions follow measured values: Pearson, Spearman and R2."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from bench.metrics.metric import (
    Counts,
    Floats,
    MeasuredItems,
    Metric,
    by_chunks,
    item_weights,
    measured,
)
from bench.metrics.midranks import centred_midranks, spearman_draws
from bench.metrics.scale import FISHER, LOG_REST, Scale

CANCELLED = 1e-6
"""Share of a sum of squares left after centring, below which a draw is computed from its items."""


class Pearson(Metric):
    """Product-moment correlation, two-pass in float64. NaN where either side is constant."""

    scale: ClassVar[Scale] = FISHER

    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """See `Metric.value`."""
        items = measured(predictions, truth, weights)
        weight = item_weights(items, weights)
        return _correlation(items.predictions, items.truth, weight)

    def draws(
        self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike, weights: ArrayLike
    ) -> Floats:
        """See `Metric.draws`; sums per block, then one matrix product."""
        items = measured(predictions, truth)
        x, _ = _standardise(items.predictions)
        y, _ = _standardise(items.truth)
        columns = (np.ones_like(x), x, y, x * x, y * y, x * y)

        def score(sums: Floats) -> tuple[Floats, Floats]:
            n, sx, sy, sxx, syy, sxy = np.maximum(sums[0], 1), *sums[1:]
            vx, vy = sxx - sx * sx / n, syy - sy * sy / n
            lost = (vx <= CANCELLED * sxx) | (vy <= CANCELLED * syy)
            spread = np.sqrt(np.where(lost, 1, vx)) * np.sqrt(np.where(lost, 1, vy))
            return np.clip((sxy - sx * sy / n) / spread, -1, 1), lost

        return _moment_draws(self, items, blocks, np.asarray(weights), columns, score)


class Spearman(Metric):
    """Rank correlation: Pearson's on average ranks. NaN where either side is constant."""

    scale: ClassVar[Scale] = FISHER

    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """See `Metric.value`."""
        items = measured(predictions, truth, weights)
        weight = item_weights(items, weights)
        predicted = centred_midranks(items.predictions, weight)
        known = centred_midranks(items.truth, weight)
        return _correlation(predicted, known, weight)

    def draws(
        self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike, weights: ArrayLike
    ) -> Floats:
        """See `Metric.draws`; the items of every draw are ranked anew."""
        items = measured(predictions, truth)
        rows = np.asarray(blocks, dtype=np.intp)[items.kept]
        return spearman_draws(items.predictions, items.truth, rows, np.asarray(weights))


class R2(Metric):
    """Coefficient of determination, `1 - SSE / SST`, at most 1. NaN where the truth is constant."""

    scale: ClassVar[Scale] = LOG_REST

    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """See `Metric.value`."""
        items = measured(predictions, truth, weights)
        weight = item_weights(items, weights)
        if _constant(items.truth):
            return float("nan")
        centred, scale = _standardise(items.truth, weight)
        error = (items.truth - items.predictions) / scale
        return float(1 - weight @ (error * error) / (weight @ (centred * centred)))

    def draws(
        self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike, weights: ArrayLike
    ) -> Floats:
        """See `Metric.draws`; sums per block, then one matrix product."""
        items = measured(predictions, truth)
        y, scale = _standardise(items.truth)
        error = (items.truth - items.predictions) / scale
        columns = (np.ones_like(y), y, y * y, error * error)

        def score(sums: Floats) -> tuple[Floats, Floats]:
            n, sy, syy, see = np.maximum(sums[0], 1), *sums[1:]
            vy = syy - sy * sy / n
            lost = vy <= CANCELLED * syy
            return 1 - see / np.where(lost, 1, vy), lost

        return _moment_draws(self, items, blocks, np.asarray(weights), columns, score)


def _constant(values: Floats) -> bool:
    return len(values) < 2 or bool(values.min() == values.max())


def _standardise(values: Floats, weights: Floats | None = None) -> tuple[Floats, float]:
    """Subtract the (weighted) mean and divide by the largest deviation; also return that.

    The mean is taken twice: the first may be off by rounding where it is large.
    """
    centred = values
    for _ in range(2 if len(values) else 0):
        centred = centred - np.average(centred, weights=weights)
    scale = float(np.abs(centred).max(initial=0)) or 1.0
    return centred / scale, scale


def _correlation(x: Floats, y: Floats, weights: Floats) -> float:
    """Weighted product-moment correlation; NaN where either side is constant."""
    if _constant(x) or _constant(y):
        return float("nan")
    x, _ = _standardise(x, weights)
    y, _ = _standardise(y, weights)
    spread = np.sqrt(weights @ (x * x)) * np.sqrt(weights @ (y * y))
    return float(np.clip(weights @ (x * y) / spread, -1, 1))


def _moment_draws(
    metric: Metric,
    items: MeasuredItems,
    blocks: ArrayLike,
    counts: Counts,
    columns: tuple[Floats, ...],
    score: Callable[[Floats], tuple[Floats, Floats]],
) -> Floats:
    """Scores of draws from sums per block.

    Args:
        metric: scores draws from their items where sums have cancelled.
        items: the measured items.
        blocks: block of every item, measured or not, shape `(n,)`.
        counts: shape `(draws, blocks)`.
        columns: what is summed, each of shape `(items,)`.
        score: from sums `(columns, draws)` to scores and to whether too many digits were lost.
    """
    rows = np.asarray(blocks, dtype=np.intp)[items.kept]
    sums = np.stack([np.bincount(rows, column, counts.shape[1]) for column in columns])

    def draw(weights: Floats) -> Floats:
        # Not a BLAS product: its rounding may depend on how many threads it has.
        scores, lost = score(np.einsum("db,mb->md", weights, sums))
        return np.where(lost, np.nan, scores)

    scores = by_chunks(counts, counts.shape[1], draw)
    unsure = np.flatnonzero(np.isnan(scores))
    scores[unsure] = Metric.draws(metric, items.predictions, items.truth, rows, counts[unsure])
    return scores

"""How well predictions rank positives above negatives: AUROC and AUPRC.

Both depend on the data through counts at thresholds only. With blocks resampled, those counts are
linear in the block weights, so items are sorted once and every draw is a matrix product.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.metrics.metric import (
    Counts,
    Floats,
    Ints,
    Metric,
    by_chunks,
    item_weights,
    measured,
)

TABLE_LIMIT = 1 << 23
"""Numbers in the largest table over thresholds and blocks: 64 MB of float64."""


class AUROC(Metric):
    """Area under the receiver operating characteristic; a tie counts one half.

    It is the probability that a positive scores above a negative (Hanley & McNeil 1982), taken over
    all pairs of a positive and a negative. NaN where either class is missing.
    """

    classes: ClassVar[bool] = True

    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """See `Metric.value`; truth is 0 or 1."""
        items = measured(predictions, truth, weights)
        positive = as_classes(items.truth)
        weight = item_weights(items, weights)
        _, group = np.unique(items.predictions, return_inverse=True)
        above = np.bincount(group, weight * positive)
        below = np.bincount(group, weight * ~positive)
        pairs = above.sum() * below.sum()
        won = above @ (np.cumsum(below) - below / 2)
        return float(won / pairs) if pairs > 0 else float("nan")

    def draws(
        self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike, weights: ArrayLike
    ) -> Floats:
        """See `Metric.draws`."""
        classes = _split_classes(predictions, truth, blocks)
        counts = np.asarray(weights)
        # Thresholds are laid at the rarer class; the score of the other order is the complement.
        swapped = len(classes.positive) > len(classes.negative)
        ranked = classes.swapped() if swapped else classes
        draws, block_count = counts.shape
        rare, items = len(ranked.positive), len(ranked.positive) + len(ranked.negative)
        dense = block_count**2 * (rare + draws) <= 100 * items * draws
        if dense and rare * block_count <= TABLE_LIMIT:
            scores = _auroc_by_block_pairs(ranked, counts)
        else:
            scores = _auroc_by_items(ranked, counts)
        return 1 - scores if swapped else scores


class AUPRC(Metric):
    """Average precision: the step-wise area under the precision-recall curve.

    `sum_k (R_k - R_{k-1}) P_k` over the distinct scores in falling order, with tied items entering
    together. Chance is the prevalence. NaN where either class is missing: with positives only the
    sum is 1 whatever the predictions are.
    """

    classes: ClassVar[bool] = True

    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """See `Metric.value`; truth is 0 or 1."""
        items = measured(predictions, truth, weights)
        positive = as_classes(items.truth)
        weight = item_weights(items, weights)
        _, group = np.unique(-items.predictions, return_inverse=True)
        hits = np.bincount(group, weight * positive)
        called = np.cumsum(np.bincount(group, weight))
        total = hits.sum()
        if not 0 < total < weight.sum():
            return float("nan")
        return float(hits @ (np.cumsum(hits) / called) / total)

    def draws(
        self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike, weights: ArrayLike
    ) -> Floats:
        """See `Metric.draws`."""
        classes = _split_classes(predictions, truth, blocks)
        counts = np.asarray(weights)
        thresholds = np.unique(-classes.positive)
        items = len(classes.positive) + len(classes.negative)
        cells = len(thresholds) * counts.shape[1]
        if cells <= min(100 * items, TABLE_LIMIT):
            return _auprc_by_blocks(classes, thresholds, counts)
        return _auprc_by_items(classes, thresholds, counts)


def as_classes(truth: Floats) -> NDArray[np.bool_]:
    """Read measured classes, shape `(n,)`, as booleans.

    Raises:
        ValueError: a truth is neither 0 nor 1.
    """
    positive: NDArray[np.bool_] = truth == 1
    odd = truth[~positive & (truth != 0)]
    if len(odd):
        raise ValueError(f"truth {odd[0]:g}: expected class 0 or 1")
    return positive


class _Classes(NamedTuple):
    """Scores of the positives and the negatives with the blocks that they lie in."""

    positive: Floats
    positive_blocks: Ints
    negative: Floats
    negative_blocks: Ints

    def swapped(self) -> _Classes:
        return _Classes(*self[2:], *self[:2])


def _split_classes(predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike) -> _Classes:
    items = measured(predictions, truth)
    positive = as_classes(items.truth)
    rows = np.asarray(blocks, dtype=np.intp)[items.kept]
    return _Classes(
        items.predictions[positive], rows[positive], items.predictions[~positive], rows[~positive]
    )


def _table(steps: Ints, blocks: Ints, thresholds: int, block_count: int) -> Floats:
    """Items per step and block, shape `(thresholds, blocks)`; a step past the last is left out."""
    cells = np.bincount(steps * block_count + blocks, minlength=(thresholds + 1) * block_count)
    return cells.reshape(-1, block_count)[:thresholds].astype(np.float64)


def _divide(scores: Floats, by: Floats) -> Floats:
    """Divide, with NaN where the divisor is zero."""
    return np.divide(scores, by, out=np.full(len(scores), np.nan), where=by > 0)


def _auroc_by_block_pairs(classes: _Classes, counts: Counts) -> Floats:
    """`w'Uw / (w'p w'n)`; `U[a, b]` counts pairs won by positives of `a` over negatives of `b`."""
    block_count = counts.shape[1]
    thresholds, step = np.unique(classes.positive, return_inverse=True)
    size = len(thresholds)
    first = np.searchsorted(thresholds, classes.negative)
    tied = np.append(thresholds, np.nan)[first] == classes.negative
    halves = _table(first, classes.negative_blocks, size, block_count)
    halves += _table(first + tied, classes.negative_blocks, size, block_count)
    wins = np.cumsum(halves, axis=0) / 2
    pairs = _table(step, classes.positive_blocks, size, block_count).T @ wins
    positives = np.bincount(classes.positive_blocks, minlength=block_count).astype(np.float64)
    negatives = np.bincount(classes.negative_blocks, minlength=block_count).astype(np.float64)

    def score(weights: Floats) -> Floats:
        won = np.einsum("db,db->d", weights @ pairs, weights)
        return _divide(won, (weights @ positives) * (weights @ negatives))

    return by_chunks(counts, block_count, score)


def _auroc_by_items(classes: _Classes, counts: Counts) -> Floats:
    """AUROC from running sums of the item weights, for as many blocks as items."""
    order = np.argsort(classes.negative)
    negatives = classes.negative[order]
    negative_blocks = classes.negative_blocks[order]
    lower = np.searchsorted(negatives, classes.positive, side="left")
    upper = np.searchsorted(negatives, classes.positive, side="right")

    def score(weights: Floats) -> Floats:
        below = np.zeros((len(weights), len(negatives) + 1))
        np.cumsum(weights.take(negative_blocks, axis=1), axis=1, out=below[:, 1:])
        weight = weights.take(classes.positive_blocks, axis=1)
        won = np.einsum("di,di->d", weight, below.take(lower, axis=1) + below.take(upper, axis=1)) / 2
        return _divide(won, weight.sum(axis=1) * below[:, -1])

    return by_chunks(counts, len(negatives) + len(lower), score)


def _average_precision(hits: Floats, called: Floats, total: Floats) -> Floats:
    """Average precision from running counts at rising steps, both `(draws, thresholds)`.

    `total` is the weight of all items, shape `(draws,)`. Counts are whole numbers, so nothing is
    called where the divisor is raised to 1.
    """
    if hits.shape[1] == 0:
        return np.full(len(hits), np.nan)
    precision = np.divide(hits, np.maximum(called, 1), dtype=np.float64)
    gained = np.diff(hits, axis=1, prepend=0)
    positives = hits[:, -1].astype(np.float64)
    summed = np.einsum("dk,dk->d", gained, precision)
    return _divide(summed, np.where(positives < total, positives, 0))


def _auprc_by_blocks(classes: _Classes, thresholds: Floats, counts: Counts) -> Floats:
    """Average precision with running counts `weights @ table'`, one table row per threshold."""
    block_count = counts.shape[1]
    size = len(thresholds)
    positive_step = np.searchsorted(thresholds, -classes.positive)
    negative_step = np.searchsorted(thresholds, -classes.negative)
    hits = np.cumsum(_table(positive_step, classes.positive_blocks, size, block_count), axis=0)
    misses = np.cumsum(_table(negative_step, classes.negative_blocks, size, block_count), axis=0)
    all_blocks = np.concatenate((classes.positive_blocks, classes.negative_blocks))
    items = np.bincount(all_blocks, minlength=block_count).astype(np.float64)
    # Products of counts are exact in float32 below 2**24, and twice as fast.
    exact = float(counts.max(initial=0)) * items.sum() < 1 << 24
    dtype = np.float32 if exact else np.float64
    hit_table, called_table = hits.T.astype(dtype), (hits + misses).T.astype(dtype)

    def score(weights: Floats) -> Floats:
        rows = weights.astype(dtype)
        return _average_precision(rows @ hit_table, rows @ called_table, weights @ items)

    return by_chunks(counts, size, score)


def _auprc_by_items(classes: _Classes, thresholds: Floats, counts: Counts) -> Floats:
    """Average precision from sums of item weights between thresholds, for very many blocks."""
    positive_step = np.searchsorted(thresholds, -classes.positive)
    negative_step = np.searchsorted(thresholds, -classes.negative)
    step = np.concatenate((positive_step, negative_step))
    order = np.argsort(step, kind="stable")
    blocks = np.concatenate((classes.positive_blocks, classes.negative_blocks))[order]
    starts = np.searchsorted(step[order], np.arange(len(thresholds)))
    hit_order = np.argsort(positive_step, kind="stable")
    hit_blocks = classes.positive_blocks[hit_order]
    hit_starts = np.searchsorted(positive_step[hit_order], np.arange(len(thresholds)))
    last = int(np.searchsorted(step[order], len(thresholds)))

    def score(weights: Floats) -> Floats:
        weight = weights.take(blocks, axis=1)
        called = np.cumsum(np.add.reduceat(weight[:, :last], starts, axis=1), axis=1)
        hits = np.cumsum(np.add.reduceat(weights.take(hit_blocks, axis=1), hit_starts, axis=1), axis=1)
        return _average_precision(hits, called, weight.sum(axis=1))

    return by_chunks(counts, len(blocks), score)

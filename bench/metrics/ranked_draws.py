"""AUROC and AUPRC when blocks of items are resampled.

Both depend on the data through counts at thresholds only, and those counts are linear in the block
weights. So items are sorted once, and a draw is a row of a matrix product.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.metrics.metric import Counts, Floats, Ints, by_chunks, measured

Numbers: TypeAlias = NDArray[np.floating]
"""Counts in float32 or float64."""

TABLE_ROWS = 128
"""Thresholds in one product of a table with the weights."""
TABLE_LIMIT = 1 << 23
"""Numbers in the largest table over thresholds and blocks: 64 MB of float64."""


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


class Classes(NamedTuple):
    """Scores of the positives and the negatives with the blocks that they lie in."""

    positive: Floats
    positive_blocks: Ints
    negative: Floats
    negative_blocks: Ints

    @property
    def items(self) -> int:
        """Number of items of both classes."""
        return len(self.positive) + len(self.negative)

    def swapped(self) -> Classes:
        """Return the same items with the classes exchanged."""
        return Classes(self.negative, self.negative_blocks, self.positive, self.positive_blocks)


def split_classes(predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike) -> Classes:
    """Divide the measured items by class.

    Args:
        predictions: shape `(n,)`, finite.
        truth: shape `(n,)`: 0, 1, or NaN where not measured.
        blocks: shape `(n,)`, numbers `0..blocks-1`.
    """
    items = measured(predictions, truth)
    positive = as_classes(items.truth)
    rows = np.asarray(blocks, dtype=np.intp)[items.kept]
    return Classes(
        items.predictions[positive], rows[positive], items.predictions[~positive], rows[~positive]
    )


def auroc_draws(classes: Classes, counts: Counts) -> Floats:
    """AUROC of each draw, shape `(draws,)`; NaN where a draw lacks a class.

    Args:
        classes: the measured items.
        counts: shape `(draws, blocks)`, whole numbers.
    """
    swapped = len(classes.positive) > len(classes.negative)
    # Thresholds are laid at the rarer class; the score of the other order is the complement.
    ranked = classes.swapped() if swapped else classes
    draws, block_count = counts.shape
    rare = len(ranked.positive)
    dense = block_count**2 * (rare + draws) <= 100 * classes.items * draws
    if dense and rare * block_count <= TABLE_LIMIT:
        scores = _auroc_by_block_pairs(ranked, counts)
    else:
        scores = _auroc_by_items(ranked, counts)
    return 1 - scores if swapped else scores


def auprc_draws(classes: Classes, counts: Counts) -> Floats:
    """Average precision of each draw, shape `(draws,)`; NaN where a draw lacks a class.

    Args:
        classes: the measured items.
        counts: shape `(draws, blocks)`, whole numbers.
    """
    if not len(classes.positive):
        return np.full(len(counts), np.nan)
    thresholds = np.unique(-classes.positive)
    cells = len(thresholds) * counts.shape[1]
    if cells <= min(100 * classes.items, TABLE_LIMIT):
        return _auprc_by_blocks(classes, thresholds, counts)
    return _auprc_by_items(classes, thresholds, counts)


def _table(steps: Ints, blocks: Ints, thresholds: int, block_count: int) -> Floats:
    """Items per step and block, shape `(thresholds, blocks)`; a step past the last is left out."""
    cells = np.bincount(steps * block_count + blocks, minlength=(thresholds + 1) * block_count)
    return cells.reshape(-1, block_count)[:thresholds].astype(np.float64)


def _divide(scores: Floats, by: Floats) -> Floats:
    """Divide, with NaN where the divisor is zero."""
    quotients = np.full(len(scores), np.nan)
    np.divide(scores, by, out=quotients, where=by > 0)
    return quotients


def _auroc_by_block_pairs(classes: Classes, counts: Counts) -> Floats:
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


def _auroc_by_items(classes: Classes, counts: Counts) -> Floats:
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
        won = (
            np.einsum("di,di->d", weight, below.take(lower, axis=1) + below.take(upper, axis=1)) / 2
        )
        return _divide(won, weight.sum(axis=1) * below[:, -1])

    return by_chunks(counts, len(negatives) + len(lower), score)


def _auprc_by_blocks(classes: Classes, thresholds: Floats, counts: Counts) -> Floats:
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
    exact = float(counts.max(initial=0)) * classes.items < 1 << 24
    number = np.float32 if exact else np.float64
    hit_table: Numbers = np.asarray(hits, dtype=number)
    called_table: Numbers = np.asarray(hits + misses, dtype=number)

    def score(weights: Floats) -> Floats:
        columns: Numbers = np.asarray(weights.T, dtype=number)
        total = np.zeros(len(weights))
        before: Numbers = np.zeros((1, len(weights)), dtype=number)
        for start in range(0, size, TABLE_ROWS):
            part = slice(start, start + TABLE_ROWS)
            hit = hit_table[part] @ columns
            total += _step_sums(before, hit, called_table[part] @ columns)
            before = hit[-1:]
        return _mean_precision(total, before[0], weights @ items)

    return by_chunks(counts, TABLE_ROWS, score)


def _step_sums(before: Numbers, hits: Numbers, called: Numbers) -> Floats:
    """Sum over steps of the positives gained times the precision reached, shape `(draws,)`.

    Args:
        before: positives up to the first step, shape `(1, draws)`.
        hits: positives up to each step, shape `(steps, draws)`.
        called: items up to each step, same shape; whole numbers, so that nothing is called where
            the divisor is raised to 1.
    """
    precision = np.divide(hits, np.maximum(called, 1), dtype=np.float64)
    gained = np.diff(hits, axis=0, prepend=before)
    return np.asarray(np.einsum("kd,kd->d", gained, precision), dtype=np.float64)


def _mean_precision(total: Floats, positives: Numbers, items: Floats) -> Floats:
    """Divide by the positives of each draw; NaN where a draw lacks a class."""
    return _divide(total, np.where(positives < items, positives, 0).astype(np.float64))


def _auprc_by_items(classes: Classes, thresholds: Floats, counts: Counts) -> Floats:
    """Average precision from sums of item weights between thresholds, for very many blocks."""
    positive_step = np.searchsorted(thresholds, -classes.positive)
    negative_step = np.searchsorted(thresholds, -classes.negative)
    all_blocks = np.concatenate((classes.positive_blocks, classes.negative_blocks))
    called = _Steps.of(np.concatenate((positive_step, negative_step)), all_blocks, len(thresholds))
    hits = _Steps.of(positive_step, classes.positive_blocks, len(thresholds))

    def score(weights: Floats) -> Floats:
        weight = weights.take(called.blocks, axis=1)
        beyond = weights.take(called.beyond, axis=1).sum(axis=1)
        hit = _running(weights.take(hits.blocks, axis=1), hits.starts)
        total = _step_sums(np.zeros((1, len(weights))), hit.T, _running(weight, called.starts).T)
        return _mean_precision(total, hit[:, -1], weight.sum(axis=1) + beyond)

    return by_chunks(counts, classes.items, score)


class _Steps(NamedTuple):
    """Items in the order of the thresholds that they first pass; every step holds some."""

    blocks: Ints
    """Blocks of the items that pass a threshold, in that order."""
    starts: Ints
    """Where the items of each step start in `blocks`, shape `(thresholds,)`."""
    beyond: Ints
    """Blocks of the items that pass none."""

    @classmethod
    def of(cls, steps: Ints, blocks: Ints, thresholds: int) -> _Steps:
        order = np.argsort(steps, kind="stable")
        bounds = np.searchsorted(steps[order], np.arange(thresholds + 1))
        ranked = blocks[order]
        return cls(ranked[: bounds[-1]], bounds[:-1], ranked[bounds[-1] :])


def _running(weights: Floats, starts: Ints) -> Floats:
    """Weight up to the end of each step, shape `(draws, steps)`."""
    summed: Floats = np.cumsum(np.add.reduceat(weights, starts, axis=1), axis=1)
    return summed

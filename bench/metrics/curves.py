"""ROC and precision-recall curves of one target, for figures."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.metrics.bootstrap import MOST_UNDEFINED, block_weights
from bench.metrics.metric import Floats, Ints, measured
from bench.metrics.ranked_draws import as_classes
from bench.metrics.student import t_quantile

POINTS = 500
"""Most points of a curve; a figure shows no more."""


class Curve(NamedTuple):
    """Points of a curve in rising order of `x`; tied predictions share one point."""

    x: Floats
    """Shape `(points,)`."""
    y: Floats
    low: Floats | None = None
    """Lower end of the pointwise 95 % band of `y` at the same `x`; None where there is no band."""
    high: Floats | None = None


def roc_curve(
    predictions: ArrayLike,
    truth: ArrayLike,
    blocks: ArrayLike | None = None,
    draws: int = 500,
    seed: int = 0,
    points: int = POINTS,
) -> Curve:
    """True positive rate (y) against false positive rate (x), from (0, 0) to (1, 1).

    Args:
        predictions: shape `(n,)`, finite; equal ones share a threshold.
        truth: 0, 1 or NaN, shape `(n,)`, with both classes.
        blocks: block of each item, shape `(n,)`; gives the curve a band.
        draws: bootstrap draws of the band.
        seed: seed of the draws.
        points: most points; the curve is thinned to evenly spaced ones.

    Raises:
        ValueError: a class is missing, shapes differ, or a prediction is not finite.
    """
    ranked = _rank(predictions, truth, blocks)
    return _curve(ranked, _roc, points, draws, seed)


def precision_recall_curve(
    predictions: ArrayLike,
    truth: ArrayLike,
    blocks: ArrayLike | None = None,
    draws: int = 500,
    seed: int = 0,
    points: int = POINTS,
) -> Curve:
    """Precision (y) against recall (x), from recall 0 to recall 1.

    Where nothing is called there is no precision; the curve starts with that of the highest
    threshold. Arguments and errors are those of `roc_curve`.
    """
    ranked = _rank(predictions, truth, blocks)
    return _curve(ranked, _precision_recall, points, draws, seed)


class _Ranked(NamedTuple):
    """Measured items, the highest prediction first."""

    positive: NDArray[np.bool_]
    last: Ints
    """Last item of each threshold, shape `(thresholds,)`."""
    blocks: Ints | None


def _rank(predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike | None) -> _Ranked:
    items = measured(predictions, truth)
    positive = as_classes(items.truth)
    if positive.all() or not positive.any():
        raise ValueError(f"{positive.sum()} of {len(positive)} items positive: expected 0 and 1")
    order = np.argsort(-items.predictions, kind="stable")
    ranked = items.predictions[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    rows = None
    if blocks is not None:
        rows = np.unique(np.asarray(blocks)[items.kept], return_inverse=True)[1][order]
    return _Ranked(positive[order], last, rows)


def _roc(positives: Floats, negatives: Floats) -> tuple[Floats, Floats]:
    """Both rates from running counts of shape `(..., thresholds)`."""
    x, y = negatives / negatives[..., -1:], positives / positives[..., -1:]
    return _from_zero(x, np.zeros_like(x)), _from_zero(y, np.zeros_like(y))


def _precision_recall(positives: Floats, negatives: Floats) -> tuple[Floats, Floats]:
    """Recall and precision from running counts of shape `(..., thresholds)`.

    A draw may hold none of the items above a threshold; the first known precision stands there.
    """
    called = positives + negatives
    first = np.argmax(called > 0, axis=-1)[..., None]
    known = np.maximum(np.arange(called.shape[-1]), first)
    precision = np.take_along_axis(positives / np.maximum(called, 1), known, axis=-1)
    recall = positives / positives[..., -1:]
    return _from_zero(recall, np.zeros_like(recall)), _from_zero(precision, precision)


def _from_zero(values: Floats, start: Floats) -> Floats:
    """Put the first of `start` before the values, along the last axis."""
    return np.concatenate((start[..., :1], values), axis=-1)


def _curve(
    ranked: _Ranked,
    shape: Callable[[Floats, Floats], tuple[Floats, Floats]],
    points: int,
    draws: int,
    seed: int,
) -> Curve:
    positives = np.cumsum(ranked.positive)[ranked.last].astype(np.float64)
    negatives = ranked.last + 1.0 - positives
    x, y = shape(positives, negatives)
    kept = _spaced(x, y, points)
    x, y = x[kept], y[kept]
    if ranked.blocks is None:
        return Curve(x, y)
    # Point 0 lies before the first threshold.
    band = _band(ranked, ranked.last[kept[1:] - 1], x, shape, draws, seed)
    return Curve(x, y) if band is None else Curve(x, y, *band)


def _spaced(x: Floats, y: Floats, points: int) -> Ints:
    """Choose at most `points` points that lie evenly along the curve, both ends among them."""
    if len(x) <= points:
        return np.arange(len(x))
    length = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
    chosen = np.searchsorted(length, np.linspace(0, length[-1], points))
    chosen[0], chosen[-1] = 0, len(x) - 1
    return np.unique(chosen)


def _band(
    ranked: _Ranked,
    last: Ints,
    x: Floats,
    shape: Callable[[Floats, Floats], tuple[Floats, Floats]],
    draws: int,
    seed: int,
) -> tuple[Floats, Floats] | None:
    """Pointwise band at `x`: percentiles of the curves of resampled blocks.

    The percentiles are widened for the number of blocks as in Hesterberg (2015, Am. Stat. 69:371).
    None with one block, or where over 5 % of the draws lack a class.
    """
    blocks = np.asarray(ranked.blocks)
    block_count = int(blocks.max()) + 1
    if block_count < 2:
        return None
    weights = block_weights(block_count, draws, seed).astype(np.float64)
    positives = weights @ _running_table(ranked.positive, blocks, last, block_count)
    negatives = weights @ _running_table(~ranked.positive, blocks, last, block_count)
    whole = (positives[:, -1] > 0) & (negatives[:, -1] > 0)
    if 1 - whole.mean() > MOST_UNDEFINED:
        return None
    curves = zip(*shape(positives[whole], negatives[whole]), strict=True)
    heights = np.array([np.interp(x, at, height) for at, height in curves])
    reach = t_quantile(0.975, block_count - 1) * math.sqrt(block_count / (block_count - 1))
    tail = NormalDist().cdf(-reach)
    low, high = np.quantile(heights, (tail, 1 - tail), axis=0)
    return low, high


def _running_table(chosen: NDArray[np.bool_], blocks: Ints, last: Ints, block_count: int) -> Floats:
    """Chosen items of each block up to each threshold, shape `(blocks, thresholds)`."""
    step = np.searchsorted(last, np.flatnonzero(chosen))
    cells = blocks[chosen] * len(last) + step
    counts = np.bincount(cells, minlength=block_count * len(last))
    return np.cumsum(counts.reshape(block_count, -1), axis=1).astype(np.float64)

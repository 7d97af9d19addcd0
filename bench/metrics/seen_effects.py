"""How much of known effects stands in predictions: a regression with intervals over blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.metrics.bootstrap import Interval, block_weights, interval, jackknife_weights
from bench.metrics.metric import Floats, Ints

DRAWS = 2000
SEED = 0
WORST_CONDITION = 1e10
"""Above it, what is told apart is rounding."""


@dataclass(frozen=True, slots=True)
class SeenEffect:
    """Share of an effect that predictions hold, 1 where they hold all of it."""

    share: float
    interval: Interval


def seen_effects(predictions: Floats, effects: Floats, blocks: Ints) -> list[SeenEffect]:
    """Regress predictions on effects, by least squares with a constant for each target.

    Effects of several kinds are taken apart: the share of one is what remains when the others are
    held fixed. Items of a block are drawn together.

    Args:
        predictions: `(n, targets)`.
        effects: what each kind adds to an item in truth, in the unit of the predictions,
            `(n, targets, kinds)`.
        blocks: of the items, `(n,)`.

    Returns:
        One for each kind, NaN where it cannot be told from the others.
    """
    # Centred by target, so that constants drop out.
    centred = effects - effects.mean(axis=0)
    response = predictions - predictions.mean(axis=0)
    numbers = np.unique(blocks, return_inverse=True)[1]
    count, kinds = int(numbers.max()) + 1, effects.shape[2]
    products = np.zeros((count, kinds, kinds))
    sums = np.zeros((count, kinds))
    np.add.at(products, numbers, np.einsum("nti,ntj->nij", centred, centred))
    np.add.at(sums, numbers, np.einsum("nti,nt->ni", centred, response))

    def shares(weights: Floats) -> Floats:
        return _solved(np.tensordot(weights, products, axes=1), weights @ sums)

    whole = shares(np.ones((1, count)))[0]
    drawn = shares(block_weights(count, DRAWS, SEED).astype(float))
    left_out = shares(jackknife_weights(count).astype(float))
    return [
        SeenEffect(
            float(whole[kind]),
            interval(float(whole[kind]), drawn[:, kind], left_out[:, kind], count),
        )
        for kind in range(kinds)
    ]


def _solved(products: Floats, sums: Floats) -> Floats:
    """Solve `(draws, kinds, kinds)` equations.

    Kinds without any effect are left out, and NaN; all are where the others cannot be told apart.
    """
    solved = np.full(sums.shape, np.nan)
    for draw, (product, total) in enumerate(zip(products, sums, strict=True)):
        there = np.diag(product) > 0
        matrix = product[np.ix_(there, there)]
        if there.any() and np.linalg.cond(matrix) < WORST_CONDITION:
            solved[draw, there] = np.linalg.solve(matrix, total[there])
    return solved

"""Average ranks, and Spearman correlation when blocks of items are resampled.

Let item `i` count `w_i` times. Its average rank among all repeated items, less the mean rank, is
`r_i = sum_j w_j sign(x_i - x_j) / 2`: linear in the weights. The covariance of two rankings is thus
a cubic form in the block weights, and the variance of one is `(W^3 - sum_g w_g^3) / 12`, where `W`
is the total weight and `w_g` that of a group of ties. Both hold exactly for repeated items, which
tie with their own copies.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.metrics.metric import Counts, Floats, Ints, by_chunks

CUBE_LIMIT = 200
"""Most blocks for which sums over triples of blocks are tabulated: 64 MB of float64."""
TABLE_LIMIT = 1 << 24
"""Numbers in the largest table over items and blocks: 64 MB of float32."""


def average_ranks(values: Floats) -> Floats:
    """Rank values from 1 to n, shape `(n,)`; ties share the mean of their ranks."""
    return centred_midranks(values, np.ones(len(values))) + (len(values) + 1) / 2


def centred_midranks(values: Floats, weights: Floats) -> Floats:
    """Average rank of each item less the mean rank, when items count `weights` times.

    Args:
        values: shape `(n,)`.
        weights: shape `(n,)`, not negative.

    Returns:
        Shape `(n,)`; the weighted mean is zero.
    """
    _, group = np.unique(values, return_inverse=True)
    weight = np.bincount(group, weights)
    ranks = np.cumsum(weight) - weight / 2 - weight.sum() / 2
    return np.asarray(ranks[group], dtype=np.float64)


def spearman_draws(predictions: Floats, truth: Floats, blocks: Ints, counts: Counts) -> Floats:
    """Spearman correlation of each draw, NaN where either side is constant.

    Args:
        predictions: shape `(n,)`, finite.
        truth: shape `(n,)`, finite.
        blocks: shape `(n,)`, numbers `0..blocks-1`.
        counts: shape `(draws, blocks)`, whole numbers.

    Returns:
        Shape `(draws,)`.
    """
    draws, block_count = counts.shape
    x, y = _ties(predictions, blocks), _ties(truth, blocks)
    items = len(blocks)
    cost = block_count**2 * (block_count * draws + items)
    tables = block_count <= CUBE_LIMIT and items * block_count <= TABLE_LIMIT
    if tables and cost <= 500 * items * draws:
        covariance = _covariance_by_blocks(x, y, blocks, counts)
    else:
        covariance = _covariance_by_items(x, y, counts)
    variances = [_rank_variance(side, blocks, counts) for side in (x, y)]
    spread = np.sqrt(variances[0]) * np.sqrt(variances[1])
    scores = np.full(draws, np.nan)
    np.divide(covariance, spread, out=scores, where=spread > 0)
    return np.asarray(np.clip(scores, -1, 1), dtype=np.float64)


class _Ties(NamedTuple):
    """One ranking: groups of tied items in rising order."""

    order: Ints
    """Items sorted by value, shape `(n,)`."""
    blocks: Ints
    """Their blocks, shape `(n,)`."""
    starts: Ints
    """Where each group starts in `order`, shape `(groups,)`."""
    group: Ints
    """Group of each item, in the given order of items, shape `(n,)`."""


def _ties(values: Floats, blocks: Ints) -> _Ties:
    order = np.argsort(values)
    ranked = values[order]
    new = np.ones(len(values), dtype=bool)
    new[1:] = ranked[1:] != ranked[:-1]
    group = np.empty(len(values), dtype=np.intp)
    group[order] = np.cumsum(new) - 1
    return _Ties(order, blocks[order], np.flatnonzero(new), group)


def _rank_variance(side: _Ties, blocks: Ints, counts: Counts) -> Floats:
    """Sum of squared centred ranks of each draw, shape `(draws,)`; zero exactly when constant."""
    block_count = counts.shape[1]
    sizes = np.diff(side.starts, append=len(blocks))
    alone = sizes[side.group] == 1
    single = np.bincount(blocks[alone], minlength=block_count).astype(np.float64)
    items = np.bincount(blocks, minlength=block_count).astype(np.float64)
    shared = np.flatnonzero(sizes > 1)
    tied = np.flatnonzero(~alone)
    tied = tied[np.argsort(side.group[tied], kind="stable")]
    starts = np.cumsum(sizes[shared]) - sizes[shared]
    return by_chunks(
        counts,
        max(len(tied), 1),
        lambda weights: _variance(weights, single, items, blocks[tied], starts),
    )


def _variance(
    weights: Floats, single: Floats, items: Floats, tied_blocks: Ints, starts: Ints
) -> Floats:
    cubes = (weights * weights * weights) @ single  # a float power is 30 times slower
    if len(starts):
        groups = np.add.reduceat(weights.take(tied_blocks, axis=1), starts, axis=1)
        cubes += np.einsum("dg,dg,dg->d", groups, groups, groups)
    return ((weights @ items) ** 3 - cubes) / 12


def _covariance_by_items(x: _Ties, y: _Ties, counts: Counts) -> Floats:
    """Sum of products of centred ranks, ranking the items of every draw."""
    y_group = y.group[x.order]
    x_group = x.group[x.order]

    def score(weights: Floats) -> Floats:
        weight = weights.take(x.blocks, axis=1)
        half = weight.sum(axis=1, keepdims=True) / 2
        x_ranks = _running_midranks(weight, x.starts) - half
        y_ranks = _running_midranks(weights.take(y.blocks, axis=1), y.starts) - half
        x_ranks, y_ranks = x_ranks.take(x_group, axis=1), y_ranks.take(y_group, axis=1)
        return np.asarray(np.einsum("di,di,di->d", weight, x_ranks, y_ranks), dtype=np.float64)

    return by_chunks(counts, len(y_group), score)


def _running_midranks(weights: Floats, starts: Ints) -> Floats:
    """Weight below each group and half its own, shape `(draws, groups)`."""
    if len(starts) < weights.shape[1]:
        weights = np.add.reduceat(weights, starts, axis=1)
    ranks: Floats = np.cumsum(weights, axis=1)
    ranks -= weights / 2
    return ranks


def _covariance_by_blocks(x: _Ties, y: _Ties, blocks: Ints, counts: Counts) -> Floats:
    """Sum of products of centred ranks as `sum_abc w_a w_b w_c T[a, b, c]`.

    `T[a, b, c]` sums over items `i` of block `a` the signs of `x_i` against block `b` times those
    of `y_i` against block `c`, over 4.
    """
    block_count = counts.shape[1]
    order = np.argsort(blocks, kind="stable")
    bounds = np.searchsorted(blocks[order], np.arange(block_count + 1))
    x_signs = _signs(x, block_count).take(x.group[order], axis=1)
    y_signs = _signs(y, block_count).take(y.group[order], axis=1)
    cube = np.empty((block_count, block_count, block_count))
    for block, (start, stop) in enumerate(pairwise(bounds)):
        rows = x_signs[:, start:stop].astype(np.float64)
        np.matmul(rows, y_signs[:, start:stop].T.astype(np.float64), out=cube[block])
    forms = _quadratic_forms(cube / 4)

    def score(weights: Floats) -> Floats:
        columns = np.ascontiguousarray(weights.T)
        total = np.zeros(len(weights))
        for first, form in enumerate(forms):
            rest = columns[first:]
            total += columns[first] * np.einsum("bd,bd->d", form @ rest, rest)
        return total

    return by_chunks(counts, block_count, score)


def _quadratic_forms(cube: Floats) -> list[Floats]:
    """Write a cubic form as `sum_a w_a w[a:]' M_a w[a:]`, with a third of its products.

    `M_a` takes the triples whose smallest index is `a`, at whichever place it stands.

    Args:
        cube: coefficients, shape `(blocks, blocks, blocks)`.
    """
    forms = []
    for first in range(len(cube)):
        form = cube[first, first:, first:] + cube[first:, first, first:]
        form += cube[first:, first:, first]
        # A triple that holds `a` twice was met twice, and one of three was met three times.
        form[0, :] /= 2
        form[:, 0] /= 2
        form[0, 0] = cube[first, first, first]
        forms.append(form)
    return forms


def _signs(side: _Ties, block_count: int) -> NDArray[np.float32]:
    """Items of each block below a group less those above it, shape `(blocks, groups)`."""
    inside = np.zeros((block_count, len(side.starts)), dtype=np.float32)
    np.add.at(inside, (side.blocks, side.group[side.order]), np.float32(1))
    signs: NDArray[np.float32] = np.cumsum(inside, axis=1)
    total = signs[:, -1:].copy()
    signs *= 2
    signs -= inside
    signs -= total
    return signs

"""Means of items when blocks of them are resampled."""

from __future__ import annotations

import numpy as np

from bench.metrics.metric import Counts, Floats, Ints, by_chunks


def weighted_means(values: Floats, blocks: Ints, counts: Counts) -> Floats:
    """Mean of `values` in each draw, shape `(draws,)`; NaN where a draw holds none.

    Args:
        values: shape `(n,)`.
        blocks: block of each, shape `(n,)`.
        counts: how often a draw holds each block, shape `(draws, blocks)`.
    """
    number = np.bincount(blocks, minlength=counts.shape[1]).astype(np.float64)
    total = np.bincount(blocks, values, counts.shape[1])

    def draw(drawn: Floats) -> Floats:
        # Not a BLAS product: its rounding may depend on how many threads it has.
        held, sums = np.einsum("db,b->d", drawn, number), np.einsum("db,b->d", drawn, total)
        return np.where(held > 0, sums / np.maximum(held, 1), np.nan)

    return by_chunks(counts, counts.shape[1], draw)

"""Overlap of genomic intervals between the parts of a split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.interface.arrays import IntArray


def widened(starts: IntArray, ends: IntArray, context: int) -> tuple[IntArray, IntArray]:
    """Extend intervals around their centre to at least `context` bp."""
    centre = (starts + ends) // 2
    low = np.minimum(starts, centre - context // 2)
    high = np.maximum(ends, centre - context // 2 + context)
    return low, high


def touching_sets(frame: pd.DataFrame, context: int = 0) -> IntArray:
    """Number the sets of intervals that are connected by overlap.

    Args:
        frame: `chrom`, `start`, `end` (0-based, half-open).
        context: every interval is first extended around its centre to this many bp.

    Returns:
        Set of each interval, int64 of shape `(n,)`.
    """
    chroms = np.unique(frame["chrom"].to_numpy(dtype=str), return_inverse=True)[1].reshape(-1)
    low, high = widened(frame["start"].to_numpy(), frame["end"].to_numpy(), context)
    sets = np.zeros(len(frame), dtype=np.int64)
    done = 0
    for chrom in np.unique(chroms):
        here = np.flatnonzero(chroms == chrom)
        here = here[np.argsort(low[here], kind="stable")]
        reach = np.maximum.accumulate(high[here])
        begins = np.concatenate(([True], low[here][1:] >= reach[:-1]))
        sets[here] = done + np.cumsum(begins)
        done = int(sets[here[-1]])
    return sets


def rows_touching(frame: pd.DataFrame, others: pd.DataFrame, context: int = 0) -> NDArray[np.bool_]:
    """Tell which intervals of `frame` overlap any of `others`.

    Both frames have `chrom`, `start`, `end` (0-based, half-open). Every interval is first extended
    around its centre to `context` bp, the longest input that a model may read. Intervals without a
    chromosome, of items that no genome holds, overlap nothing.

    Returns:
        Mask over the rows of `frame`.
    """
    touching = np.zeros(len(frame), dtype=bool)
    chroms = frame["chrom"].to_numpy()
    other_chroms = others["chrom"].to_numpy()
    low, high = widened(frame["start"].to_numpy(), frame["end"].to_numpy(), context)
    other_low, other_high = widened(others["start"].to_numpy(), others["end"].to_numpy(), context)
    for chrom in np.unique(chroms[chroms != ""]):
        here = np.flatnonzero(chroms == chrom)
        there = other_chroms == chrom
        # The number of others that begin before our end, less those that end before our start.
        begun = np.searchsorted(np.sort(other_low[there]), high[here], side="left")
        ended = np.searchsorted(np.sort(other_high[there]), low[here], side="right")
        touching[here] = begun > ended
    return touching

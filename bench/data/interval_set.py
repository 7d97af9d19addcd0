"""Regions of a genome as a set of bases, such as a blacklist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from bench.interface.arrays import IntArray


class IntervalSet:
    """The bases that lie in any of some intervals, 0-based and half-open."""

    def __init__(self, merged: Mapping[str, tuple[NDArray[np.int64], NDArray[np.int64]]]) -> None:
        """Take, per chromosome, starts and ends of sorted intervals that do not touch."""
        self._merged = merged

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Self:
        """Take intervals with `chrom`, `start` and `end`, which may overlap."""
        merged = {}
        for chrom, rows in frame.groupby("chrom", sort=False):
            order = np.argsort(rows["start"].to_numpy(), kind="stable")
            starts = rows["start"].to_numpy(dtype=np.int64)[order]
            reach = np.maximum.accumulate(rows["end"].to_numpy(dtype=np.int64)[order])
            begins = np.concatenate([[True], starts[1:] > reach[:-1]])
            merged[str(chrom)] = (starts[begins], reach[np.append(begins[1:], True)])
        return cls(merged)

    def covered_before(self, chrom: str, positions: IntArray) -> NDArray[np.int64]:
        """Return how many bases of the set lie to the left of each position, any shape."""
        if chrom not in self._merged:
            return np.zeros(positions.shape, dtype=np.int64)
        starts, ends = self._merged[chrom]
        sizes = ends - starts
        whole = np.concatenate([[0], np.cumsum(sizes)])
        begun = np.searchsorted(starts, positions, side="left")
        last = np.maximum(begun - 1, 0)
        beyond = np.where(begun > 0, np.maximum(ends[last] - positions, 0), 0)
        covered: NDArray[np.int64] = whole[begun] - beyond
        return covered

    def inside(self, chrom: str, start: int, end: int) -> NDArray[np.bool_]:
        """Tell for each base of `[start, end)` whether it lies in the set."""
        edges = np.arange(start, end + 1)
        inside: NDArray[np.bool_] = np.diff(self.covered_before(chrom, edges)) > 0
        return inside

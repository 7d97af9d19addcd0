"""Negatives from the genome itself: windows that match positives in length and G+C content."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.data.genome import GenomeStore
    from bench.interface.arrays import CodeArray, IntArray

TRIALS = 20_000
"""Candidates tried for one positive before it is given up."""
BATCH = 256
"""Candidates drawn and checked together."""
ROUNDING = 1e-9
"""Allowance for rounding in the comparison of two G+C contents."""


@dataclass(frozen=True, slots=True)
class MatchedWindows:
    """Windows found for positives, and how many could not be found.

    `windows` has `chrom`, `start`, `end` (0-based, half-open) and `parent`, the row of the positive
    that each matches, counted from 0; it is ordered by parent. `missing` is the number of windows
    not found for each positive, int64 of shape `(positives,)`.
    """

    windows: pd.DataFrame
    missing: IntArray

    @property
    def shortfall(self) -> int:
        """Number of windows asked for and not found."""
        return int(self.missing.sum())


def matched_windows(
    genome: GenomeStore,
    positives: pd.DataFrame,
    exclude: pd.DataFrame | None = None,
    *,
    seed: int,
    gc_tolerance: float = 0.02,
    per_positive: int = 1,
    trials: int = TRIALS,
) -> MatchedWindows:
    """Draw windows at random that match positives and overlap none of them.

    A window lies on the chromosome of its positive, so that a split by chromosome keeps them
    together, and has its length. Its G+C content is within the tolerance of the positive's, counted
    over the bases that are known. It holds no N and overlaps no positive, no excluded interval
    and no other window.

    Each positive has random numbers of its own, and positives are served in the order of their
    coordinates: the result does not depend on the order of the rows, and one more positive
    changes only what it collides with.

    Args:
        genome: where sequence is read.
        positives: `chrom`, `start`, `end` (0-based, half-open).
        exclude: further intervals not to overlap, with the same columns.
        seed: of the random numbers.
        gc_tolerance: largest difference in G+C content, as a fraction.
        per_positive: windows wanted for each positive.
        trials: candidates tried for one positive before what is missing is given up.

    Raises:
        BenchError: a positive lies on an unknown chromosome or beyond its end, or is empty.
    """
    chroms = positives["chrom"].astype(str).to_numpy()
    intervals = positives[["start", "end"]].to_numpy(dtype=np.int64)
    _check(genome, chroms, intervals)
    wish = _Wish(seed, gc_tolerance, per_positive, trials)
    starts: list[list[int]] = [[] for _ in range(len(positives))]
    for chrom in sorted(set(chroms)):
        rows = np.flatnonzero(chroms == chrom)
        taken = [intervals[rows], _on_chromosome(exclude, chrom)]
        ground = _ground(genome.sequence(chrom, 0, genome.chromosomes[chrom]), taken)
        for row in rows[np.lexsort((intervals[rows, 1], intervals[rows, 0]))].tolist():
            start, end = intervals[row].tolist()
            starts[row] = ground.draw(chrom, start, end, wish)
    return _collect(chroms, intervals, starts, per_positive)


def _collect(
    chroms: NDArray[np.generic], intervals: IntArray, starts: list[list[int]], per_positive: int
) -> MatchedWindows:
    import pandas as pd

    counts = np.array([len(places) for places in starts], dtype=np.int64)
    parents = np.repeat(np.arange(len(starts)), counts)
    low = np.array([place for places in starts for place in places], dtype=np.int64)
    lengths = (intervals[:, 1] - intervals[:, 0])[parents]
    columns = {"chrom": chroms[parents], "start": low, "end": low + lengths, "parent": parents}
    return MatchedWindows(pd.DataFrame(columns), per_positive - counts)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for each positive."""

    seed: int
    tolerance: float
    windows: int
    trials: int

    def stream(self, chrom: str, start: int, end: int) -> np.random.Generator:
        """Random numbers of one positive."""
        name = int.from_bytes(chrom.encode(), "little")
        return np.random.default_rng([self.seed, name, start, end])


@dataclass(slots=True)
class _Ground:
    """One chromosome on which windows are drawn.

    `gc` holds the number of G and C before each position. `unknown` are the runs of N and `taken`
    all that no window may overlap, both disjoint, in order and of shape `(n, 2)`. `starts` and
    `ends` are the windows chosen so far, in order.
    """

    gc: NDArray[np.int32]
    unknown: IntArray
    taken: IntArray
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def draw(self, chrom: str, start: int, end: int, wish: _Wish) -> list[int]:
        """Choose windows that match `[start, end)`; return their starts, in the order found."""
        length = end - start
        known = length - _covered(self.unknown, start, end)
        chosen: list[int] = []
        if known == 0:
            return chosen
        target = float(self.gc[end] - self.gc[start]) / known
        rng = wish.stream(chrom, start, end)
        for tried in range(0, wish.trials, BATCH):
            size = min(BATCH, wish.trials - tried)
            candidates = rng.integers(0, len(self.gc) - length, size=size)
            content = (self.gc[candidates + length] - self.gc[candidates]) / length
            near = candidates[np.abs(content - target) <= wish.tolerance + ROUNDING]
            for place in near[self._is_free(near, near + length)].tolist():
                if len(chosen) < wish.windows and self._take(place, place + length):
                    chosen.append(place)
            if len(chosen) == wish.windows:
                break
        return chosen

    def _is_free(self, starts: IntArray, ends: IntArray) -> NDArray[np.bool_]:
        """Tell which candidates overlap nothing that was taken from the beginning."""
        before = np.searchsorted(self.taken[:, 0], ends, side="left") - 1
        free: NDArray[np.bool_] = (before < 0) | (self.taken[before, 1] <= starts)
        return free

    def _take(self, start: int, end: int) -> bool:
        """Choose a window unless it overlaps one that was chosen before."""
        place = bisect_left(self.starts, end)
        if place and self.ends[place - 1] > start:
            return False
        self.starts.insert(place, start)
        self.ends.insert(place, end)
        return True


def _ground(codes: CodeArray, taken: list[IntArray]) -> _Ground:
    """Count G+C up to each position, and join all that no window may overlap, runs of N included.

    The counts take four bytes for each base of the chromosome.
    """
    gc = np.zeros(len(codes) + 1, dtype=np.int32)
    # C is 1 and G is 2.
    np.cumsum((codes == 1) | (codes == 2), dtype=np.int32, out=gc[1:])
    unknown = _runs(codes == N)
    return _Ground(gc, unknown, _united(np.concatenate([unknown, *taken])))


def _check(genome: GenomeStore, chroms: NDArray[np.generic], intervals: IntArray) -> None:
    """Refuse positives that the genome does not have."""
    for chrom in sorted(set(chroms)):
        if chrom not in genome.chromosomes:
            raise BenchError(
                f"positives for matched windows: genome {genome.name} has no chromosome {chrom!r}"
            )
    lengths = np.array([genome.chromosomes[chrom] for chrom in chroms], dtype=np.int64)
    starts, ends = intervals[:, 0], intervals[:, 1]
    wrong = np.flatnonzero((starts < 0) | (starts >= ends) | (ends > lengths))
    if len(wrong):
        row = wrong[0]
        raise BenchError(
            f"positives for matched windows: {chroms[row]}:{starts[row]}-{ends[row]}, expected "
            f"an interval in 0-{lengths[row]}"
        )


def _on_chromosome(frame: pd.DataFrame | None, chrom: str) -> IntArray:
    """Intervals of a frame on one chromosome, shape `(n, 2)`."""
    if frame is None:
        return np.empty((0, 2), dtype=np.int64)
    here: IntArray = frame.loc[frame["chrom"] == chrom, ["start", "end"]].to_numpy(dtype=np.int64)
    return here


def _runs(mask: NDArray[np.bool_]) -> IntArray:
    """Intervals in which a mask is true, shape `(n, 2)`."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return edges.astype(np.int64).reshape(-1, 2)


def _united(intervals: IntArray) -> IntArray:
    """Unite intervals that overlap or touch; the result is in order, shape `(n, 2)`."""
    ordered = intervals[np.argsort(intervals[:, 0], kind="stable")]
    reach = np.maximum.accumulate(ordered[:, 1])
    opens = np.concatenate(([True], ordered[1:, 0] > reach[:-1]))[: len(ordered)]
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(ordered))[: len(first)] - 1
    return np.stack([ordered[first, 0], reach[last]], axis=1)


def _covered(runs: IntArray, start: int, end: int) -> int:
    """Number of positions of `[start, end)` that lie in disjoint runs."""
    overlap = np.minimum(runs[:, 1], end) - np.maximum(runs[:, 0], start)
    return int(np.maximum(overlap, 0).sum())

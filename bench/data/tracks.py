"""Signal along a genome at base resolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from bench.interface.errors import BenchError
from bench.interface.names import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import FloatArray, IntArray


class Track(Protocol):
    """One signal along the chromosomes of a genome.

    Coordinates are 0-based, half-open.
    """

    @property
    def chromosomes(self) -> Mapping[str, int]:
        """Names that `values` takes, and their lengths in bp."""
        ...

    @property
    def missing(self) -> frozenset[str]:
        """Chromosomes of which the data says nothing at all, so that not even 0 is known."""
        ...

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """Return the value of each base of `[start, end)`, shape `(end - start,)`.

        NaN stands where the data says nothing, and beyond the ends of the chromosome.

        Raises:
            BenchError: unknown chromosome.
        """
        ...


class Steps(NamedTuple):
    """Intervals of one chromosome that do not overlap, sorted, with one value each.

    `starts` and `ends` are int64, 0-based and half-open; `values` is float32; all are `(n,)`.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    values: NDArray[np.float32]


class StepTrack:
    """A track in memory: constant within intervals, and `outside` between them."""

    missing: frozenset[str] = frozenset()

    def __init__(
        self, chromosomes: Mapping[str, int], steps: Mapping[str, Steps], outside: float
    ) -> None:
        self.chromosomes = chromosomes
        self._steps = steps
        self._outside = outside

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """Return the value of each base of `[start, end)`; NaN beyond the chromosome.

        Raises:
            BenchError: unknown chromosome.
        """
        length = chromosome_length(self, chrom)
        values = np.full(max(end - start, 0), self._outside, dtype=np.float32)
        if chrom in self._steps:
            _lay(values, self._steps[chrom], start)
        values[: max(-start, 0)] = np.nan
        values[max(length - start, 0) :] = np.nan
        return values


def chromosome_length(track: Track, chrom: str) -> int:
    """Return the length of a chromosome in bp.

    Raises:
        BenchError: unknown chromosome, with the nearest name.
    """
    try:
        return track.chromosomes[chrom]
    except KeyError as error:
        known = nearest(chrom, track.chromosomes)
        raise BenchError(f"the track has no chromosome {chrom!r}; {known}") from error


def point_steps(positions: IntArray, weights: FloatArray) -> Steps:
    """Sum the weights that lie on the same base.

    Args:
        positions: 0-based, any order, `(n,)`.
        weights: `(n,)`.
    """
    bases, place = np.unique(positions.astype(np.int64), return_inverse=True)
    sums = np.bincount(place, weights, len(bases))
    return Steps(bases, bases + 1, sums.astype(np.float32))


def coverage_steps(starts: IntArray, ends: IntArray, weights: FloatArray) -> Steps:
    """Sum the weights of the intervals that cover each base; intervals may overlap.

    Args:
        starts: 0-based, any order, `(n,)`.
        ends: exclusive, `(n,)`.
        weights: `(n,)`; whole numbers are summed exactly.
    """
    borders = np.concatenate([starts, ends]).astype(np.int64)
    changes = np.concatenate([weights, -weights])
    places, place = np.unique(borders, return_inverse=True)
    depth = np.cumsum(np.bincount(place, changes, len(places)))[:-1]
    covered = np.flatnonzero(depth)
    return Steps(places[covered], places[covered + 1], depth[covered].astype(np.float32))


def _lay(values: NDArray[np.float32], steps: Steps, start: int) -> None:
    """Write the steps that meet `values`, whose first base is `start`, into it."""
    first = int(np.searchsorted(steps.ends, start, side="right"))
    last = int(np.searchsorted(steps.starts, start + len(values), side="left"))
    if last <= first:
        return
    low = np.maximum(steps.starts[first:last] - start, 0)
    sizes = np.minimum(steps.ends[first:last] - start, len(values)) - low
    # Bases within the steps, one step after the other.
    shift = np.repeat(low - (np.cumsum(sizes) - sizes), sizes)
    values[shift + np.arange(len(shift))] = np.repeat(steps.values[first:last], sizes)

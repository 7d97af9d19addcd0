"""Which known motifs position weight matrices resemble, and how surely.

Two aligned columns are compared by the Pearson correlation of their four probabilities, two aligned
motifs by the mean over the columns that overlap. As in Tomtom (Gupta et al. 2007, Genome Biol.
8:R24), chance is a motif whose columns are drawn from those of all known motifs, without regard to
their order. The distribution of a sum of correlations is then the convolution of the columns' own;
shuffled motifs that are drawn would not reach the small P-values that thousands of comparisons ask
for. Every alignment has a P-value of its own; the least of them
is corrected for their number (Sidak), and pairs are corrected after Benjamini and Hochberg.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.context import Progress, silent
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.data.motifs import Motif

LEAST_OVERLAP = 5
"""Columns, or all of a motif that has fewer."""
SIGNIFICANT = 0.05
"""A q-value below this names a motif."""
STEPS = 50
"""Correlations are rounded to this part of one, where P-values are computed."""
FLAT = 1e-9
"""Standard deviation below which the probabilities of a column are alike."""


@dataclass(frozen=True, slots=True)
class Match:
    """How a motif lies on a known one, at the alignment with the least P-value.

    Attributes:
        query: its number.
        motif: number of the known motif.
        strand: `+`, or `-` where the known motif is read on its other strand.
        offset: column of the query at which the known motif begins, negative where before it.
        overlap: columns that both have there.
        correlation: mean of their correlations, -1 to 1.
        p_value: of the best of all alignments.
        q_value: the share of false matches among all pairs with a P-value as small.
    """

    query: int
    motif: int
    strand: str
    offset: int
    overlap: int
    correlation: float
    p_value: float
    q_value: float


def column_correlations(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the correlation of every column with every other, `(first, second)`.

    Columns without any preference correlate by 1 with each other and by 0 with all others.

    Args:
        first: base probabilities, `(columns, 4)`.
        second: likewise.
    """
    (one, one_flat), (two, two_flat) = _standardised(first), _standardised(second)
    both: NDArray[np.bool_] = one_flat[:, None] & two_flat
    return np.where(both, 1.0, np.clip(one @ two.T / 4, -1.0, 1.0))


def _standardised(
    columns: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    deviation = columns.std(axis=1)
    flat = deviation < FLAT
    centred = columns - columns.mean(axis=1, keepdims=True)
    return np.where(flat[:, None], 0.0, centred / np.maximum(deviation, FLAT)[:, None]), flat


def match_motifs(
    queries: Sequence[Motif],
    motifs: Sequence[Motif],
    least: int = LEAST_OVERLAP,
    progress: Progress = silent,
) -> list[Match]:
    """Compare each query with each known motif, on both strands and at all offsets.

    Args:
        queries: motifs to be named.
        motifs: those that are known; their columns are what chance draws from.
        least: columns that have to overlap.
        progress: told how many queries are done.

    Returns:
        The match with the least P-value for each query, and among such that with the highest
        correlation, in the order of the queries. The q-values are those of all pairs.

    Raises:
        BenchError: there is no known motif.
    """
    from scipy.stats import false_discovery_control

    if not motifs:
        raise BenchError("no known motif to compare with")
    if not queries:
        return []
    known = Known(motifs, least)
    found = []
    for number, query in enumerate(queries, start=1):
        found.append(known.compared(query))
        progress(number, len(queries))
    p_values = np.stack([one.p_values for one in found])
    q_values = false_discovery_control(p_values.ravel()).reshape(p_values.shape)
    return [_best(row, one, q_values[row]) for row, one in enumerate(found)]


@dataclass(frozen=True, slots=True)
class Compared:
    """A query's best alignment with each known motif, arrays `(motifs,)`."""

    p_values: NDArray[np.float64]
    correlations: NDArray[np.float64]
    is_reverse: NDArray[np.bool_]
    offsets: NDArray[np.int64]
    overlaps: NDArray[np.int64]


def _best(row: int, found: Compared, q_values: NDArray[np.float64]) -> Match:
    best = int(np.lexsort((-found.correlations, found.p_values))[0])
    return Match(
        row,
        best,
        "-" if found.is_reverse[best] else "+",
        int(found.offsets[best]),
        int(found.overlaps[best]),
        float(found.correlations[best]),
        float(found.p_values[best]),
        float(q_values[best]),
    )


class Known:
    """Known motifs side by side, each with its other strand."""

    def __init__(self, motifs: Sequence[Motif], least: int) -> None:
        self._least = least
        self._widths = np.array([len(one.probabilities) for one in motifs])
        widest = int(self._widths.max())
        both = [motifs, [one.reverse_complement() for one in motifs]]
        self._columns = np.concatenate([one.probabilities for side in both for one in side])
        starts = np.cumsum(self._widths) - self._widths
        places = starts[:, None] + np.minimum(np.arange(widest), self._widths[:, None] - 1)
        self._places = np.stack([places, places + int(self._widths.sum())])
        self._present = np.arange(widest) < self._widths[:, None]

    def compared(self, query: Motif) -> Compared:
        """Align a query with all."""
        correlations = column_correlations(query.probabilities, self._columns)
        steps = np.rint(correlations * STEPS).astype(np.int64)
        tails = span_tails(steps + STEPS, min(self._least, int(self._widths.min())))
        width, widest = len(query.probabilities), self._present.shape[1]
        # Longer overlaps come first, so that they win where P-values are the same.
        offsets = sorted(range(1 - widest, width), key=lambda at: abs(2 * at + widest - width))
        shape = (len(offsets), 2, len(self._widths))
        p_values, means = np.full(shape, np.inf), np.zeros(shape)
        overlaps = np.zeros((len(offsets), len(self._widths)), dtype=np.int64)
        for number, offset in enumerate(offsets):
            overlaps[number] = self._overlap(width, offset)
            p_values[number], means[number] = self._at(
                offset, overlaps[number], correlations, steps, tails
            )
        return self._least_of(np.array(offsets), p_values, means, overlaps)

    def _overlap(self, width: int, offset: int) -> NDArray[np.int64]:
        """Return how many columns overlap with each motif; 0 where they are too few."""
        ends = np.minimum(width, offset + self._widths)
        overlap = ends - max(0, offset)
        enough = np.minimum(self._least, np.minimum(width, self._widths))
        return np.where(overlap >= enough, overlap, 0)

    def _at(
        self,
        offset: int,
        overlap: NDArray[np.int64],
        correlations: NDArray[np.float64],
        steps: NDArray[np.int64],
        tails: dict[tuple[int, int], NDArray[np.float64]],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return P-values and mean correlations at an offset, `(2, motifs)` each."""
        first = max(0, offset)
        shape = (2, len(self._widths))
        p_values, sums, step_sums = np.full(shape, np.inf), np.zeros(shape), np.zeros(shape, int)
        for column in range(first, min(len(steps), offset + self._present.shape[1])):
            inside = self._present[:, column - offset]
            places = self._places[:, :, column - offset]
            sums += np.where(inside, correlations[column, places], 0.0)
            step_sums += np.where(inside, steps[column, places] + STEPS, 0)
        for count in np.unique(overlap[overlap > 0]).tolist():
            chosen = overlap == count
            p_values[:, chosen] = tails[first, count][step_sums[:, chosen]]
        return p_values, sums / np.maximum(overlap, 1)

    def _least_of(
        self,
        offsets: NDArray[np.int64],
        p_values: NDArray[np.float64],
        means: NDArray[np.float64],
        overlaps: NDArray[np.int64],
    ) -> Compared:
        motifs = np.arange(len(self._widths))
        flat = p_values.reshape(-1, len(motifs))
        best = flat.argmin(axis=0)
        alignments = 2 * (overlaps > 0).sum(axis=0)
        least = np.minimum(flat[best, motifs], 1.0)
        # log1p(-1) is minus infinity, of which expm1 makes the P-value 1 that it should be.
        with np.errstate(divide="ignore"):
            corrected = -np.expm1(alignments * np.log1p(-least))
        return Compared(
            corrected,
            means.reshape(-1, len(motifs))[best, motifs],
            best % 2 == 1,
            offsets[best // 2],
            overlaps[best // 2, motifs],
        )


def span_tails(steps: NDArray[np.int64], least: int) -> dict[tuple[int, int], NDArray[np.float64]]:
    """Return how probable sums are that are as large or larger, for each span of a query.

    Args:
        steps: correlation of each column of the query with each column that chance draws, in whole
            steps from 0, `(columns, drawn)`.
        least: columns of the shortest span.

    Returns:
        For each first column and number of columns, the probability of each sum from 0.
    """
    highest = 2 * STEPS
    chances = np.stack([np.bincount(row, minlength=highest + 1) for row in steps]) / steps.shape[1]
    tails = {}
    for first in range(len(steps)):
        sums = np.ones(1)
        for count in range(1, len(steps) - first + 1):
            sums = np.convolve(sums, chances[first + count - 1])
            # Summed from the small end, so that small probabilities are not lost.
            if count >= min(least, len(steps)):
                tails[first, count] = np.cumsum(sums[::-1])[::-1]
    return tails

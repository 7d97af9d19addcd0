"""Predictions of single-base changes by the k-mers that a change replaces.

A change replaces the at most k k-mers that overlap it. What that does to a linear score is a sum of
table entries; what it does to the norm of the counts follows from the counts of those k-mers:
`|c + d|^2 = |c|^2 + 2 c.d + |d|^2`, with `d` holding -1 for each k-mer that goes and 1 for each
that comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N
from bench.data.kmers import ABSENT, canonical_columns, kmer_codes, kmer_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray, IntArray
    from bench_kmer_svm.linear import LinearScore
    from bench_kmer_svm.spectrum import Spectrum

AT_ONCE = 4096
"""Changes that are computed together."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The k-mers of one length of a sequence.

    Attributes:
        k: their length.
        counts: of each column, `(columns + 1,)`; the last is of what holds an N, and 0.
        square: of the norm of the counts.
        weights: of the columns, `(columns + 1, targets)`; the last is 0.
        dot: weighted sum of the counts, `(targets,)`.
    """

    k: int
    counts: NDArray[np.float64]
    square: float
    weights: NDArray[np.float64]
    dot: NDArray[np.float64]


class KmerMutagenesis:
    """See `bench.interface.Mutagenesis`.

    Args:
        spectrum: the features.
        score: the linear score of them.
        codes: the sequence, `(length,)`.
    """

    def __init__(self, spectrum: Spectrum, score: LinearScore, codes: CodeArray) -> None:
        longest = max(spectrum.lengths)
        # With N on both sides every base is overlapped by k k-mers.
        self._margin = longest - 1
        self._padded = np.pad(codes, self._margin, constant_values=N)
        self._intercepts = score.intercepts
        self._words, first = [], 0
        for k in spectrum.lengths:
            columns = kmer_count(k)
            self._words.append(self._of_length(k, score.weights[:, first : first + columns]))
            first += columns

    def _of_length(self, k: int, weights: NDArray[np.float64]) -> _Words:
        columns = kmer_count(k)
        present = _columns(self._padded[None], k)[0]
        counts = np.bincount(present, minlength=columns + 1).astype(np.float64)
        counts[columns] = 0.0
        table = np.concatenate([weights.T, np.zeros((1, len(weights)))])
        return _Words(k, counts, float((counts**2).sum()), table, counts @ table)

    def __call__(self, positions: IntArray, bases: CodeArray) -> NDArray[np.float64]:
        """Return scores, `(n, targets)`."""
        scores = np.empty((len(positions), len(self._intercepts)))
        for first in range(0, len(positions), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            scores[part] = self._batch(positions[part], bases[part])
        return scores

    def _batch(self, positions: IntArray, bases: CodeArray) -> NDArray[np.float64]:
        reach = self._margin
        around = self._padded[positions[:, None] + np.arange(2 * reach + 1)]
        changed = around.copy()
        changed[:, reach] = bases
        # The mean of the cosines of each length: unit vectors share the weight of one.
        share = 1 / np.sqrt(len(self._words))
        total = np.tile(self._intercepts, (len(positions), 1))
        for words in self._words:
            inner = slice(reach - words.k + 1, reach + words.k)
            total += share * _changed(words, around[:, inner], changed[:, inner])
        return total


def _columns(codes: CodeArray, k: int) -> NDArray[np.int64]:
    """Return the column of each k-mer, the one behind the last for one that holds an N."""
    numbers = kmer_codes(codes, k)
    columns = canonical_columns(k)[numbers].astype(np.int64)
    columns[numbers == ABSENT] = kmer_count(k)
    return columns


def _changed(words: _Words, before: CodeArray, after: CodeArray) -> NDArray[np.float64]:
    """Return the score of the unit vector of each changed sequence, `(n, targets)`.

    Args:
        words: of the sequence as it is.
        before: what stands around each change, `(n, 2 k - 1)`.
        after: the same, changed.
    """
    gone, come = _columns(before, words.k), _columns(after, words.k)
    dot = words.dot + words.weights[come].sum(axis=1) - words.weights[gone].sum(axis=1)
    columns = np.concatenate([gone, come], axis=1)
    signs = np.repeat([-1.0, 1.0], words.k)
    known = (columns < len(words.counts) - 1) * signs
    crossed = (words.counts[columns] * known).sum(axis=1)
    same = columns[:, :, None] == columns[:, None, :]
    squared = np.einsum("ni,nij,nj->n", known, same, known)
    norms = np.sqrt(np.maximum(words.square + 2 * crossed + squared, 0.0))
    # Counts are whole numbers, so that a norm below one is that of no k-mer at all.
    return np.where(norms[:, None] < 0.5, 0.0, dot / np.maximum(norms, 0.5)[:, None])

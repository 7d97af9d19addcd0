"""Short words, some with a gap, and in which sequences they stand: the seeds of motifs.

A word and its reverse complement are one word. Gapped words are two halves of three bases, as in
the sites of zinc clusters and other dimers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N
from bench.data.kmers import ABSENT, canonical_columns, count_words, kmer_count, spaced_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_array, csr_array

    from bench.interface import CodeArray

LARGEST_GAP = 11


@dataclass(frozen=True, slots=True)
class WordShape:
    """Words of `k` bases with `gap` free positions in their middle."""

    k: int
    gap: int = 0

    @property
    def offsets(self) -> list[int]:
        """Where the bases of a word stand."""
        half = self.k // 2
        return [place + (self.gap if place >= half else 0) for place in range(self.k)]

    def presence(self, codes: CodeArray) -> csr_array:
        """Return which words each sequence holds: 1 and 0, float32 `(n, kmer_count(k))`."""
        numbers = spaced_codes(codes, self.offsets)
        columns = canonical_columns(self.k)[numbers]
        columns[numbers == ABSENT] = ABSENT
        counts = count_words(columns, kmer_count(self.k))
        counts.data[:] = 1
        return counts

    def pattern(self, column: int) -> NDArray[np.uint8]:
        """Return the word of a column as codes, with N in the gap."""
        number = int(np.flatnonzero(canonical_columns(self.k) == column)[0])
        letters = [number // 4 ** (self.k - 1 - place) % 4 for place in range(self.k)]
        pattern = np.full(self.k + self.gap, N, dtype=np.uint8)
        pattern[self.offsets] = letters
        return pattern


SHAPES = (
    *(WordShape(k) for k in (6, 7, 8)),
    *(WordShape(6, gap) for gap in range(1, LARGEST_GAP + 1)),
)


@dataclass(frozen=True, slots=True)
class Words:
    """Candidate words: `patterns` as codes with N in gaps, and `presence` `(n, words)`."""

    patterns: list[NDArray[np.uint8]]
    presence: csc_array

    def enrichment(self, residuals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return z-scores of the words against each column of `residuals` `(n, targets)`."""
        return z_scores(self.presence, residuals)


def z_scores(
    presence: csr_array | csc_array, residuals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Compare what is left to explain where a word stands with where it does not.

    Under the hypothesis that a word means nothing, the sum of the residuals of the `m` of `n`
    sequences that hold it has the variance `m (1 - m / n) var(residuals)`.

    Args:
        presence: 1 and 0, `(n, words)`.
        residuals: mean 0 in each column, `(n, targets)`.

    Returns:
        `(words, targets)`; 0 where a word or a target does not vary.
    """
    count = presence.shape[0]
    held = np.asarray(presence.sum(axis=0), dtype=np.float64)
    variance = np.outer(held * (1 - held / count), residuals.var(axis=0))
    sums = presence.T @ residuals
    scores: NDArray[np.float64] = np.divide(
        sums, np.sqrt(variance), out=np.zeros_like(sums), where=variance > 1e-12
    )
    return scores


def candidate_words(
    codes: CodeArray, residuals: NDArray[np.float64], per_shape: int, least_held: int
) -> Words:
    """Choose the most enriched words of each shape and for each target.

    Args:
        codes: bases as codes, `(n, length)`.
        residuals: mean 0 in each column, `(n, targets)`; a word is enriched where they are high.
        per_shape: how many words of a shape are kept for each target.
        least_held: fewest sequences that must hold a word.
    """
    from scipy.sparse import csc_array, hstack

    patterns: list[NDArray[np.uint8]] = []
    parts: list[csc_array] = []
    for shape in SHAPES:
        presence = csc_array(shape.presence(codes))
        frequent = np.flatnonzero(np.diff(presence.indptr) >= least_held)
        presence = presence[:, frequent]
        scores = z_scores(presence, residuals)
        best = np.unique(np.argsort(-scores, axis=0, kind="stable")[:per_shape])
        parts.append(presence[:, best])
        patterns.extend(shape.pattern(int(column)) for column in frequent[best])
    return Words(patterns, csc_array(hstack(parts, format="csc")))

"""Scores of motifs at every place of many sequences.

A motif is cut into blocks of six positions. The score of each of the 5**6 possible words of a block
is tabulated, so that a place costs one look-up per block instead of one per position. An N scores
what the four bases score on average: with 0, a stretch of N would be a better site of a strong
motif than most sequences hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bench_pwm.motif import reverse_complement_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray, IntArray

BLOCK = 6
LETTERS = 5
N = 4
BATCH_BASES = 1 << 17
"""Sequences are scanned for so many bases at a time, so that they stay in the processor's cache."""

NO_SITE = np.iinfo(np.int32).min


class Sites(NamedTuple):
    """The best place of a motif in each sequence, arrays of shape `(n,)`.

    `scores` are in thousandths of a bit; `starts` is the leftmost base of the site on the given
    strand; `is_reverse` says that the motif reads along the other strand. A sequence shorter than
    the motif has score 0 and start -1.
    """

    scores: NDArray[np.int32]
    starts: NDArray[np.intp]
    is_reverse: NDArray[np.bool_]


class Scanner:
    """Sequences made ready for scanning.

    Args:
        codes: bases as codes, shape `(n, width)`.
        lengths: how many bases of each row belong to the sequence; a site lies within them.
    """

    def __init__(self, codes: CodeArray, lengths: IntArray) -> None:
        self._shape: tuple[int, int] = (codes.shape[0], codes.shape[1])
        self._lengths = lengths
        self._words = block_words(codes.ravel())

    def best_scores(self, table: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the best score of a motif on either strand, `(n,)`.

        Args:
            table: `(width, 4)`, see `score_table`.

        Returns:
            Thousandths of a bit; 0 for a sequence that is shorter than the motif.
        """
        if self._places(table) == 0:
            return np.zeros(self._shape[0], dtype=np.int32)
        forward = self._scores(table)
        best = np.maximum(forward, self._scores(reverse_complement_table(table))).max(axis=1)
        return np.where(best == NO_SITE, np.int32(0), best)

    def best_sites(self, table: NDArray[np.int32]) -> Sites:
        """Return the best site of a motif in each sequence; the leftmost of equals."""
        count = self._shape[0]
        if self._places(table) == 0:
            nowhere = np.full(count, -1, dtype=np.intp)
            return Sites(np.zeros(count, dtype=np.int32), nowhere, np.zeros(count, dtype=bool))
        forward = self._scores(table)
        reverse = self._scores(reverse_complement_table(table))
        best = np.maximum(forward, reverse)
        starts = best.argmax(axis=1)
        rows = np.arange(count)
        scores = best[rows, starts]
        is_reverse = reverse[rows, starts] > forward[rows, starts]
        absent = scores == NO_SITE
        return Sites(
            np.where(absent, np.int32(0), scores), np.where(absent, -1, starts), is_reverse
        )

    def _places(self, table: NDArray[np.int32]) -> int:
        return max(0, self._shape[1] - len(table) + 1)

    def _scores(self, table: NDArray[np.int32]) -> NDArray[np.int32]:
        """Score all places, `(n, places)`; `NO_SITE` where a site would reach beyond the end."""
        count, width = self._shape
        total = np.zeros(count * width, dtype=np.int32)
        looked_up = np.empty_like(total)
        for number, block in enumerate(block_tables(table)):
            words = self._words[number * BLOCK :]
            # Words are in range; the mode spares a check and a copy.
            block.take(words, mode="clip", out=looked_up[: len(words)])
            total[: len(words)] += looked_up[: len(words)]
        scores = total.reshape(count, width)[:, : self._places(table)]
        last = self._lengths - len(table)
        if (last < scores.shape[1] - 1).any():
            scores[np.arange(scores.shape[1]) > last[:, None]] = NO_SITE
        return scores


def best_scores(
    codes: CodeArray, lengths: IntArray, tables: Sequence[NDArray[np.int32]]
) -> NDArray[np.int32]:
    """Return the best score of each motif on either strand, `(n, motifs)`; see `Scanner`."""
    scores = np.empty((len(codes), len(tables)), dtype=np.int32)
    size = max(1, BATCH_BASES // max(1, codes.shape[1]))
    for start in range(0, len(codes), size):
        rows = slice(start, start + size)
        scanner = Scanner(codes[rows], lengths[rows])
        for column, table in enumerate(tables):
            scores[rows, column] = scanner.best_scores(table)
    return scores


def block_words(codes: CodeArray) -> NDArray[np.intp]:
    """Return the word of six letters that starts at each place of `codes` `(length,)`.

    A word is a number in base 5; beyond the end there is N.
    """
    padded = np.concatenate([codes, np.full(BLOCK - 1, N, dtype=np.uint8)]).astype(np.intp)
    words = np.zeros(len(codes), dtype=np.intp)
    for offset in range(BLOCK):
        words = words * LETTERS + padded[offset : offset + len(codes)]
    return words


def block_tables(table: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Return the score of every word for each block of a motif; the last may be incomplete."""
    width = -(-len(table) // BLOCK) * BLOCK
    padded = np.zeros((width, LETTERS), dtype=np.int32)
    padded[: len(table), :4] = table
    padded[: len(table), N] = np.rint(table.mean(axis=1))
    tables = []
    for start in range(0, width, BLOCK):
        scores = np.zeros(1, dtype=np.int32)
        for letters in padded[start : start + BLOCK]:
            scores = (scores[:, None] + letters).ravel()
        tables.append(scores)
    return tables

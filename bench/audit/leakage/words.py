"""Words of sequences, as numbers that are the same for both strands.

A word of k bases, k at most 31, is read in two bits a base, and stands for its reverse complement
too: the lesser of the two numbers names both. Of many sequences a share of all words is kept, the
same words everywhere, by a hash of their numbers (FracMinHash, Irber et al. 2022,
doi:10.1101/2022.01.11.475838).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bench.data.alphabet import N

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray, FloatArray, IntArray

LONGEST = 31
BASES_AT_ONCE = 1 << 22
MOST_WORDS = 1 << 27
"""Words that are held at a time: with their owners, 2 GB."""
ODD_MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
"""Of the finaliser of splitmix64, which spreads numbers evenly (Steele et al. 2014)."""


@dataclass(frozen=True, slots=True)
class ItemWords:
    """Which item holds which words, each word of an item once.

    `words` uint64 `(m,)` and `owners` int64 `(m,)`, by owner and then by word; `places` `(items,)`:
    at how many places of an item a word stands that was kept, repeated ones counted again.
    """

    words: NDArray[np.uint64]
    owners: IntArray
    places: IntArray

    @property
    def distinct(self) -> IntArray:
        """Number of different words of each item, `(items,)`."""
        return np.bincount(self.owners, minlength=len(self.places))


def item_words(sequences: Sequence[CodeArray], k: int, kept: float = 1.0) -> ItemWords:
    """Collect the words of each sequence; those that hold N are left out.

    Args:
        sequences: codes, each of any length.
        k: bp of a word, 1 to 31.
        kept: share of all words that are looked at.

    Raises:
        ValueError: `k` is out of range.
    """
    if not 1 <= k <= LONGEST:
        raise ValueError(f"words of {k} bp: expected 1 to {LONGEST}")
    parts = [_distinct(*part) for part in _word_chunks(sequences, k, kept)]
    places = np.zeros(len(sequences), dtype=np.int64)
    for part in parts:
        np.add.at(places, part.owners, part.times)
    if not parts:
        return ItemWords(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64), places)
    words = np.concatenate([part.words for part in parts])
    return ItemWords(words, np.concatenate([part.owners for part in parts]), places)


def bearable_share(*sides: Sequence[CodeArray]) -> float:
    """Return the share of the words of all sequences that memory can hold, 1 of most tasks."""
    bases = sum(len(codes) for side in sides for codes in side)
    return min(1.0, MOST_WORDS / max(bases, 1))


def share_among(items: ItemWords, known: NDArray[np.uint64]) -> FloatArray:
    """Share of each item's words that are among the sorted words `known`.

    Returns:
        Shape `(items,)`; NaN for an item without words.
    """
    hits = np.bincount(items.owners, weights=among(items.words, known), minlength=len(items.places))
    distinct = items.distinct
    shares = np.full(len(distinct), np.nan)
    np.divide(hits, distinct, out=shares, where=distinct > 0)
    return shares


def words_of_several_blocks(items: ItemWords, blocks: IntArray) -> NDArray[np.uint64]:
    """Return the words that items of different blocks hold, sorted.

    Args:
        items: words of items, `(n,)` of them.
        blocks: block of each item, `(n,)`.
    """
    of_word = blocks[items.owners]
    order = np.lexsort((of_word, items.words))
    words, of_word = items.words[order], of_word[order]
    other = (words[1:] == words[:-1]) & (of_word[1:] != of_word[:-1])
    return np.unique(words[1:][other])


def complete_words(codes: CodeArray, k: int) -> int:
    """Count the places of a sequence at which a word without N stands."""
    return int(canonical_words(codes, k)[1].sum())


def among(words: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Tell which words are among the sorted `known`."""
    if not len(known):
        return np.zeros(len(words), dtype=bool)
    found: NDArray[np.bool_] = known[np.searchsorted(known[:-1], words)] == words
    return found


def canonical_words(codes: CodeArray, k: int) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Return the word at each position of one sequence, and which of them hold no N.

    Returns:
        Both of shape `(length - k + 1,)`, empty where the sequence is shorter.
    """
    count = max(0, len(codes) - k + 1)
    known = codes < N
    bases = np.where(known, codes, 0).astype(np.uint64)
    forward = _joined(bases, k)[:count]
    backward = _joined((np.uint64(3) - bases)[::-1], k)[::-1][:count]
    gaps = np.concatenate(([0], np.cumsum(~known)))
    complete: NDArray[np.bool_] = gaps[k:] == gaps[:-k] if count else np.zeros(0, dtype=bool)
    return np.minimum(forward, backward), complete


def _joined(bases: NDArray[np.uint64], k: int) -> NDArray[np.uint64]:
    """Read words in base 4 from each position, by doubling their length: log2(k) steps."""
    length = len(bases)
    power, have = bases, 1
    words, read = np.zeros(length, dtype=np.uint64), 0
    rest = k
    while rest:
        if rest & 1:
            # What has been read so far stands before the next piece.
            piece = np.zeros(length, dtype=np.uint64)
            piece[: max(0, length - read)] = power[read:]
            words = (words << np.uint64(2 * have)) | piece
            read += have
        rest >>= 1
        if rest:
            shifted = np.zeros(length, dtype=np.uint64)
            shifted[: max(0, length - have)] = power[have:]
            power, have = (power << np.uint64(2 * have)) | shifted, 2 * have
    return words[: max(0, length - k + 1)]


def _word_chunks(
    sequences: Sequence[CodeArray], k: int, kept: float
) -> Iterator[tuple[NDArray[np.uint64], IntArray]]:
    gap = np.full(1, N, dtype=np.uint8)
    rows: list[int] = []
    size = 0
    for row in range(len(sequences) + 1):
        if rows and (row == len(sequences) or size >= BASES_AT_ONCE):
            pieces = [piece for one in rows for piece in (sequences[one], gap)]
            lengths = [len(sequences[one]) + 1 for one in rows]
            words, complete = canonical_words(np.concatenate(pieces), k)
            owners = np.repeat(np.array(rows, dtype=np.int64), lengths)[: len(words)]
            if kept < 1:
                complete &= _hashes(words) < np.uint64(kept * 2.0**64)
            yield words[complete], owners[complete]
            rows, size = [], 0
        if row < len(sequences):
            rows.append(row)
            size += len(sequences[row])


class _Distinct(NamedTuple):
    words: NDArray[np.uint64]
    owners: IntArray
    times: IntArray


def _distinct(words: NDArray[np.uint64], owners: IntArray) -> _Distinct:
    order = np.lexsort((words, owners))
    words, owners = words[order], owners[order]
    first = np.ones(len(words), dtype=bool)
    first[1:] = (words[1:] != words[:-1]) | (owners[1:] != owners[:-1])
    starts = np.flatnonzero(first)
    return _Distinct(words[first], owners[first], np.diff(np.append(starts, len(words))))


def _hashes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = words + np.uint64(0x9E3779B97F4A7C15)
    for shift, multiplier in zip((30, 27), ODD_MULTIPLIERS, strict=True):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * multiplier
    return mixed ^ (mixed >> np.uint64(31))

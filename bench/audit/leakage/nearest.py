"""The training item that is most like each test item, by the words that they share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.words import LONGEST, ItemWords, among, bearable_share, item_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray, FloatArray, IntArray

SHORTEST_WORD = 11
RARITY = 4000
"""A word is so long that 4**k is this many times the usual item: two unrelated items share one in
2,000 of their words by chance."""
MOST_PAIRS = 200_000_000
"""Pairs of a test and a training item with a word in common, counted once for each word; of larger
tasks fewer words are kept."""
FEWEST_WORDS = 50
"""Words of the usual item that are kept at the least."""
ROWS_AT_ONCE = 256
NONE = -1


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest training item of each test item, all of shape `(n,)`.

    `rows`: -1 where no word is shared. `shared` counts words in common, `containment` is their
    share of the words of the test item, NaN where it has none. `word` bp long, of which `kept`
    were looked at.
    """

    rows: IntArray
    shared: IntArray
    containment: FloatArray
    word: int
    kept: float


def rare_word(usual: float) -> int:
    """Return the bp of a word of which unrelated items of the usual length share few."""
    return min(LONGEST, max(SHORTEST_WORD, math.ceil(math.log(RARITY * max(usual, 1), 4))))


def nearest(
    test: Sequence[CodeArray], train: Sequence[CodeArray], word: int | None = None
) -> Nearest:
    """Find the training item that holds most of the words of each test item, on either strand.

    Args:
        test: codes, each of any length.
        train: codes, each of any length.
        word: bp of a word; None: as long as makes chance matches rare.
    """
    lengths = [len(codes) for codes in (*test, *train)]
    usual = float(np.median(lengths)) if lengths else 1.0
    word = word or rare_word(usual)
    kept = bearable_share(test, train)
    while True:
        ours, theirs = item_words(test, word, kept), item_words(train, word, kept)
        pairs = _pairs(ours, theirs)
        halved = kept / 2 ** math.ceil(math.log2(max(pairs / MOST_PAIRS, 2)))
        if pairs <= MOST_PAIRS or usual * halved < FEWEST_WORDS:
            return _nearest(ours, theirs, word, kept)
        kept = halved


def _pairs(ours: ItemWords, theirs: ItemWords) -> int:
    known, times = np.unique(theirs.words, return_counts=True)
    if not len(known):
        return 0
    places = np.searchsorted(known[:-1], ours.words)
    return int(times[places][known[places] == ours.words].sum())


def _nearest(ours: ItemWords, theirs: ItemWords, word: int, kept: float) -> Nearest:
    from scipy.sparse import csr_array

    vocabulary = np.unique(ours.words)
    common = among(theirs.words, vocabulary)

    def table(words: NDArray[np.uint64], owners: IntArray, items: int) -> csr_array:
        columns = np.searchsorted(vocabulary, words)
        ones = np.ones(len(columns), dtype=np.int32)
        return csr_array((ones, (owners, columns)), shape=(items, len(vocabulary)))

    given = table(ours.words, ours.owners, len(ours.places))
    other = table(theirs.words[common], theirs.owners[common], len(theirs.places)).T.tocsr()
    count = len(ours.places)
    rows = np.full(count, NONE, dtype=np.int64)
    shared = np.zeros(count, dtype=np.int64)
    for start in range(0, count, ROWS_AT_ONCE):
        product = (given[start : start + ROWS_AT_ONCE] @ other).tocsr()
        for row, (low, high) in enumerate(zip(product.indptr, product.indptr[1:], strict=False)):
            if high > low:
                numbers = product.data[low:high]
                most = numbers.max()
                # Of equals the first, whatever the order of the product.
                rows[start + row] = product.indices[low:high][numbers == most].min()
                shared[start + row] = most
    distinct = ours.distinct
    containment = np.full(count, np.nan)
    np.divide(shared, distinct, out=containment, where=distinct > 0)
    return Nearest(rows, shared, containment, word, kept)

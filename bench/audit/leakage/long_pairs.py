"""How alike two long sequences are, piece by piece, from the words that they share in order.

Long sequences of one genome share words wherever both hold a repeat. What tells a relative is that
shared words lie along one line of places: as far apart in one sequence as in the other, in the same
order or, on the other strand, in the opposite one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.words import canonical_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray, FloatArray, IntArray

PIECE = 500
"""bp for which an identity is estimated."""
FIFTHS, LEAST_FIFTHS = 5, 3
"""Parts of a piece, and those that hold shared words where the piece is a relative: a motif or a
short element that both hold lies in one or two."""
FEWEST_WORDS = 2
"""Of a fifth: one may stand there by chance."""
BANDS = 20
"""A line may be off, by insertions and deletions, by up to so small a part of the sequence."""
RELATED, UNRELATED = 0.75, 0.5
"""Identity from which a piece is related, and what unrelated pieces have by edit distance."""


def piece_identities(codes: CodeArray, other: CodeArray, word: int) -> FloatArray:
    """Estimate the identity of each piece of a sequence to its place in another.

    A word of k bases is kept whole with the probability identity**k, which gives the identity of a
    piece from its words in common. Words that stand several times in the other say nothing of
    places, and are left out.

    Args:
        codes: the sequence.
        other: the other one; both longer than `word`.
        word: bp of a word, so many that unrelated sequences share few.

    Returns:
        Shape `(pieces,)`, 0 where no words are shared, or all in one place of the piece.
    """
    ours, complete = canonical_words(codes, word)
    theirs, there = canonical_words(other, word)
    places = np.flatnonzero(there)
    words, first, times = np.unique(theirs[places], return_index=True, return_counts=True)
    count = max(1, len(codes) // PIECE)
    if not len(words):
        return np.zeros(count)
    found = np.searchsorted(words[:-1], ours)
    same = complete & (words[found] == ours)
    asked = complete & ~(same & (times[found] > 1))
    at = np.flatnonzero(same & (times[found] == 1))
    on_line = at[_along_a_line(at, places[first[found[at]]], len(codes))]
    fifth_of = np.arange(len(ours)) * count * FIFTHS // max(len(ours), 1)
    by_fifth = np.bincount(fifth_of[on_line], minlength=count * FIFTHS).reshape(count, FIFTHS)
    total = np.bincount(fifth_of[asked] // FIFTHS, minlength=count)
    spread = (by_fifth >= FEWEST_WORDS).sum(axis=1) >= LEAST_FIFTHS
    shares = np.zeros(count)
    np.divide(by_fifth.sum(axis=1), total, out=shares, where=spread)
    identities: FloatArray = shares ** (1 / word)
    return identities


def identity_of(pieces: FloatArray) -> float:
    """Return the share of a sequence that stands in another.

    A piece below `RELATED` counts as unrelated, so that a repeat that both hold counts for its
    length alone.
    """
    return float(np.where(pieces >= RELATED, pieces, UNRELATED).mean())


def part_of(pieces: FloatArray) -> tuple[float, float]:
    """Return the identity of the pieces that are related, NaN where none is, and their share."""
    related = pieces >= RELATED
    share = float(related.mean())
    return (float(pieces[related].mean()) if share else float("nan")), share


def _along_a_line(ours: IntArray, theirs: IntArray, length: int) -> NDArray[np.bool_]:
    """Tell which pairs of places lie along the line, of either strand, that most lie along."""
    band = max(PIECE, length // BANDS)
    best = np.zeros(len(ours), dtype=bool)
    for line in (theirs - ours, theirs + ours):
        if not len(line):
            continue
        bands = (line - line.min()) // band
        counts = np.bincount(bands, minlength=int(bands.max()) + 2)
        # Of two bands side by side, so that no line is cut in halves.
        start = int((counts[:-1] + counts[1:]).argmax())
        on_line = (bands == start) | (bands == start + 1)
        if on_line.sum() > best.sum():
            best = on_line
    return best

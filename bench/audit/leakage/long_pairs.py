"""How alike two long sequences are, cell by cell, along the line that shared words lie on.

Long sequences of one genome share words wherever both hold a repeat. What tells a relative is that
shared words lie along one line of places: as far apart in one sequence as in the other, in the same
order or, on the other strand, in the opposite one. Along that line bases are compared directly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.words import canonical_words
from bench.data.alphabet import N, reverse_complement

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray, FloatArray, IntArray

CELL = 100
"""bp whose bases are compared at a time."""
AROUND = 200
"""bp around a cell whose words say where in the other sequence it lies."""
MOST_OFFSETS = 5
"""Places that are tried for a cell, those of most words first."""
LEAST_BAND, BANDS = 500, 20
"""bp, and part of the sequence, by which insertions and deletions may move a line."""
RELATED, UNRELATED = 0.6, 0.5
"""Identity, without gaps, from which a cell is related, which none of 100 bp reaches by chance; and
what unrelated sequences have by edit distance."""


def cell_identities(codes: CodeArray, other: CodeArray, word: int) -> FloatArray:
    """Share of the bases of each cell of a sequence that stand at its place in another.

    Words that stand several times in the other say nothing of places, and are left out.

    Args:
        codes: the sequence.
        other: the other one.
        word: bp of a word, so many that unrelated sequences share few.

    Returns:
        Shape `(cells,)`; NaN of a cell without a known base, 0 where no word says its place.
    """
    ours, theirs = _shared_words(codes, other, word)
    # On the other strand places run backwards.
    turned = len(other) - word - theirs
    lines = [_along_a_line(ours, places, len(codes)) for places in (theirs, turned)]
    if lines[1][0].size > lines[0][0].size:
        other = reverse_complement(other)
        at, offsets = lines[1]
    else:
        at, offsets = lines[0]
    edges = np.linspace(0, len(codes), max(1, len(codes) // CELL) + 1).astype(np.int64)
    low, high = (
        np.searchsorted(at, edges[:-1] - AROUND),
        np.searchsorted(at, edges[1:] + AROUND),
    )
    found = np.zeros(len(edges) - 1)
    for cell, (start, end) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        part = codes[start:end]
        known = int(np.count_nonzero(part < N))
        if not known:
            found[cell] = np.nan
            continue
        nearby, counts = np.unique(offsets[low[cell] : high[cell]], return_counts=True)
        for offset in nearby[np.argsort(-counts, kind="stable")][:MOST_OFFSETS].tolist():
            matches = _matches(part, other, start + offset)
            found[cell] = max(found[cell], matches / known)
    return found


def identity_of(cells: FloatArray) -> float:
    """Return the share of a sequence that stands in another.

    A cell below `RELATED` counts as unrelated, so that a repeat that both hold counts for its
    length alone.
    """
    known = cells[~np.isnan(cells)]
    return float(np.where(known >= RELATED, known, UNRELATED).mean()) if len(known) else 0.0


def part_of(cells: FloatArray) -> tuple[float, float]:
    """Return the identity of the cells that are related, NaN where none is, and their share."""
    known = cells[~np.isnan(cells)]
    related = known[known >= RELATED]
    return (float(related.mean()), len(related) / len(known)) if len(related) else (np.nan, 0.0)


def _shared_words(codes: CodeArray, other: CodeArray, word: int) -> tuple[IntArray, IntArray]:
    """Return the places of words that stand once in the other: in the first, and there."""
    ours, complete = canonical_words(codes, word)
    theirs, there = canonical_words(other, word)
    places = np.flatnonzero(there)
    words, first, times = np.unique(theirs[places], return_index=True, return_counts=True)
    if not len(words):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    found = np.searchsorted(words[:-1], ours)
    at = np.flatnonzero(complete & (words[found] == ours) & (times[found] == 1))
    return at, places[first[found[at]]]


def _along_a_line(ours: IntArray, theirs: IntArray, length: int) -> tuple[IntArray, IntArray]:
    """Return the places that lie along the line that most lie along, and their offsets."""
    offsets = theirs - ours
    if not len(offsets):
        return ours, offsets
    bands = (offsets - offsets.min()) // max(LEAST_BAND, length // BANDS)
    counts = np.bincount(bands, minlength=int(bands.max()) + 2)
    # Of two bands side by side, so that no line is cut in halves.
    start = int((counts[:-1] + counts[1:]).argmax())
    on_line = (bands == start) | (bands == start + 1)
    return ours[on_line], offsets[on_line]


def _matches(part: CodeArray, other: CodeArray, start: int) -> int:
    """Count the known bases of a part that stand in the other from a place on."""
    low, high = max(start, 0), min(start + len(part), len(other))
    if high <= low:
        return 0
    ours = part[low - start : high - start]
    return int(np.count_nonzero((ours == other[low:high]) & (ours < N)))

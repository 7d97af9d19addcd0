"""How much of a sequence is found again in another: edit distance with free ends in the other.

Substitutions, insertions and deletions count 1 each (Sellers 1980, J. Algorithms 1:359). Many pairs
are computed at a time, along the anti-diagonals of their tables, whose entries do not depend on
each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N, reverse_complement

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray, FloatArray, IntArray

CELLS_AT_ONCE = 1 << 21
"""Pairs times length of the longest sequence in one step."""


def identities(first: Sequence[CodeArray], second: Sequence[CodeArray]) -> FloatArray:
    """Share of each first sequence that is found in the second, on the strand that fits better.

    It is 1 less the edits for each base of the first, with the ends of the second free. An N fits
    nothing.

    Args:
        first: codes, `(n,)` of them.
        second: codes, as many.

    Returns:
        Shape `(n,)`, 0 to 1.
    """
    found = np.zeros(len(first))
    order = np.argsort([len(one) + len(other) for one, other in zip(first, second, strict=True)])
    start = 0
    while start < len(order):
        # Neighbours in this order are of about the same length, so that little is computed twice.
        size = max(1, CELLS_AT_ONCE // max(1, len(first[order[-1]]) + 1))
        rows = order[start : start + size].tolist()
        ours = [first[row] for row in rows]
        both = [
            _fitting([other if not turned else reverse_complement(other) for other in theirs], ours)
            for turned in (False, True)
            for theirs in [[second[row] for row in rows]]
        ]
        lengths = np.array([max(1, len(one)) for one in ours])
        found[rows] = np.clip(1 - np.minimum(*both) / lengths, 0, 1)
        start += size
    return found


def _fitting(texts: Sequence[CodeArray], patterns: Sequence[CodeArray]) -> IntArray:
    """Least edits that turn each pattern into any part of its text, `(n,)`."""
    text, pattern = _padded(texts, fill=N + 1), _padded(patterns, fill=N + 2)
    lengths = np.array([len(one) for one in patterns])
    reach = np.array([len(one) for one in texts])
    count, rows = pattern.shape
    columns = text.shape[1]
    # Entry i of a diagonal is the table's entry at pattern i and text d - i.
    before = np.zeros((count, rows + 1), dtype=np.int32)
    last = np.zeros((count, rows + 1), dtype=np.int32)
    best = np.full(count, np.iinfo(np.int32).max, dtype=np.int64)
    places = np.arange(rows + 1)
    pairs = np.arange(count)
    for diagonal in range(rows + columns + 1):
        current = np.zeros((count, rows + 1), dtype=np.int32)
        at_text = diagonal - places
        inside = (at_text >= 1) & (at_text <= columns) & (places >= 1)
        where = np.flatnonzero(inside)
        if len(where):
            low, high = where[0], where[-1] + 1
            bases = text[:, at_text[low:high] - 1]
            other = (bases != pattern[:, low - 1 : high - 1]) | (bases >= N)
            current[:, low:high] = np.minimum(
                before[:, low - 1 : high - 1] + other,
                np.minimum(last[:, low - 1 : high - 1], last[:, low:high]) + 1,
            )
        if diagonal <= rows:
            # Before the text begins, every base of the pattern is an edit.
            current[:, diagonal] = diagonal
        ends = diagonal - lengths
        reached = (ends >= 0) & (ends <= reach)
        at_end = current[pairs, np.minimum(lengths, rows)]
        best = np.where(reached, np.minimum(best, at_end), best)
        before, last = last, current
    return best


def _padded(sequences: Sequence[CodeArray], fill: int) -> CodeArray:
    width = max((len(codes) for codes in sequences), default=0)
    padded = np.full((len(sequences), max(width, 1)), fill, dtype=np.uint8)
    for row, codes in enumerate(sequences):
        padded[row, : len(codes)] = codes
    return padded

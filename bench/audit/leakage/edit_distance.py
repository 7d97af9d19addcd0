"""How much of a sequence is found again in another: edit distance with free ends in the other.

Substitutions, insertions and deletions count 1 each (Sellers 1980, J. Algorithms 1:359).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N, reverse_complement
from bench.data.compiled import compiled

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray, FloatArray


def identities(first: Sequence[CodeArray], second: Sequence[CodeArray]) -> FloatArray:
    """Share of each first sequence that is found in the second, on the strand that fits better.

    It is 1 less the edits for each known base of the first, with the ends of the second free. What
    an N of the first stands for is not asked; an N of the second fits no base.

    Args:
        first: codes, `(n,)` of them.
        second: codes, as many.

    Returns:
        Shape `(n,)`, 0 to 1; 0 for a sequence without a known base.
    """
    found = np.zeros(len(first))
    for row, (ours, theirs) in enumerate(zip(first, second, strict=True)):
        known = int(np.count_nonzero(ours < N))
        if known:
            strands = (theirs, reverse_complement(theirs))
            edits = min(least_edits(ours, strand) for strand in strands)
            found[row] = max(0.0, 1 - edits / known)
    return found


@compiled
def least_edits(pattern: CodeArray, text: CodeArray) -> int:
    """Least edits that turn the known bases of a pattern into any part of a text."""
    row = np.zeros(len(text) + 1, dtype=np.int32)
    for base in pattern:
        cost = 1 if base < N else 0
        corner = row[0]
        row[0] += cost
        for place in range(1, len(text) + 1):
            above = row[place]
            here = corner if base == text[place - 1] else corner + cost
            here = min(here, above + cost, row[place - 1] + 1)
            corner = above
            row[place] = here
    least: int = row.min()
    return least

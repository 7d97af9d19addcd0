"""The part of two sequences that is most alike: local alignment.

A match counts 3 and an edit -7, so that a part of which 70 % of the bases match is worth nothing,
and is left where it is less (Smith & Waterman 1981, doi:10.1016/0022-2836(81)90087-5). An N counts
nothing. Two random sequences of 1,000 bp score 30 or so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N, reverse_complement
from bench.data.compiled import compiled

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray, FloatArray

MATCH, EDIT = 3, -7
CHANCE = 60
"""Score that unrelated sequences of 1,000 bp hardly reach, with 80 % A and T either."""


def parts_in_common(
    first: Sequence[CodeArray], second: Sequence[CodeArray]
) -> tuple[FloatArray, FloatArray]:
    """Find the part of two sequences that is most alike, on the strand that fits better.

    Args:
        first: codes, `(n,)` of them.
        second: codes, as many.

    Returns:
        Share of the part's bases that match, and the share of the known bases of the shorter
        sequence that it holds, at most 1; both `(n,)`, NaN where it is no better than chance.
    """
    identity, covered = np.full(len(first), np.nan), np.full(len(first), np.nan)
    for row, (ours, theirs) in enumerate(zip(first, second, strict=True)):
        known = min(int(np.count_nonzero(codes < N)) for codes in (ours, theirs))
        score, length = max(best_part(ours, one) for one in (theirs, reverse_complement(theirs)))
        if score >= CHANCE:
            identity[row] = (score / length - EDIT) / (MATCH - EDIT)
            covered[row] = min(1.0, length / known)
    return identity, covered


@compiled
def best_part(first: CodeArray, second: CodeArray) -> tuple[int, int]:
    """Return the highest score of any part of two sequences, and its columns without an N."""
    scores = np.zeros(len(second) + 1, dtype=np.int32)
    lengths = np.zeros(len(second) + 1, dtype=np.int32)
    best, length_of_best = 0, 0
    for base in first:
        corner, length_of_corner = 0, 0
        for place in range(1, len(second) + 1):
            other = second[place - 1]
            above, length_above = scores[place], lengths[place]
            if base >= N or other >= N:
                score, length = corner, length_of_corner
            else:
                score = corner + (MATCH if base == other else EDIT)
                length = length_of_corner + 1
            if above + EDIT > score:
                score, length = above + EDIT, length_above + 1
            if scores[place - 1] + EDIT > score:
                score, length = scores[place - 1] + EDIT, lengths[place - 1] + 1
            if score <= 0:
                score, length = 0, 0
            if score > best:
                best, length_of_best = score, length
            corner, length_of_corner = above, length_above
            scores[place], lengths[place] = score, length
    return best, length_of_best

"""The similarity of two l-mers as a function of their mismatches.

Gapped k-mer kernels compare two l-mers by nothing but the number `m` of positions at which they
differ. Which function of `m` that is distinguishes them:

- gapped k-mer counts: how many gapped k-mers (k informative positions of l) two l-mers share;
- estimated l-mers, full filter: the similarity of two l-mers whose counts were estimated from
  gapped k-mer counts (Ghandi et al. 2014, doi:10.1371/journal.pcbi.1003711);
- truncated filter: the same with the filter cut where it first is not positive.

All are exact: sums and products of whole numbers, divided at the end.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from functools import cache
from math import comb
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTERS = 4
CUT = Fraction(1, 10**50)
"""The filter is cut at its first value below this."""


class Similarity(StrEnum):
    """Which function of the number of mismatches."""

    COUNT = "count"
    FULL = "full"
    TRUNCATED = "truncated"


def coefficients(similarity: Similarity, l: int, k: int, d: int) -> NDArray[np.float64]:
    """Return the similarity of two l-mers for each number of mismatches.

    Args:
        similarity: which function.
        l: length of the l-mers.
        k: informative positions of a gapped k-mer, at most l.
        d: most mismatches that count; the similarity is 0 beyond.

    Returns:
        float64 of shape `(l + 1,)`, for 0 to l mismatches.
    """
    exact = {
        Similarity.COUNT: gapped_counts,
        Similarity.FULL: estimation_filter,
        Similarity.TRUNCATED: truncated_similarity,
    }[similarity](l, k)
    return np.array([float(value) if m <= d else 0.0 for m, value in enumerate(exact)])


@cache
def gapped_counts(l: int, k: int) -> tuple[Fraction, ...]:
    """Return how many gapped k-mers two l-mers share, for 0 to l mismatches."""
    return tuple(Fraction(comb(l - m, k)) for m in range(l + 1))


@cache
def estimation_filter(l: int, k: int) -> tuple[Fraction, ...]:
    """Return the weight of an l-mer in the estimate of another, for 0 to l mismatches.

    The filter is a projection, so that it is also the similarity of two l-mers under it.
    """
    weights = [_gapped_weight(l, k, m) for m in range(k + 1)]
    return tuple(
        sum(
            (weights[i] * comb(l - m, k - i) * comb(m, i) for i in range(min(m, k) + 1)),
            Fraction(0),
        )
        for m in range(l + 1)
    )


def _gapped_weight(l: int, k: int, m: int) -> Fraction:
    """Return the weight of a gapped k-mer with m mismatches in the estimate of an l-mer."""
    product = Fraction(-1 if m % 2 else 1)
    for i in range(m):
        product *= Fraction(l - k + i, k - i)
    cumulated: int = sum(comb(l, j) * (LETTERS - 1) ** j for j in range(k - m + 1))
    every: int = comb(l, k) * LETTERS**l
    return product * Fraction(cumulated, every)


@cache
def truncated_similarity(l: int, k: int) -> tuple[Fraction, ...]:
    """Return the similarity of two l-mers under the truncated filter, for 0 to l mismatches."""
    weights = list(estimation_filter(l, k))
    cut = next((m for m, value in enumerate(weights) if value < CUT), len(weights))
    weights[cut:] = [Fraction(0)] * (len(weights) - cut)
    return tuple(_similarity(weights, l, m) for m in range(l + 1))


def _similarity(weights: list[Fraction], l: int, m: int) -> Fraction:
    """Sum the products of the weights of all l-mers to two l-mers that differ at m positions.

    An l-mer differs from the first at m1 and from the second at m2 positions, t of them among the
    l - m where the two agree. At r of the m others it agrees with neither.
    """
    reach = sum(value != 0 for value in weights)
    total = Fraction(0)
    for m1 in range(reach):
        for m2 in range(reach):
            for t in range(l - m + 1):
                r = m1 + m2 - 2 * t - m
                if 0 <= r <= m1 - t <= m:
                    ways = comb(l - m, t) * comb(m, m1 - t) * comb(m1 - t, r)
                    letters = (LETTERS - 1) ** t * (LETTERS - 2) ** r
                    total += ways * letters * weights[m1] * weights[m2]
    return total

"""Where l-mers stand in tables.

In a full table an l-mer stands at its number. Where both strands count, an l-mer and its reverse
complement have the same value, and half of a table says all. For odd l the two differ in their
middle base: one of them has A or C there. Write that one as a left part, its middle base, and a
right part: it stands at `[middle, left, reverse complement of right]`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from bench.data.kmers import reverse_complements

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench_gkm_svm.kernel import GkmKernel

SHORTEST_HALVED = 5
"""Tables of shorter l-mers are not worth halving."""


class Places(IntEnum):
    """Where an l-mer stands."""

    NUMBER = 0
    """At its number: one strand is read."""
    SMALLER = 1
    """At the smaller number of it and its reverse complement."""
    HALVED = 2
    """In a half table."""


def rule_of(kernel: GkmKernel) -> Places:
    """Return where the l-mers of a kernel stand."""
    if is_halved(kernel):
        return Places.HALVED
    return Places.SMALLER if kernel.both_strands else Places.NUMBER


def is_halved(kernel: GkmKernel) -> bool:
    """Whether l-mers and their reverse complements share a place."""
    return kernel.both_strands and kernel.l % 2 == 1 and kernel.l >= SHORTEST_HALVED


def table_size(kernel: GkmKernel) -> int:
    """Return the number of places."""
    size: int = 4**kernel.l
    return size // 2 if is_halved(kernel) else size


def places_of(lmers: NDArray[np.int32], kernel: GkmKernel) -> NDArray[np.int32]:
    """Return the places of l-mers, the same for reverse complements where both strands count.

    In a full table that is the place of the smaller of the two.
    """
    if not kernel.both_strands:
        return lmers
    partners = reverse_complements(lmers, kernel.l)
    if not is_halved(kernel):
        return np.minimum(lmers, partners)
    bits = 2 * (kernel.l // 2)
    kept = (lmers >> bits) & 3 < 2
    given = np.where(kept, lmers, partners)
    left = given >> (bits + 2)
    right = np.where(kept, partners, lmers) >> (bits + 2)
    middle = (given >> bits) & 3
    places: NDArray[np.int32] = (middle << (2 * bits)) | (left << bits) | right
    return places


def lmers_at(places: NDArray[np.int32], kernel: GkmKernel) -> NDArray[np.int32]:
    """Return the l-mer at each place; in a half table that with A or C in its middle."""
    if not is_halved(kernel):
        return places
    bits = 2 * (kernel.l // 2)
    part = np.int32((1 << bits) - 1)
    right = reverse_complements(places & part, kernel.l // 2)
    left, middle = (places >> bits) & part, places >> (2 * bits)
    lmers: NDArray[np.int32] = (left << (bits + 2)) | (middle << bits) | right
    return lmers

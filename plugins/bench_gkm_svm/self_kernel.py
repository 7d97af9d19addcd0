"""Kernels of sequences with themselves, from the mismatches of all pairs of their l-mers.

Two l-mers at a given distance from each other lie on a diagonal of the sequence laid out against
itself. Along a diagonal, the mismatches of all pairs are sums of l neighbours among the positions
that differ, which byte-wide additions give for many pairs at once. A few sequences are interleaved,
base by base, so that these runs are long. Of long sequences, whose pairs are too many, the table of
all l-mers is transformed instead; see `long_self_kernel`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bench.data.compiled import compiled, compiled_parallel
from bench_gkm_svm.long_self_kernel import is_long, long_self_kernels
from bench_gkm_svm.threads import threads_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray
    from bench_gkm_svm.kernel import GkmKernel

LANES = 8
"""Sequences that are interleaved; what they need fits into the first cache."""
BYTE_DIAGONALS = 255
"""Diagonals whose pairs can be counted in a byte."""
NO_BASE = 9
"""Equal to no code of a base."""


def self_kernels(
    codes: CodeArray, weights: NDArray[np.uint8], kernel: GkmKernel
) -> NDArray[np.float64]:
    """Return each sequence's kernel with itself, `(n,)`; 0 without any l-mer.

    Args:
        codes: bases as codes, `(n, width)`.
        weights: of the l-mers that start at each place, `(n, width - l + 1)`; 0 where one holds an
            N or ends beyond its sequence.
        kernel: which kernel.
    """
    if not weights.shape[1]:
        return np.zeros(len(codes))
    with threads_for(len(codes)):
        counts = places_held(weights)
    long = np.array([is_long(int(count), kernel) for count in counts], dtype=bool)
    squares = np.empty(len(codes))
    if not long.all():
        squares[~long] = _short_self_kernels(codes[~long], weights[~long], counts[~long], kernel)
    if long.any():
        squares[long] = long_self_kernels(codes[long], weights[long], kernel)
    # The full filter has negative values, so that rounding may leave less than nothing.
    return np.maximum(squares, 0.0)


def _short_self_kernels(
    codes: CodeArray,
    weights: NDArray[np.uint8],
    counts: NDArray[np.int64],
    kernel: GkmKernel,
) -> NDArray[np.float64]:
    similarity = np.trim_zeros(kernel.coefficients, "b")
    pairs = np.zeros((len(codes), len(similarity)))
    held = weights.astype(np.int32) if kernel.weighs_places else weights
    # Sequences of about one length share a group, which costs the square of the longest.
    order = np.argsort(counts, kind="stable")
    given = np.ascontiguousarray(codes)
    with threads_for(-(-len(codes) // LANES)):
        count_pairs(given, held, counts, order, kernel.l, kernel.both_strands, pairs)
    squares: NDArray[np.float64] = pairs @ similarity
    return squares


@compiled_parallel
def places_held(weights: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return how many places each sequence has up to its last l-mer."""
    counts = np.zeros(len(weights), np.int64)
    for sequence in prange(len(weights)):
        for place in range(weights.shape[1]):
            if weights[sequence, place]:
                counts[sequence] = place + 1
    return counts


@compiled_parallel
def count_pairs(
    codes: NDArray[np.uint8],
    weights: NDArray[np.integer],
    counts: NDArray[np.int64],
    order: NDArray[np.int64],
    l: int,
    both_strands: bool,
    pairs: NDArray[np.float64],
) -> None:
    """Add up the weights of pairs of l-mers for each number of mismatches below the last.

    Groups are taken in the given order of the sequences, whose counts of places rise along it.
    """
    groups = (len(order) + LANES - 1) // LANES
    for turn in prange(groups):
        # The longest first, so that threads end together.
        first = (groups - 1 - turn) * LANES
        several = min(LANES, len(order) - first)
        places = counts[order[first + several - 1]]
        width = places + l - 1
        given = np.full(width * LANES, NO_BASE, np.uint8)
        reverse = np.full(width * LANES, NO_BASE, np.uint8)
        weight = np.zeros(places * LANES, weights.dtype)
        turned = np.zeros(places * LANES, weights.dtype)
        for lane in range(several):
            row = order[first + lane]
            for place in range(width):
                code = codes[row, place]
                given[place * LANES + lane] = code
                # An N, code 4, becomes no code at all; its l-mers have no weight anyway.
                reverse[(width - 1 - place) * LANES + lane] = np.uint8(3) - code
            for place in range(places):
                weight[place * LANES + lane] = weights[row, place]
                turned[(places - 1 - place) * LANES + lane] = weights[row, place]
        found = np.zeros((LANES, pairs.shape[1]))
        count_diagonals(given, given, weight, weight, l, 1, found)
        found *= 2
        for place in range(len(weight)):
            found[place % LANES, 0] += np.float64(weight[place]) * weight[place]
        if both_strands:
            count_diagonals(given, reverse, weight, turned, l, 1 - places, found)
        for lane in range(several):
            pairs[order[first + lane]] = found[lane]


@compiled
def count_diagonals(
    one: NDArray[np.uint8],
    other: NDArray[np.uint8],
    weight: NDArray[np.integer],
    other_weight: NDArray[np.integer],
    l: int,
    first: int,
    pairs: NDArray[np.float64],
) -> None:
    """Count the pairs (i, i + offset) for all offsets from `first` on."""
    places = len(weight) // LANES
    sums, doubled = np.empty(len(one), np.uint8), np.empty(len(one), np.uint8)
    mismatches = np.empty(len(weight), np.uint8)
    counted = np.zeros((pairs.shape[1], len(weight)), weight.dtype)
    for offset in range(first, places):
        start, stop = max(0, -offset) * LANES, min(places, places - offset) * LANES
        shift = offset * LANES
        # Unsigned indices are not looked at for being negative, so that the loops do many at once.
        for place in range(start, stop + (l - 1) * LANES):
            here, there = np.uintp(place), np.uintp(place + shift)
            sums[here] = np.uint8(one[here] != other[there])
        add_neighbours(sums, doubled, mismatches, start, stop, l)
        for number in range(pairs.shape[1]):
            for place in range(start, stop):
                here, there = np.uintp(place), np.uintp(place + shift)
                equal = np.uint8(mismatches[here] == np.uint8(number))
                counted[np.uintp(number), here] += other_weight[there] * equal
        if (offset - first) % BYTE_DIAGONALS == BYTE_DIAGONALS - 1:
            add_counted(counted, weight, pairs)
    add_counted(counted, weight, pairs)


@compiled
def add_neighbours(
    sums: NDArray[np.uint8],
    doubled: NDArray[np.uint8],
    total: NDArray[np.uint8],
    start: int,
    stop: int,
    l: int,
) -> None:
    """Sum l neighbours from each place on: windows of one, two, four places and so on, joined."""
    for place in range(start, stop):
        total[np.uintp(place)] = 0
    covered, window = 0, 1
    while True:
        if l & window:
            shift = covered * LANES
            for place in range(start, stop):
                total[np.uintp(place)] += sums[np.uintp(place + shift)]
            covered += window
        if covered == l:
            break
        shift = window * LANES
        window *= 2
        for place in range(start, stop + (l - window) * LANES):
            here, there = np.uintp(place), np.uintp(place + shift)
            doubled[here] = sums[here] + sums[there]
        sums, doubled = doubled, sums


@compiled
def add_counted(
    counted: NDArray[np.integer], weight: NDArray[np.integer], pairs: NDArray[np.float64]
) -> None:
    """Add what was counted for each place, times its weight, and count from 0 again."""
    for number in range(len(counted)):
        for place in range(len(weight)):
            product = np.float64(weight[place]) * counted[number, place]
            pairs[place % LANES, number] += product
            counted[number, place] = 0

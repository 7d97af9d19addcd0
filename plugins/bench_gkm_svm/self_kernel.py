"""Kernels of sequences with themselves, from the mismatches of all pairs of their l-mers.

Two l-mers at a given distance from each other lie on a diagonal of the sequence laid out against
itself. Along a diagonal, the mismatches of all pairs are sums of l neighbours among the positions
that differ, which byte-wide additions give for many pairs at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bench_gkm_svm.compiled import compiled, compiled_parallel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray
    from bench_gkm_svm.kernel import GkmKernel

BYTE_DIAGONALS = 255
"""Diagonals whose pairs can be counted in a byte."""


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
    similarity = np.trim_zeros(kernel.coefficients, "b")
    pairs = np.zeros((len(codes), len(similarity)))
    held = weights.astype(np.int32) if kernel.weighs_places else weights
    count_pairs(np.ascontiguousarray(codes), held, kernel.l, kernel.both_strands, pairs)
    # The full filter has negative values, so that rounding may leave less than nothing.
    squares: NDArray[np.float64] = np.maximum(pairs @ similarity, 0.0)
    return squares


@compiled_parallel
def count_pairs(
    codes: NDArray[np.uint8],
    weights: NDArray[np.integer],
    l: int,
    both_strands: bool,
    pairs: NDArray[np.float64],
) -> None:
    """Add up the weights of pairs of l-mers for each number of mismatches below the last."""
    width = codes.shape[1]
    places = weights.shape[1]
    for sequence in prange(len(codes)):
        given, weight = codes[sequence], weights[sequence]
        count_diagonals(given, given, weight, weight, l, 1, places, pairs[sequence])
        pairs[sequence] *= 2
        for place in range(places):
            pairs[sequence, 0] += np.float64(weight[place]) * weight[place]
        if both_strands:
            # An N, code 4, becomes no code at all; its l-mers have no weight anyway.
            reverse = (np.uint8(3) - given)[::-1].copy()
            turned = weight[::-1].copy()
            first = l - width
            count_diagonals(given, reverse, weight, turned, l, first, places, pairs[sequence])


@compiled
def count_diagonals(
    one: NDArray[np.uint8],
    other: NDArray[np.uint8],
    weight: NDArray[np.integer],
    other_weight: NDArray[np.integer],
    l: int,
    first: int,
    end: int,
    pairs: NDArray[np.float64],
) -> None:
    """Count the pairs (i, i + offset) for all offsets from `first` to before `end`."""
    width, places = len(one), len(weight)
    differs = np.empty(width, np.uint8)
    mismatches = np.empty(places, np.uint8)
    counted = np.zeros((len(pairs), places), weight.dtype)
    for offset in range(first, end):
        start, stop = max(0, -offset), min(places, places - offset)
        # Unsigned indices are not looked at for being negative, so that the loops do many at once.
        for place in range(start, stop + l - 1):
            here, there = np.uintp(place), np.uintp(place + offset)
            differs[here] = np.uint8(one[here] != other[there])
        for place in range(start, stop):
            mismatches[np.uintp(place)] = differs[np.uintp(place)]
        for step in range(1, l):
            for place in range(start, stop):
                mismatches[np.uintp(place)] += differs[np.uintp(place + step)]
        for number in range(len(pairs)):
            for place in range(start, stop):
                here, there = np.uintp(place), np.uintp(place + offset)
                equal = np.uint8(mismatches[here] == np.uint8(number))
                counted[np.uintp(number), here] += other_weight[there] * equal
        if (offset - first) % BYTE_DIAGONALS == BYTE_DIAGONALS - 1:
            add_counted(counted, weight, pairs)
    add_counted(counted, weight, pairs)


@compiled
def add_counted(
    counted: NDArray[np.integer], weight: NDArray[np.integer], pairs: NDArray[np.float64]
) -> None:
    """Add what was counted for each place, times its weight, and count from 0 again."""
    for number in range(len(pairs)):
        total = 0.0
        for place in range(len(weight)):
            total += np.float64(weight[place]) * counted[number, place]
            counted[number, place] = 0
        pairs[number] += total

"""Kernels of sequences with themselves, from the mismatches of all pairs of their l-mers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bench_gkm_svm.compiled import compiled, compiled_parallel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench_gkm_svm.kernel import GkmKernel
    from bench_gkm_svm.lmers import LmerIndex


def norms(index: LmerIndex, kernel: GkmKernel) -> NDArray[np.float64]:
    """Return the root of each sequence's kernel with itself, `(n,)`; 0 without any l-mer."""
    weights = np.ones(1, dtype=np.uint8) if index.weights is None else index.weights
    squares = self_kernels(
        index.lmers.astype(np.uint32),
        index.partners.astype(np.uint32),
        index.words,
        index.starts,
        weights,
        index.weights is not None,
        np.trim_zeros(kernel.coefficients, "b"),
        kernel.both_strands,
    )
    # The full filter has negative values, so that rounding may leave less than nothing.
    roots: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0.0))
    return roots


@compiled_parallel
def self_kernels(
    lmers: NDArray[np.uint32],
    partners: NDArray[np.uint32],
    words: NDArray[np.int32],
    starts: NDArray[np.int64],
    weights: NDArray[np.uint8],
    weighted: bool,
    coefficients: NDArray[np.float64],
    both_strands: bool,
) -> NDArray[np.float64]:
    """Sum similarity times weights over all pairs of l-mers of each sequence."""
    squares = np.zeros(len(starts) - 1)
    for sequence in prange(len(starts) - 1):
        first, last = starts[sequence], starts[sequence + 1]
        count = last - first
        given = np.empty(count, np.uint32)
        other = np.empty(count, np.uint32)
        weight = np.ones(count, np.int32)
        for place in range(count):
            given[place] = lmers[words[first + place]]
            other[place] = partners[words[first + place]]
            if weighted:
                weight[place] = weights[first + place]
        squares[sequence] = sum_over_pairs(given, given, weight, coefficients)
        if both_strands:
            squares[sequence] += sum_over_pairs(given, other, weight, coefficients)
    return squares


@compiled
def sum_over_pairs(
    lmers: NDArray[np.uint32],
    others: NDArray[np.uint32],
    weights: NDArray[np.int32],
    coefficients: NDArray[np.float64],
) -> float:
    """Sum similarity times both weights over all pairs of an l-mer and another.

    The similarity of the pair (i, j) must be that of (j, i), so that each is looked at once.
    """
    differing = np.empty(len(lmers), np.uint32)
    total = 0.0
    for place in range(len(lmers)):
        after = len(lmers) - place - 1
        count_mismatches(lmers[place], others[place:], differing)
        total += coefficient_of(differing[0], coefficients) * weights[place] * weights[place]
        for number in range(len(coefficients)):
            pairs = np.int32(0)
            for later in range(1, after + 1):
                if differing[later] == np.uint32(number):
                    pairs += weights[place + later]
            total += 2 * coefficients[number] * weights[place] * pairs
    return total


@compiled
def coefficient_of(mismatches: np.uint32, coefficients: NDArray[np.float64]) -> float:
    """Return the similarity at a number of mismatches, 0 beyond the last coefficient."""
    return coefficients[mismatches] if mismatches < len(coefficients) else 0.0


@compiled
def count_mismatches(
    lmer: np.uint32, others: NDArray[np.uint32], differing: NDArray[np.uint32]
) -> None:
    """Count the positions at which an l-mer differs from each of others: unequal pairs of bits."""
    for place in range(len(others)):
        # Every step is cut to 32 bits, so that many are done at once.
        bits = np.uint32(lmer ^ others[place])
        odd = np.uint32((bits | np.uint32(bits >> np.uint32(1))) & np.uint32(0x55555555))
        pairs = np.uint32(
            np.uint32(odd & np.uint32(0x33333333))
            + np.uint32(np.uint32(odd >> np.uint32(2)) & np.uint32(0x33333333))
        )
        nibbles = np.uint32(
            np.uint32(pairs + np.uint32(pairs >> np.uint32(4))) & np.uint32(0x0F0F0F0F)
        )
        differing[place] = np.uint32(nibbles * np.uint32(0x01010101)) >> np.uint32(24)

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
        kernel.coefficients,
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
        weight = np.ones(count, np.int64)
        for place in range(count):
            given[place] = lmers[words[first + place]]
            other[place] = partners[words[first + place]]
            if weighted:
                weight[place] = weights[first + place]
        pairs = np.zeros(len(coefficients), np.int64)
        for place in range(count):
            count_mismatches(given[place], given, weight, weight[place], pairs)
            if both_strands:
                count_mismatches(given[place], other, weight, weight[place], pairs)
        total = 0.0
        for mismatches in range(len(coefficients)):
            total += coefficients[mismatches] * pairs[mismatches]
        squares[sequence] = total
    return squares


@compiled
def count_mismatches(
    lmer: np.uint32,
    others: NDArray[np.uint32],
    weights: NDArray[np.int64],
    weight: int,
    pairs: NDArray[np.int64],
) -> None:
    """Add the weight of each pair of one l-mer and others to its number of mismatches."""
    for place in range(len(others)):
        pairs[mismatches(lmer, others[place])] += weight * weights[place]


@compiled
def mismatches(one: np.uint32, other: np.uint32) -> np.uint32:
    """Count the positions at which two l-mers differ: the pairs of bits that are not equal."""
    differing = one ^ other
    positions = (differing | (differing >> np.uint32(1))) & np.uint32(0x55555555)
    pairs = (positions & np.uint32(0x33333333)) + (
        (positions >> np.uint32(2)) & np.uint32(0x33333333)
    )
    nibbles = (pairs + (pairs >> np.uint32(4))) & np.uint32(0x0F0F0F0F)
    return (nibbles * np.uint32(0x01010101)) >> np.uint32(24)

"""Kernels of long sequences with themselves, by the transform of all l-mers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.data.kmers import kmer_codes, reverse_complements
from bench_gkm_svm.hadamard import TableTransform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray
    from bench_gkm_svm.kernel import GkmKernel

PAIRS_PER_ENTRY = 3
"""Pairs of l-mers that are compared in about the time in which a table's entry is transformed."""


def is_long(places: int, kernel: GkmKernel) -> bool:
    """Whether all pairs of so many places cost more than a table of all l-mers."""
    return bool(places**2 > PAIRS_PER_ENTRY * 4**kernel.l)


def long_self_kernels(
    codes: CodeArray, weights: NDArray[np.uint8], kernel: GkmKernel
) -> NDArray[np.float64]:
    """Return each sequence's kernel with itself, `(n,)`, one sequence after the other.

    With `f` the table of weights of a sequence's l-mers and `S` the similarities of all l-mers it
    is `f S f`, and `f S (f + r)` where both strands count, with `r` the table of the other strand.

    Args:
        codes: bases as codes, `(n, width)`.
        weights: of the l-mers that start at each place, `(n, width - l + 1)`.
        kernel: which kernel.
    """
    transform = TableTransform(kernel.coefficients, np.float64)
    found = np.zeros(len(codes))
    for row in range(len(codes)):
        held = weights[row] > 0
        numbers = kmer_codes(codes[row : row + 1], kernel.l)[0, held]
        given = weights[row, held].astype(np.float64)
        table = np.bincount(numbers, given, minlength=4**kernel.l).astype(np.float64)
        if kernel.both_strands:
            np.add.at(table, reverse_complements(numbers, kernel.l), given)
        transform(table)
        # Not by `@`, for which BLAS would wake its threads.
        found[row] = (table[numbers] * given).sum()
    return found

"""Tables with a value for each l-mer, and their products with all similarities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bench_gkm_svm.compiled import compiled, compiled_parallel
from bench_gkm_svm.hadamard import TableTransform
from bench_gkm_svm.half_table import HalfTableTransform
from bench_gkm_svm.places import is_halved, places_of, table_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench_gkm_svm.kernel import GkmKernel
    from bench_gkm_svm.lmers import LmerIndex


class LmerTable:
    """A table with a value for each l-mer.

    Args:
        kernel: says how l-mers are alike, and whether both strands count.
        dtype: float32 or float64.
    """

    def __init__(self, kernel: GkmKernel, dtype: type[np.floating]) -> None:
        transform = HalfTableTransform if is_halved(kernel) else TableTransform
        self._kernel = kernel
        self._transform = transform(kernel.coefficients, dtype)
        self._adds_partners = kernel.both_strands and not is_halved(kernel)
        self.values: NDArray[np.floating] = np.zeros(table_size(kernel), dtype)

    def products(self, index: LmerIndex, sums: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the sum over all l-mers of similarity times value, for each indexed l-mer.

        Args:
            index: which l-mers occur.
            sums: their values, `(words,)`; all others have the value 0.
        """
        self.values.fill(0)
        put(self.values, index.places, sums)
        if self._adds_partners:
            add_partners(self.values, index.partners, sums)
        self._transform(self.values)
        return take(self.values, index.places)


def every_lmer(values: NDArray[np.floating], kernel: GkmKernel) -> NDArray[np.floating]:
    """Return a table's values of all `4**l` l-mers in the order of their numbers."""
    return take(values, places_of(np.arange(4**kernel.l, dtype=np.int32), kernel))


@compiled_parallel
def put(
    values: NDArray[np.floating], places: NDArray[np.int32], sums: NDArray[np.floating]
) -> None:
    """Set values at places that are all different."""
    for word in prange(len(places)):
        values[places[word]] = sums[word]


@compiled_parallel
def take(values: NDArray[np.floating], places: NDArray[np.int32]) -> NDArray[np.floating]:
    """Return the values at places."""
    taken = np.empty(len(places), values.dtype)
    for word in prange(len(places)):
        taken[word] = values[places[word]]
    return taken


@compiled
def add_partners(
    values: NDArray[np.floating], partners: NDArray[np.int32], sums: NDArray[np.floating]
) -> None:
    """Add each l-mer's sum to its reverse complement, which may be the l-mer itself."""
    for word in range(len(partners)):
        values[partners[word]] += sums[word]

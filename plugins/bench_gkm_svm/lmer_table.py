"""Tables with a value for each l-mer, and their products with all similarities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bench.data.compiled import compiled, compiled_parallel
from bench_gkm_svm.hadamard import TableTransform
from bench_gkm_svm.half_table import HalfTableTransform
from bench_gkm_svm.places import is_halved, places_of, table_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench_gkm_svm.kernel import GkmKernel
    from bench_gkm_svm.lmers import LmerIndex


class LmerTables:
    """Tables with a value for each l-mer, as many as are multiplied together.

    Args:
        kernel: says how l-mers are alike, and whether both strands count.
        dtype: float32 or float64.
    """

    def __init__(self, kernel: GkmKernel, dtype: type[np.floating]) -> None:
        transform = HalfTableTransform if is_halved(kernel) else TableTransform
        self._size = table_size(kernel)
        self._transform = transform(kernel.coefficients, dtype)
        self._adds_partners = kernel.both_strands and not is_halved(kernel)
        self._dtype = dtype
        self.values: NDArray[np.floating] = np.zeros((0, self._size), dtype)

    def multiply(self, index: LmerIndex, sums: NDArray[np.floating]) -> None:
        """Fill a table for each column: the sum over all l-mers of similarity times value.

        Args:
            index: which l-mers occur.
            sums: their values, `(words, columns)`; all other l-mers have the value 0.
        """
        columns = sums.shape[1]
        if len(self.values) < columns:
            self.values = np.zeros((columns, self._size), self._dtype)
        tables = self.values[:columns]
        tables.fill(0)
        put(tables, index.places, sums)
        if self._adds_partners:
            add_partners(tables, index.partners, sums)
        for table in tables:
            self._transform(table)

    def take(self, index: LmerIndex, sums: NDArray[np.floating]) -> None:
        """Overwrite the values of indexed l-mers, `(words, columns)`, by those of the tables."""
        take(self.values, index.places, sums)


def every_lmer(values: NDArray[np.floating], kernel: GkmKernel) -> NDArray[np.floating]:
    """Return a table's values of all `4**l` l-mers in the order of their numbers."""
    return values[places_of(np.arange(4**kernel.l, dtype=np.int32), kernel)]


@compiled_parallel
def put(
    tables: NDArray[np.floating], places: NDArray[np.int32], sums: NDArray[np.floating]
) -> None:
    """Set values at places that are all different, in a table for each column."""
    for word in prange(len(places)):
        for column in range(sums.shape[1]):
            tables[column, places[word]] = sums[word, column]


@compiled_parallel
def take(
    tables: NDArray[np.floating], places: NDArray[np.int32], sums: NDArray[np.floating]
) -> None:
    """Read the values at places, from a table for each column."""
    for word in prange(len(places)):
        for column in range(sums.shape[1]):
            sums[word, column] = tables[column, places[word]]


@compiled
def add_partners(
    tables: NDArray[np.floating], partners: NDArray[np.int32], sums: NDArray[np.floating]
) -> None:
    """Add each l-mer's value to its reverse complement, which may be the l-mer itself."""
    for word in range(len(partners)):
        for column in range(sums.shape[1]):
            tables[column, partners[word]] += sums[word, column]

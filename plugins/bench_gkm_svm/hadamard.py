"""The product with all similarities of l-mers for one table at a time, on the processor.

The same computation as `SimilarityTransform`, arranged for the caches: the table is a matrix of
rows. One pass transforms each row, a second one each column, multiplies by the eigenvalues and
transforms each column back, a third one transforms the rows back. Within a pass, stages of the
transform work on neighbouring numbers that stay in the cache, four at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bench.data.compiled import compiled, compiled_parallel
from bench_gkm_svm.threads import threads_for
from bench_gkm_svm.transform import eigenvalues, nontrivial_positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENTRIES_OF_A_THREAD = 1 << 15
"""Of a table: one of fewer is transformed before another thread has woken."""
BLOCK = 32
"""Columns that are copied out and transformed together."""


class TableTransform:
    """Multiplies a table of l-mers by their similarities, in place.

    Args:
        coefficients: similarity for 0 to l mismatches, `(l + 1,)`, l at least 3.
        dtype: float32 or float64.
    """

    def __init__(
        self, coefficients: NDArray[np.float64], dtype: type[np.floating] = np.float32
    ) -> None:
        self.l = len(coefficients) - 1
        order = 4**self.l
        self._scale = (eigenvalues(coefficients) / order).astype(dtype)
        row_letters = max(2, self.l // 2)
        self._row = 4**row_letters
        self._in_row = nontrivial_positions(row_letters).numpy()
        self._of_row = nontrivial_positions(self.l - row_letters).numpy()
        self._block = block_of_columns(self._row)

    def __call__(self, table: NDArray[np.floating]) -> None:
        """Replace values of l-mers by their sums over all l-mers of similarity times value.

        Args:
            table: `(4**l,)`, contiguous; bases are digits in base 4, the leftmost first.
        """
        with threads_for(table.size // ENTRIES_OF_A_THREAD + 1):
            transform_rows(table, self._row)
            scale_columns(table, self._row, self._block, self._scale, self._of_row, self._in_row)
            transform_rows(table, self._row)


def block_of_columns(columns: int) -> int:
    """Return how many columns are transformed together."""
    return min(BLOCK, columns)


@compiled_parallel
def transform_rows(table: NDArray[np.floating], row: int) -> None:
    """Transform each row of a table in place.

    A row is itself a matrix: its columns are transformed, and then, turned, its rows.
    """
    across = 2
    while across * across < row:
        across *= 2
    down = row // across
    for number in prange(table.size // row):
        part = table[number * row : (number + 1) * row]
        transform_from(part, across)
        turned = np.empty(row, table.dtype)
        transpose(part, turned, down, across)
        transform_from(turned, down)
        transpose(turned, part, across, down)


@compiled_parallel
def transform_columns(table: NDArray[np.floating], row: int, block: int) -> None:
    """Transform each column of a table in place, a block of columns at a time."""
    for number in prange(row // block):
        held = columns_of(table, row, number * block, block)
        transform_from(held, block)
        put_columns(held, table, row, number * block, block)


@compiled_parallel
def scale_columns(
    table: NDArray[np.floating],
    row: int,
    block: int,
    scale: NDArray[np.floating],
    of_row: NDArray[np.int64],
    in_row: NDArray[np.int64],
) -> None:
    """Transform each column of a table, multiply by the eigenvalues, and transform it back.

    `scale[of_row[i] + in_row[j]]` is the eigenvalue in row i and column j.
    """
    rows = table.size // row
    for number in prange(row // block):
        start = number * block
        held = columns_of(table, row, start, block)
        transform_from(held, block)
        for one in range(rows):
            target = held[one * block : (one + 1) * block]
            for lane in range(block):
                target[lane] *= scale[of_row[one] + in_row[start + lane]]
        transform_from(held, block)
        put_columns(held, table, row, start, block)


@compiled
def columns_of(
    table: NDArray[np.floating], row: int, start: int, block: int
) -> NDArray[np.floating]:
    """Copy neighbouring columns of a table into rows of their own."""
    rows = table.size // row
    held = np.empty(rows * block, table.dtype)
    for one in range(rows):
        source = table[one * row + start : one * row + start + block]
        target = held[one * block : (one + 1) * block]
        for lane in range(block):
            target[lane] = source[lane]
    return held


@compiled
def put_columns(
    held: NDArray[np.floating], table: NDArray[np.floating], row: int, start: int, block: int
) -> None:
    """Copy columns back into their table."""
    for one in range(table.size // row):
        source = held[one * block : (one + 1) * block]
        target = table[one * row + start : one * row + start + block]
        for lane in range(block):
            target[lane] = source[lane]


@compiled
def transpose(
    source: NDArray[np.floating], target: NDArray[np.floating], rows: int, columns: int
) -> None:
    """Write the transpose of a matrix of `rows` rows."""
    for column in range(columns):
        turned = target[column * rows : (column + 1) * rows]
        for row in range(rows):
            turned[row] = source[row * columns + column]


@compiled
def transform_from(values: NDArray[np.floating], stride: int) -> None:
    """Do the stages of the transform whose partners are `stride` or more apart."""
    while stride * 4 <= len(values):
        for start in range(0, len(values), 4 * stride):
            first = values[start : start + stride]
            second = values[start + stride : start + 2 * stride]
            third = values[start + 2 * stride : start + 3 * stride]
            fourth = values[start + 3 * stride : start + 4 * stride]
            for lane in range(stride):
                low_sum = first[lane] + second[lane]
                low_difference = first[lane] - second[lane]
                high_sum = third[lane] + fourth[lane]
                high_difference = third[lane] - fourth[lane]
                first[lane] = low_sum + high_sum
                second[lane] = low_difference + high_difference
                third[lane] = low_sum - high_sum
                fourth[lane] = low_difference - high_difference
        stride *= 4
    if stride < len(values):
        for start in range(0, len(values), 2 * stride):
            first = values[start : start + stride]
            second = values[start + stride : start + 2 * stride]
            for lane in range(stride):
                low_sum = first[lane] + second[lane]
                second[lane] = first[lane] - second[lane]
                first[lane] = low_sum

"""The product with all similarities of l-mers for tables that do not tell the strands apart.

In a half table (see `places`) a value stands at `[middle, left, reverse complement of right]` of
the l-mer of each pair that has A or C in its middle. The other of the pair, were it kept, would
stand at `[3 - middle, reverse complement of right, left]`: the other half is the transpose of this
one.

Relabelling the bases of the right part and reversing their order changes no number of mismatches,
so the similarities are the same matrix in these places. Its eigenvectors are products of one for
each of the three parts. The transforms over left and right part act on each middle base alone and
commute with the transposition; the transform over the middle base mixes the four values
`A[i, j], C[i, j], C[j, i], A[j, i]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bench.data.compiled import compiled, compiled_parallel
from bench_gkm_svm.hadamard import (
    block_of_columns,
    transform_columns,
    transform_rows,
)
from bench_gkm_svm.transform import eigenvalues, nontrivial_positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE = 32
"""Rows and columns whose values are mixed with those of the transpose at a time."""


class HalfTableTransform:
    """Multiplies a half table of l-mers by their similarities, in place.

    Args:
        coefficients: similarity for 0 to l mismatches, `(l + 1,)`; l is odd and at least 5.
        dtype: float32 or float64.
    """

    def __init__(
        self, coefficients: NDArray[np.float64], dtype: type[np.floating] = np.float32
    ) -> None:
        self.l = len(coefficients) - 1
        letters = self.l // 2
        self._row = 4**letters
        self._positions = nontrivial_positions(letters).numpy()
        scale = (eigenvalues(coefficients) / 4**self.l).astype(dtype)
        # Row w holds the eigenvalues for w non-trivial positions outside of the right part.
        self._scale = scale[np.arange(letters + 2)[:, None] + self._positions]
        self._block = block_of_columns(self._row)

    def __call__(self, table: NDArray[np.floating]) -> None:
        """Replace values of l-mers by their sums over all l-mers of similarity times value.

        Args:
            table: `(4**l // 2,)`, contiguous, in the order of `places_of`.
        """
        halves = table.reshape(2, -1)
        transform_rows(table, self._row)
        for half in halves:
            transform_columns(half, self._row, self._block)
        mix_halves(halves[0], halves[1], self._row, self._scale, self._positions)
        for half in halves:
            transform_columns(half, self._row, self._block)
        transform_rows(table, self._row)


@compiled_parallel
def mix_halves(
    first: NDArray[np.floating],
    second: NDArray[np.floating],
    row: int,
    scale: NDArray[np.floating],
    positions: NDArray[np.int64],
) -> None:
    """Transform the middle base, multiply by the eigenvalues, and transform it back.

    `scale[w, j]` is the eigenvalue for w non-trivial positions outside of the right part.
    """
    tile = min(TILE, row)
    tiles = row // tile
    for turn in prange(tiles):
        # Each tile with the one opposite of it, once: a row of tiles goes on from the left side
        # when it reaches the right one, so that all rows are equally long.
        for step in range(tiles // 2 + 1):
            across = (turn + step) % tiles
            if 2 * step < tiles or turn < across:
                mix_tiles(first, second, row, scale, positions, turn * tile, across * tile, tile)


@compiled
def mix_tiles(
    first: NDArray[np.floating],
    second: NDArray[np.floating],
    row: int,
    scale: NDArray[np.floating],
    positions: NDArray[np.int64],
    top: int,
    left: int,
    tile: int,
) -> None:
    """Mix the values of a tile of both halves with those of the opposite tile.

    With sums and differences over the transpose, the transform of four points falls into two of
    two points.
    """
    opposite_a = opposite_tile(first, row, top, left, tile)
    opposite_c = opposite_tile(second, row, top, left, tile)
    for i in range(tile):
        here = (top + i) * row + left
        there_a = opposite_a[i * tile : (i + 1) * tile]
        there_c = opposite_c[i * tile : (i + 1) * tile]
        here_a, here_c = first[here : here + tile], second[here : here + tile]
        trivial = scale[positions[top + i], left : left + tile]
        other = scale[positions[top + i] + 1, left : left + tile]
        for j in range(tile):
            sum_a, difference_a = here_a[j] + there_a[j], here_a[j] - there_a[j]
            sum_c, difference_c = here_c[j] + there_c[j], here_c[j] - there_c[j]
            even = trivial[j] * (sum_a + sum_c)
            middle = other[j] * (sum_a - sum_c)
            low = other[j] * (difference_a + difference_c)
            high = other[j] * (difference_a - difference_c)
            here_a[j] = even + middle + low + high
            there_a[j] = even + middle - low - high
            here_c[j] = even - middle + low - high
            there_c[j] = even - middle - low + high
    # The tiles on the diagonal are their own opposites; both ways of writing them agree.
    put_opposite_tile(opposite_a, first, row, top, left, tile)
    put_opposite_tile(opposite_c, second, row, top, left, tile)


@compiled
def opposite_tile(
    half: NDArray[np.floating], row: int, top: int, left: int, tile: int
) -> NDArray[np.floating]:
    """Copy the transpose of the tile on the other side of the diagonal."""
    held = np.empty(tile * tile, half.dtype)
    for j in range(tile):
        source = half[(left + j) * row + top : (left + j) * row + top + tile]
        for i in range(tile):
            held[i * tile + j] = source[i]
    return held


@compiled
def put_opposite_tile(
    held: NDArray[np.floating],
    half: NDArray[np.floating],
    row: int,
    top: int,
    left: int,
    tile: int,
) -> None:
    """Write a tile, transposed, to the other side of the diagonal."""
    for j in range(tile):
        target = half[(left + j) * row + top : (left + j) * row + top + tile]
        for i in range(tile):
            target[i] = held[i * tile + j]

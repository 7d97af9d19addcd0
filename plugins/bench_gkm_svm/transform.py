"""Multiplication by the similarities of all pairs of l-mers, without the matrix.

The similarity of two l-mers depends on their number of mismatches alone, so the matrix of all
similarities is a sum over the Hamming scheme H(l, 4). Its eigenvectors are the characters of
`(Z2 x Z2)**l`: with two bits for a base they are the rows of the Walsh-Hadamard matrix of order
`4**l`. The eigenvalue of a character that is not trivial at `w` of the l positions is
`sum_m c(m) P_m(w)`, where `P_m(w) = sum_j (-1)**j 3**(m - j) binom(w, j) binom(l - w, m - j)` is
the Krawtchouk polynomial (Delsarte 1973). One product thus costs two Walsh-Hadamard transforms.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

LARGEST_FACTOR = 64
"""The transform is made of products with Hadamard matrices up to this order."""


class SimilarityTransform:
    """Multiplies tables of l-mers by their similarities.

    Args:
        coefficients: similarity for 0 to l mismatches, `(l + 1,)`; see `coefficients`.
        device: where tables lie.
        dtype: float32 or float64.
    """

    def __init__(
        self,
        coefficients: NDArray[np.float64],
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.l = len(coefficients) - 1
        values = torch.from_numpy(eigenvalues(coefficients)).to(device, dtype)
        order = 4**self.l
        # The division by the order, which two transforms need, is part of the eigenvalues.
        self._scale = (values / order)[nontrivial_positions(self.l).to(device)]
        self._factors = [hadamard(size, device, dtype) for size in factor_orders(order)]

    def __call__(self, table: Tensor) -> Tensor:
        """Return the sum over all l-mers of similarity times value.

        Args:
            table: values of all l-mers, `(4**l, columns)`; bases are digits in base 4, the leftmost
                first.

        Returns:
            A new table of the same shape.
        """
        scaled = self._hadamard(table) * self._scale[:, None]
        return self._hadamard(scaled)

    def _hadamard(self, table: Tensor) -> Tensor:
        shape = table.shape
        done = 1
        for factor in self._factors:
            size = len(factor)
            table = torch.matmul(factor, table.reshape(done, size, -1))
            done *= size
        return table.reshape(shape)


def eigenvalues(coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the eigenvalue of a character that is not trivial at 0 to l positions, `(l + 1,)`."""
    l = len(coefficients) - 1
    return np.array(
        [sum(coefficients[m] * krawtchouk(l, m, w) for m in range(l + 1)) for w in range(l + 1)]
    )


def krawtchouk(l: int, m: int, w: int) -> int:
    """Return the Krawtchouk polynomial `P_m(w)` of the Hamming scheme H(l, 4)."""
    return sum((-1) ** j * 3 ** (m - j) * comb(w, j) * comb(l - w, m - j) for j in range(m + 1))


def nontrivial_positions(l: int) -> Tensor:
    """Return the number of non-zero digits in base 4 of 0 to `4**l - 1`, int64."""
    counts = torch.zeros(1, dtype=torch.int64)
    digit = torch.tensor([0, 1, 1, 1])
    for _ in range(l):
        counts = (counts[:, None] + digit).ravel()
    return counts


def hadamard(order: int, device: str, dtype: torch.dtype) -> Tensor:
    """Return the Walsh-Hadamard matrix of an order that is a power of two."""
    matrix = torch.ones(1, 1, dtype=dtype)
    block = torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=dtype)
    while len(matrix) < order:
        matrix = torch.kron(matrix, block)
    return matrix.to(device)


def factor_orders(order: int) -> list[int]:
    """Split a power of two into factors up to `LARGEST_FACTOR` of about equal size."""
    bits = order.bit_length() - 1
    parts = -(-bits // (LARGEST_FACTOR.bit_length() - 1))
    return [2 ** (bits // parts + (part < bits % parts)) for part in range(parts)]

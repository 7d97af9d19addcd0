"""A fitted machine whose kernel has a radial basis function: support sequences, not a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench_gkm_svm.kernel_matrix import kernel_columns
from bench_gkm_svm.lmers import index_lmers, occurrences

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray
    from bench_gkm_svm.kernel import GkmKernel

MOST_SEQUENCES = 20_000
"""The whole matrix is kept: 1.6 GB for so many."""
BATCH = 1024
"""Sequences that are scored at a time."""


@dataclass(frozen=True, slots=True)
class RbfScores:
    """The decision function of machines by their support sequences.

    Attributes:
        kernel: which kernel.
        codes: support sequences, `(support, width)`.
        lengths: their lengths, `(support,)`.
        beta: label times alpha, `(support, targets)`.
        rho: what is taken from each score, `(targets,)`.
        scale: factor on each decision value, `(targets,)`: 1 for a classifier.
        centre: what is added to it, `(targets,)`: 0 for a classifier.
    """

    kernel: GkmKernel
    codes: CodeArray
    lengths: NDArray[np.int64]
    beta: NDArray[np.float64]
    rho: NDArray[np.float64]
    scale: NDArray[np.float64]
    centre: NDArray[np.float64]

    @property
    def targets(self) -> int:
        """Number of machines."""
        return len(self.rho)

    def of_sequences(
        self, codes: CodeArray, lengths: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return decision values, `(n, targets)`, and which sequences hold no l-mer at all."""
        support = occurrences(self.codes, self.lengths, self.kernel)
        values = np.empty((len(codes), self.targets))
        empty = np.zeros(len(codes), dtype=bool)
        for start in range(0, len(codes), BATCH):
            rows = slice(start, start + BATCH)
            given = occurrences(codes[rows], lengths[rows], self.kernel)
            index = index_lmers([support, given], self.kernel)
            columns = np.arange(len(self.codes), len(index))
            matrix = kernel_columns(index, self.kernel, columns, rows=slice(0, len(self.codes)))
            values[rows] = matrix.T @ self.beta - self.rho
            empty[rows] = given.norms == 0
        return values * self.scale + self.centre, empty

    def each(self) -> Sequence[RbfScores]:
        """Return the functions of the machines one by one."""
        return [
            RbfScores(
                self.kernel, self.codes, self.lengths, self.beta[:, part], self.rho[part],
                self.scale[part], self.centre[part],
            )
            for part in (slice(one, one + 1) for one in range(self.targets))
        ]  # fmt: skip

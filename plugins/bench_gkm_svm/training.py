"""From labelled sequences to decision functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from bench.interface import BenchError
from bench.interface.context import silent
from bench_gkm_svm.kernel_matrix import kernel_columns
from bench_gkm_svm.lmers import LmerIndex, index_lmers, occurrences
from bench_gkm_svm.normalised import DenseProduct, NormalisedProduct
from bench_gkm_svm.rbf_scores import RbfScores
from bench_gkm_svm.schedule import solve_all
from bench_gkm_svm.scores import TableScores
from bench_gkm_svm.solver import MOST_PRODUCTS, TOLERANCE, Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray, Progress
    from bench_gkm_svm.dual import DualProblem
    from bench_gkm_svm.kernel import GkmKernel

    Batches = Callable[[], Iterator[tuple[CodeArray, NDArray[np.integer]]]]
    """Makes an iterator over codes `(n, width)` and lengths `(n,)` of consecutive sequences."""


@dataclass(frozen=True, slots=True)
class Training:
    """Sequences that machines are trained on, and their kernel as a product.

    Attributes:
        kernel: which kernel.
        batches: the sequences.
        index: their l-mers.
        product: the normalised kernel matrix.
    """

    kernel: GkmKernel
    batches: Batches
    index: LmerIndex
    product: NormalisedProduct | DenseProduct

    @classmethod
    def of(
        cls,
        batches: Batches,
        kernel: GkmKernel,
        device: str = "cpu",
        progress: Progress = silent,
    ) -> Training:
        """Read the sequences.

        Raises:
            BenchError: a sequence holds no l-mer.
        """
        index = index_lmers((occurrences(*batch, kernel) for batch in batches()), kernel)
        _refuse_empty(index, kernel)
        if not kernel.is_rbf:
            return cls(kernel, batches, index, NormalisedProduct.of(index, kernel, device))
        matrix = kernel_columns(index, kernel, range(len(index)), progress)
        return cls(kernel, batches, index, DenseProduct(matrix, device))

    def solve(
        self,
        problems: Sequence[DualProblem],
        *,
        starts: Sequence[torch.Tensor | None] | None = None,
        tolerance: float = TOLERANCE,
        most_products: int = MOST_PRODUCTS,
        together: int = 1,
        progress: Progress = silent,
    ) -> list[Solution]:
        """Solve problems over these sequences; see `solve_all`."""
        return solve_all(
            problems,
            self.product,
            starts=starts,
            tolerance=tolerance,
            most_products=most_products,
            together=together,
            progress=progress,
        )

    def scores(
        self,
        solutions: Sequence[Solution],
        scale: NDArray[np.float64] | None = None,
        centre: NDArray[np.float64] | None = None,
    ) -> TableScores | RbfScores:
        """Return the decision function of machines.

        Args:
            solutions: one for each target.
            scale: factor on decision values, `(targets,)`; 1 if None.
            centre: what is added to them, `(targets,)`; 0 if None.
        """
        rho = np.array([solution.rho for solution in solutions])
        scale = np.ones_like(rho) if scale is None else scale
        centre = np.zeros_like(rho) if centre is None else centre
        if isinstance(self.product, NormalisedProduct):
            first = self.product.table(solutions[0].beta)
            tables = np.empty((len(first), len(solutions)), np.float32)
            tables[:, 0] = first
            for column in range(1, len(solutions)):
                tables[:, column] = self.product.table(solutions[column].beta)
            return TableScores(self.kernel, tables, rho, scale, centre)
        beta = np.stack([solution.beta.cpu().numpy() for solution in solutions], axis=1)
        support = np.flatnonzero((beta != 0).any(axis=1))
        codes, lengths = self.sequences(support)
        return RbfScores(self.kernel, codes, lengths, beta[support], rho, scale, centre)

    def sequences(self, rows: NDArray[np.integer]) -> tuple[CodeArray, NDArray[np.int64]]:
        """Return the codes and lengths of some sequences, by rising number."""
        codes, lengths, first = [], [], 0
        for batch, long in self.batches():
            inside = rows[(rows >= first) & (rows < first + len(batch))] - first
            codes.append(batch[inside])
            lengths.append(np.asarray(long, dtype=np.int64)[inside])
            first += len(batch)
        width = max((part.shape[1] for part in codes), default=0)
        padded = [
            np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=4) for part in codes
        ]
        return np.concatenate(padded), np.concatenate(lengths)


def _refuse_empty(index: LmerIndex, kernel: GkmKernel) -> None:
    empty = np.flatnonzero(index.norms == 0)
    if len(empty):
        raise BenchError(
            f"{len(empty):,} of {len(index):,} training sequences, the first of them number "
            f"{empty[0] + 1}, hold no {kernel.l}-mer: expected at least {kernel.l} bp without N"
        )

"""Machines as LS-GKM keeps them (Lee 2016, doi:10.1093/bioinformatics/btw142).

Such a machine is its support sequences and their coefficients. `lsgkm_file` reads and writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from bench.data.alphabet import N, decode, encode
from bench_gkm_svm.lmers import index_lmers, occurrences
from bench_gkm_svm.normalised import NormalisedProduct
from bench_gkm_svm.rbf_scores import RbfScores
from bench_gkm_svm.scores import TableScores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray
    from bench_gkm_svm.kernel import GkmKernel
    from bench_gkm_svm.solver import Solution
    from bench_gkm_svm.training import Training


@dataclass(frozen=True, slots=True)
class LsgkmModel:
    """What a model file holds.

    Attributes:
        kernel: which kernel.
        machine: `c_svc` or `epsilon_svr`.
        rho: what is taken from each score.
        beta: label times alpha of each support sequence, `(support,)`.
        sequences: the support sequences.
    """

    kernel: GkmKernel
    machine: str
    rho: float
    beta: NDArray[np.float64]
    sequences: Sequence[str]

    def scores(self, n_policy: str = "lsgkm") -> TableScores | RbfScores:
        """Return the decision function.

        Args:
            n_policy: "lsgkm" reads an N in a support sequence as A, as LS-GKM does; "skip" leaves
                out the l-mers that hold one.
        """
        codes, lengths = padded_codes(self.sequences)
        if n_policy == "lsgkm":
            inside = np.arange(codes.shape[1]) < lengths[:, None]
            codes[(codes == N) & inside] = 0
        rho, one, zero = np.array([self.rho]), np.ones(1), np.zeros(1)
        if self.kernel.is_rbf:
            return RbfScores(self.kernel, codes, lengths, self.beta[:, None], rho, one, zero)
        index = index_lmers([occurrences(codes, lengths, self.kernel)], self.kernel)
        product = NormalisedProduct.of(index, self.kernel).exact()
        table = product.table(torch.from_numpy(self.beta))
        return TableScores.plain(self.kernel, table[:, None], rho)


def model_of(training: Training, solution: Solution, machine: str = "c_svc") -> LsgkmModel:
    """Return the model file's content for a machine that was trained.

    Args:
        training: what it was trained on.
        solution: the machine.
        machine: `c_svc` or `epsilon_svr`.
    """
    beta = solution.beta.cpu().numpy()
    support = np.flatnonzero(beta)
    codes, lengths = training.sequences(support)
    sequences = [decode(row[:length]) for row, length in zip(codes, lengths, strict=True)]
    return LsgkmModel(training.kernel, machine, solution.rho, beta[support], sequences)


def padded(rows: Sequence[CodeArray]) -> tuple[CodeArray, NDArray[np.int64]]:
    """Return codes as one array, padded with N on the right, and their lengths."""
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    codes = np.full((len(rows), int(lengths.max(initial=0))), N, dtype=np.uint8)
    for target, row in zip(codes, rows, strict=True):
        target[: len(row)] = row
    return codes, lengths


def padded_codes(sequences: Sequence[str]) -> tuple[CodeArray, NDArray[np.int64]]:
    """Return codes, padded with N on the right, and lengths of sequences."""
    return padded([encode(sequence) for sequence in sequences])

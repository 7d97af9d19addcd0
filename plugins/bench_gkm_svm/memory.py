"""What a fit will need, said before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import psutil

from bench.interface import BenchError
from bench_gkm_svm.kernel import GkmKernel
from bench_gkm_svm.places import table_size
from bench_gkm_svm.rbf_scores import MOST_SEQUENCES

if TYPE_CHECKING:
    from numpy.typing import NDArray

BYTES_PER_OCCURRENCE = 12
"""Places as they are listed and again joined, then words, and sequences in the order of words."""
BYTES_PER_WEIGHT = 3
VECTORS = 24
"""Vectors of float64 that the solver holds for each machine at work."""
TABLES = 5
"""Tables of float32 in use at once: one for each pass, one of them in float64, and its copy."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a fit needs.

    Attributes:
        sequences: how many.
        occurrences: l-mers in all of them.
        targets: machines.
        together: machines that are solved side by side.
        kernel: which kernel.
    """

    sequences: int
    occurrences: int
    targets: int
    together: int
    kernel: GkmKernel

    @property
    def bytes(self) -> int:
        """Memory at its peak, in bytes: predicted from above."""
        places = table_size(self.kernel)
        each = BYTES_PER_OCCURRENCE + BYTES_PER_WEIGHT * self.kernel.weighs_places
        tables = 4 * places * (TABLES * self.together + self.targets)
        solver = 8 * self.sequences * (VECTORS * self.together + 2 * self.targets)
        # The words that occur: places, l-mers, partners, starts, and sums in two types.
        words = 36 * min(places, self.occurrences)
        matrix = 2 * 4 * self.sequences**2 if self.kernel.is_rbf else 0
        return each * self.occurrences + tables + solver + words + matrix


def need_of(
    kernel: GkmKernel, lengths: NDArray[np.integer], targets: int, together: int = 1
) -> Need:
    """Return what a fit to sequences of some lengths in bp will need."""
    occurrences = int(np.maximum(0, np.asarray(lengths, np.int64) - kernel.l + 1).sum())
    return Need(len(lengths), occurrences, targets, together, kernel)


def require(need: Need, available: int | None = None) -> None:
    """Refuse a fit that memory does not allow.

    Args:
        need: what it needs.
        available: free memory in bytes; asked of the machine if None.

    Raises:
        BenchError: it needs more than is free, or a whole matrix of too many sequences.
    """
    kernel = need.kernel
    if kernel.is_rbf and need.sequences > MOST_SEQUENCES:
        raise BenchError(
            f"kernel {kernel.type:d} has a radial basis function, which keeps the whole matrix: "
            f"{need.sequences:,} sequences, expected at most {MOST_SEQUENCES:,}; kernels 0, 1, 2 "
            "and 4 have no such limit"
        )
    free = psutil.virtual_memory().available if available is None else available
    if need.bytes > free:
        raise BenchError(
            f"{need.sequences:,} sequences with {need.occurrences:,} {kernel.l}-mers and "
            f"{need.targets} targets need about {need.bytes / 1e9:.1f} GB, {free / 1e9:.1f} GB are "
            "free; expected a smaller l, fewer targets, or fewer negatives (max_negatives)"
        )

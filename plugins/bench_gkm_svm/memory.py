"""What a fit will need, said before it starts, and how many machines it leaves room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import psutil

from bench.interface import BenchError
from bench_gkm_svm.places import table_size
from bench_gkm_svm.processor_product import COLUMNS
from bench_gkm_svm.rbf_scores import MOST_SEQUENCES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench_gkm_svm.kernel import GkmKernel

MOST_ON_DEVICE = 32
BYTES_PER_OCCURRENCE = 12
"""Places as they are listed and again joined, then words, and sequences in the order of words."""
BYTES_PER_WEIGHT = 3
VECTORS = 24
"""Vectors of float64 that the solver holds for each machine at work."""
VECTORS_KEPT = 10
"""Those of each target all along: its values, its problem, and the solutions of both passes."""
PASSES = 3
"""Tables of both passes, in units of float32: the second is in float64."""
COPIES = 3
"""Tables of float32 that are held in between, one machine at a time."""
DEVICE_TABLES = 4
"""Tables of float64 that a product holds on a device for each machine."""
KEPT_FREE = 0.1
"""Part of a device's memory that is left to its libraries."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a fit needs, in bytes, predicted from above.

    Attributes:
        sequences: how many.
        occurrences: l-mers in all of them.
        targets: machines.
        kernel: which kernel.
    """

    sequences: int
    occurrences: int
    targets: int
    kernel: GkmKernel

    def in_memory(self, together: int) -> int:
        """Return the need of a processor that solves so many machines side by side.

        With 0 it is what is left to the processor where a device multiplies.
        """
        places = table_size(self.kernel)
        # A whole matrix is made by as many columns at once, in float64, whatever is solved of it.
        working = max(PASSES * together, 2 * COLUMNS * self.kernel.is_rbf)
        each = BYTES_PER_OCCURRENCE + BYTES_PER_WEIGHT * self.kernel.weighs_places
        tables = 4 * places * (working + COPIES + self.targets)
        solver = 8 * self.sequences * (VECTORS * together + VECTORS_KEPT * self.targets)
        # The words that occur: places, l-mers, partners, starts; and their sums in two types.
        words = min(places, self.occurrences) * (24 + 12 * together)
        return each * self.occurrences + tables + solver + words + self._matrix

    def on_device(self, together: int) -> int:
        """Return the need of a device that solves so many machines side by side."""
        every: int = 4**self.kernel.l
        words = min(every, self.occurrences)
        each = 8 + 20 * self.kernel.weighs_places
        fixed = each * self.occurrences + 24 * words + 24 * every + self._matrix
        column = DEVICE_TABLES * every + 3 * words + VECTORS * self.sequences
        return fixed + 8 * (column * together + VECTORS_KEPT * self.sequences * self.targets)

    def told(self, together: int, device: str) -> str:
        """Say the prediction in a few words."""
        there = self.in_memory(together) if device == "cpu" else self.on_device(together)
        return (
            f"{self.sequences:,} sequences, {self.targets} targets, {together} at a time: at most "
            f"{there / 1e9:.2f} GB foreseen on {device}"
        )

    @property
    def _matrix(self) -> int:
        """Bytes of a whole kernel matrix and its copy."""
        return 2 * 4 * self.sequences * self.sequences if self.kernel.is_rbf else 0


def need_of(kernel: GkmKernel, lengths: NDArray[np.integer], targets: int) -> Need:
    """Return what a fit to sequences of some lengths in bp will need."""
    occurrences = int(np.maximum(0, np.asarray(lengths, np.int64) - kernel.l + 1).sum())
    return Need(len(lengths), occurrences, targets, kernel)


def machines_together(
    need: Need, device: str = "cpu", memory: int | None = None, device_memory: int | None = None
) -> int:
    """Return how many machines are solved side by side; refuse a fit that memory does not allow.

    Args:
        need: what the fit needs.
        device: where kernels are multiplied.
        memory: free memory in bytes; asked of the machine if None.
        device_memory: that of a device other than the processor; asked of it if None.

    Raises:
        BenchError: it needs more than is free, or a whole matrix of too many sequences.
    """
    _refuse_large_matrix(need)
    free = psutil.virtual_memory().available if memory is None else memory
    if device == "cpu":
        return _most(need, [need.in_memory(n) for n in range(1, COLUMNS + 1)], free)
    _most(need, [need.in_memory(0)], free)
    if device_memory is None:
        import torch

        device_memory = torch.cuda.mem_get_info(device)[0]
    needs = [need.on_device(n) for n in range(1, MOST_ON_DEVICE + 1)]
    return _most(need, needs, int((1 - KEPT_FREE) * device_memory), f" on {device}")


def _most(need: Need, needs: list[int], free: int, where: str = "") -> int:
    """Return how many machines fit, given the bytes that 1, 2 and more of them need."""
    if needs[0] > free:
        raise BenchError(
            f"{need.sequences:,} sequences with {need.occurrences:,} {need.kernel.l}-mers and "
            f"{need.targets} targets need about {needs[0] / 1e9:.1f} GB, {free / 1e9:.1f} GB are "
            f"free{where}; expected a smaller l, fewer targets, or fewer negatives (max_negatives)"
        )
    fitting = sum(bytes_needed <= free for bytes_needed in needs)
    return max(1, min(fitting, need.targets))


def _refuse_large_matrix(need: Need) -> None:
    if need.kernel.is_rbf and need.sequences > MOST_SEQUENCES:
        raise BenchError(
            f"kernel {need.kernel.type:d} has a radial basis function, which keeps the whole "
            f"matrix: {need.sequences:,} sequences, expected at most {MOST_SEQUENCES:,}; kernels "
            "0, 1, 2 and 4 have no such limit"
        )

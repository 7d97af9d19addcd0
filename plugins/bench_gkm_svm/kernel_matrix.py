"""Normalised kernel values, written out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.context import silent
from bench_gkm_svm.processor_product import COLUMNS, ProcessorProduct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.context import Progress
    from bench_gkm_svm.kernel import GkmKernel
    from bench_gkm_svm.lmers import LmerIndex


def kernel_columns(
    index: LmerIndex,
    kernel: GkmKernel,
    columns: Sequence[int] | NDArray[np.integer],
    progress: Progress = silent,
    rows: slice = slice(None),
) -> NDArray[np.float32]:
    """Return the kernel of indexed sequences with some of them, one product for each.

    Args:
        index: l-mers of all sequences.
        kernel: which kernel; a radial basis function is applied where it has one.
        columns: numbers of the sequences to compare with.
        progress: told how many columns are done.
        rows: the sequences that are compared; all of them if not given.

    Returns:
        float32 `(rows, len(columns))`; 0 (or its radial basis function) for a sequence without
        l-mers.
    """
    scale = index.scales
    product = ProcessorProduct(index, kernel, np.float64)
    chosen = np.asarray(columns, dtype=np.int64)
    values = np.empty((len(chosen), len(scale[rows])), np.float32)
    for first in range(0, len(chosen), COLUMNS):
        some = chosen[first : first + COLUMNS]
        units = np.zeros((len(index), len(some)))
        units[some, np.arange(len(some))] = scale[some]
        several = values[first : first + COLUMNS]
        several[:] = (product(units) * scale[:, None])[rows].T
        if kernel.is_rbf:
            several -= np.float32(1)
            several *= np.float32(kernel.gamma)
            np.exp(several, out=several)
        progress(first + len(some), len(chosen), "kernel matrix")
    return values.T

"""Normalised kernel values, written out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.context import silent
from bench_gkm_svm.processor_product import ProcessorProduct

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
) -> NDArray[np.float32]:
    """Return the kernel of all indexed sequences with some of them, one product for each.

    Args:
        index: l-mers of all sequences.
        kernel: which kernel; a radial basis function is applied where it has one.
        columns: numbers of the sequences to compare with.
        progress: told how many columns are done.

    Returns:
        float32 `(n, len(columns))`; 0 (or its radial basis function) for a sequence without l-mers.
    """
    scale = index.scales
    product = ProcessorProduct(index, kernel, np.float64)
    values = np.empty((len(columns), len(index)), np.float32)
    unit = np.zeros((len(index), 1))
    for row, column in enumerate(columns):
        unit[column] = scale[column]
        values[row] = product(unit)[:, 0] * scale
        unit[column] = 0
        progress(row + 1, len(columns), "kernel matrix")
    if kernel.is_rbf:
        np.exp(kernel.gamma * (values - np.float32(1)), out=values)
    return values.T

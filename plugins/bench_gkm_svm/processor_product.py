"""Products of the unnormalised kernel matrix with vectors, on the processor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bench_gkm_svm.compiled import compiled, compiled_parallel
from bench_gkm_svm.lmer_table import LmerTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench_gkm_svm.kernel import GkmKernel
    from bench_gkm_svm.lmers import LmerIndex


class ProcessorProduct:
    """Multiplies by the kernel matrix of indexed sequences, one vector after another.

    Args:
        index: l-mers of the sequences.
        kernel: which kernel.
        dtype: float32 or float64, of the tables.
    """

    def __init__(
        self, index: LmerIndex, kernel: GkmKernel, dtype: type[np.floating] = np.float32
    ) -> None:
        self._index = index
        self._dtype = dtype
        self._table = LmerTable(kernel, dtype)
        self._weighted = index.weights is not None
        self._weights = np.ones(1, np.uint8) if index.weights is None else index.weights
        self._word_starts, order = by_word(index.words, len(index.lmers))
        self._sequences = sequence_of(order, index.starts)
        self._word_weights = self._weights[order] if self._weighted else self._weights

    def __call__(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the products, float64 `(n, columns)`, for `vectors` `(n, columns)`."""
        products = np.empty(vectors.shape)
        for column in range(vectors.shape[1]):
            products[:, column] = self._of_sequences(self._word_products(vectors[:, column]))
        return products

    def lmer_weights(self, vector: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the weight of each of all `4**l` l-mers, for one value per sequence.

        The sum of the weights of a sequence's l-mers is the product of its row of the matrix.
        """
        self._word_products(vector)
        return self._table.every_lmer()

    def _word_products(self, vector: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the product of each l-mer that occurs with all of the sequences'."""
        sums = sum_by_word(
            np.ascontiguousarray(vector, dtype=self._dtype),
            self._sequences,
            self._word_starts,
            self._word_weights,
            self._weighted,
        )
        return self._table.products(self._index, sums)

    def _of_sequences(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        index = self._index
        return sum_by_sequence(values, index.words, index.starts, self._weights, self._weighted)


@compiled
def by_word(words: NDArray[np.int32], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the occurrences of each word begin in an order by word, and that order."""
    starts = np.zeros(count + 1, np.int64)
    for word in words:
        starts[word + 1] += 1
    for word in range(count):
        starts[word + 1] += starts[word]
    order = np.empty(len(words), np.int64)
    filled = starts[:-1].copy()
    for occurrence in range(len(words)):
        word = words[occurrence]
        order[filled[word]] = occurrence
        filled[word] += 1
    return starts, order


def sequence_of(order: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the sequence of each occurrence in an order."""
    sequences = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    return sequences[order]


@compiled_parallel
def sum_by_word(
    vector: NDArray[np.floating],
    sequences: NDArray[np.int32],
    starts: NDArray[np.int64],
    weights: NDArray[np.uint8],
    weighted: bool,
) -> NDArray[np.floating]:
    """Sum the values of the sequences in which each word stands."""
    sums = np.empty(len(starts) - 1, vector.dtype)
    for word in prange(len(starts) - 1):
        total = 0.0
        for occurrence in range(starts[word], starts[word + 1]):
            value = vector[sequences[occurrence]]
            if weighted:
                value *= weights[occurrence]
            total += value
        sums[word] = total
    return sums


@compiled_parallel
def sum_by_sequence(
    values: NDArray[np.floating],
    words: NDArray[np.int32],
    starts: NDArray[np.int64],
    weights: NDArray[np.uint8],
    weighted: bool,
) -> NDArray[np.float64]:
    """Sum the values of the words of each sequence."""
    sums = np.empty(len(starts) - 1)
    for sequence in prange(len(starts) - 1):
        total = 0.0
        for occurrence in range(starts[sequence], starts[sequence + 1]):
            value = values[words[occurrence]]
            if weighted:
                value *= weights[occurrence]
            total += value
        sums[sequence] = total
    return sums

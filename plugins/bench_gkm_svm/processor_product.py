"""Products of the unnormalised kernel matrix with vectors, on the processor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numba import prange

from bench.data.compiled import compiled, compiled_parallel
from bench_gkm_svm.lmer_table import LmerTables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench_gkm_svm.kernel import GkmKernel
    from bench_gkm_svm.lmers import LmerIndex


COLUMNS = 8
"""Vectors that are best multiplied in one pass: more are no faster per vector."""


@dataclass(frozen=True, slots=True)
class WordOrder:
    """Occurrences in the order of their words.

    Attributes:
        starts: where each word begins, and the end, int64 `(words + 1,)`.
        sequences: of each occurrence, int32.
        weights: of each occurrence, uint8; of no meaning where all are 1.
    """

    starts: NDArray[np.int64]
    sequences: NDArray[np.int32]
    weights: NDArray[np.uint8]

    @classmethod
    def of(cls, index: LmerIndex) -> Self:
        """Order the occurrences of an index."""
        weighted = index.weights is not None
        weights = occurrence_weights(index)
        return cls(*order_by_word(index.words, index.starts, weights, weighted, len(index.places)))


def occurrence_weights(index: LmerIndex) -> NDArray[np.uint8]:
    """Return the weights of occurrences, or one number of no meaning where all are 1."""
    return np.ones(1, np.uint8) if index.weights is None else index.weights


class ProcessorProduct:
    """Multiplies by the kernel matrix of indexed sequences, all vectors in one pass.

    Args:
        index: l-mers of the sequences.
        kernel: which kernel.
        dtype: float32 or float64, of the tables.
        order: the occurrences by word, if they were ordered before.
    """

    def __init__(
        self,
        index: LmerIndex,
        kernel: GkmKernel,
        dtype: type[np.floating] = np.float32,
        order: WordOrder | None = None,
    ) -> None:
        self._index = index
        self._kernel = kernel
        self._dtype = dtype
        self._order = order or WordOrder.of(index)
        self._tables = LmerTables(kernel, dtype)

    def exact(self) -> ProcessorProduct:
        """Return a product with tables in float64, and the same index."""
        return ProcessorProduct(self._index, self._kernel, np.float64, self._order)

    def __call__(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the products, float64 `(n, columns)`, for `vectors` `(n, columns)`."""
        index = self._index
        values = self._fill_tables(vectors)
        self._tables.take(index, values)
        weighted, weights = index.weights is not None, occurrence_weights(index)
        return sum_by_sequence(values, index.words, index.starts, weights, weighted)

    def table(self, vector: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the weight of the l-mer at each place of a table, for one value per sequence.

        The sum of the weights of a sequence's l-mers is the product of its row of the matrix.
        """
        self._fill_tables(vector[:, None])
        table: NDArray[np.floating] = self._tables.values[0].copy()
        return table

    def _fill_tables(self, vectors: NDArray[np.floating]) -> NDArray[np.floating]:
        """Let the tables hold the products of l-mers with all of the sequences'.

        Returns:
            An array `(words, columns)` of no further meaning, for values of l-mers.
        """
        order = self._order
        sums = sum_by_word(
            np.ascontiguousarray(vectors, dtype=self._dtype),
            order.sequences,
            order.starts,
            order.weights,
            self._index.weights is not None,
        )
        self._tables.multiply(self._index, sums)
        return sums


@compiled
def order_by_word(
    words: NDArray[np.int32],
    starts: NDArray[np.int64],
    weights: NDArray[np.uint8],
    weighted: bool,
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]:
    """Return where each word begins in an order by word, and sequences and weights in it."""
    word_starts = np.zeros(count + 1, np.int64)
    for word in words:
        word_starts[word + 1] += 1
    for word in range(count):
        word_starts[word + 1] += word_starts[word]
    filled = word_starts[:-1].copy()
    sequences = np.empty(len(words), np.int32)
    ordered_weights = np.empty(len(words) if weighted else 1, np.uint8)
    for sequence in range(len(starts) - 1):
        for occurrence in range(starts[sequence], starts[sequence + 1]):
            place = filled[words[occurrence]]
            filled[words[occurrence]] += 1
            sequences[place] = sequence
            if weighted:
                ordered_weights[place] = weights[occurrence]
    return word_starts, sequences, ordered_weights


@compiled_parallel
def sum_by_word(
    vectors: NDArray[np.floating],
    sequences: NDArray[np.int32],
    starts: NDArray[np.int64],
    weights: NDArray[np.uint8],
    weighted: bool,
) -> NDArray[np.floating]:
    """Sum the rows of the sequences in which each word stands, `(words, columns)`."""
    columns = vectors.shape[1]
    sums = np.zeros((len(starts) - 1, columns), vectors.dtype)
    for word in prange(len(starts) - 1):
        if columns == 1:
            total = 0.0
            for occurrence in range(starts[word], starts[word + 1]):
                value = vectors[sequences[occurrence], 0]
                total += value * weights[occurrence] if weighted else value
            sums[word, 0] = total
        else:
            for occurrence in range(starts[word], starts[word + 1]):
                weight = vectors.dtype.type(weights[occurrence] if weighted else 1)
                sequence = sequences[occurrence]
                for column in range(columns):
                    sums[word, column] += weight * vectors[sequence, column]
    return sums


@compiled_parallel
def sum_by_sequence(
    values: NDArray[np.floating],
    words: NDArray[np.int32],
    starts: NDArray[np.int64],
    weights: NDArray[np.uint8],
    weighted: bool,
) -> NDArray[np.float64]:
    """Sum the rows of the words of each sequence, `(n, columns)`."""
    columns = values.shape[1]
    sums = np.zeros((len(starts) - 1, columns))
    for sequence in prange(len(starts) - 1):
        if columns == 1:
            total = 0.0
            for occurrence in range(starts[sequence], starts[sequence + 1]):
                value = values[words[occurrence], 0]
                total += value * weights[occurrence] if weighted else value
            sums[sequence, 0] = total
        else:
            for occurrence in range(starts[sequence], starts[sequence + 1]):
                weight = np.float64(weights[occurrence] if weighted else 1)
                word = words[occurrence]
                for column in range(columns):
                    sums[sequence, column] += weight * values[word, column]
    return sums

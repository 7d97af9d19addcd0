"""The spectrum and weighted spectrum features of Lee, Karchin & Beer 2011."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.kmers import canonical_columns, count_kmers, kmer_count, unit_rows
from bench.interface import BenchError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from bench.interface import CodeArray, Examples, FloatArray

SMALLEST_K = 3
LARGEST_K = 10


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Unit-norm counts of canonical k-mers for each k from `k` to `k_max`.

    The product of two rows is the kernel: for one k the cosine of the two count vectors, for
    several k the mean of their cosines. `k_max` of 0 stands for `k` alone. `length` bp are read
    around an item's centre, 0 for its own interval.

    Raises:
        BenchError: `k`, `k_max` or `length` is out of range.
    """

    k: int
    k_max: int = 0
    length: int = 0

    def __post_init__(self) -> None:
        """Refuse lengths that make no sense."""
        if not SMALLEST_K <= self.k <= LARGEST_K:
            raise BenchError(f"k is {self.k}, expected {SMALLEST_K} to {LARGEST_K}")
        if self.k_max != 0 and not self.k <= self.k_max <= LARGEST_K:
            raise BenchError(f"k_max is {self.k_max}, expected 0 or {self.k} to {LARGEST_K}")
        if self.length < 0:
            raise BenchError(f"length is {self.length}, expected 0 or more")

    @property
    def lengths(self) -> range:
        """The lengths of the k-mers."""
        return range(self.k, max(self.k, self.k_max) + 1)

    @property
    def columns(self) -> int:
        """Number of features."""
        return sum(kmer_count(k) for k in self.lengths)

    def of_codes(self, codes: CodeArray) -> csr_array:
        """Return the features of sequences: `(n, length)` codes to `(n, columns)` float32."""
        from scipy.sparse import hstack

        blocks = [unit_rows(count_kmers(codes, k)) for k in self.lengths]
        if len(blocks) == 1:
            return blocks[0]
        weight = np.float32(1 / np.sqrt(len(blocks)))
        joined: csr_array = hstack([block * weight for block in blocks], format="csr")
        return joined

    def of_examples(self, examples: Examples) -> csr_array:
        """Return the features of what is read of each item."""
        return self.of_codes(examples.windows(self.length or None))

    def kmer_weights(self, weights: FloatArray) -> FloatArray:
        """Return the weight of every longest k-mer by its number, with that of those within.

        Args:
            weights: of the features, `(columns,)`.
        """
        longest = self.lengths[-1]
        numbers = np.arange(4**longest)
        total, start = np.zeros(len(numbers)), 0
        for k in self.lengths:
            own = weights[start : start + kmer_count(k)][canonical_columns(k)]
            start += kmer_count(k)
            for place in range(longest - k + 1):
                total += own[(numbers >> 2 * (longest - k - place)) % 4**k]
        return total

"""Products of the unnormalised kernel matrix with many vectors at once, on any torch device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import torch
from torch.nn.functional import embedding_bag

from bench_gkm_svm.processor_product import WordOrder, occurrence_weights
from bench_gkm_svm.transform import SimilarityTransform

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from bench_gkm_svm.kernel import GkmKernel
    from bench_gkm_svm.lmers import LmerIndex


@dataclass(frozen=True, slots=True)
class DeviceIndex:
    """An index of l-mers on a device: l-mers as int64, rows and starts as int32 or int64."""

    lmers: Tensor
    partners: Tensor
    words: Tensor
    starts: Tensor
    weights: Tensor | None
    sequences_by_word: Tensor
    word_starts: Tensor
    weights_by_word: Tensor | None

    @classmethod
    def of(cls, index: LmerIndex, device: str) -> Self:
        """Copy an index to a device."""

        def there(array: NDArray[np.integer]) -> Tensor:
            return torch.from_numpy(array).to(device)

        order = WordOrder.of(index)
        weighted = index.weights is not None
        # Rows and starts have one type, which is int32 as long as that holds the last start.
        whole = np.int32 if len(index.words) <= np.iinfo(np.int32).max else np.int64
        return cls(
            lmers=there(index.lmers.astype(np.int64)),
            partners=there(index.partners.astype(np.int64)),
            words=there(index.words.astype(whole)),
            starts=there(index.starts.astype(whole)),
            weights=there(occurrence_weights(index)) if weighted else None,
            sequences_by_word=there(order.sequences.astype(whole)),
            word_starts=there(order.starts.astype(whole)),
            weights_by_word=there(order.weights) if weighted else None,
        )


class TorchProduct:
    """Multiplies by the kernel matrix of indexed sequences.

    Args:
        index: l-mers of the sequences, on the device that multiplies.
        kernel: which kernel.
        dtype: float32 or float64, of the tables.
    """

    def __init__(
        self, index: DeviceIndex, kernel: GkmKernel, dtype: torch.dtype = torch.float32
    ) -> None:
        self._index = index
        self._kernel = kernel
        self._dtype = dtype
        self._transform = SimilarityTransform(kernel.coefficients, str(index.words.device), dtype)

    def exact(self) -> TorchProduct:
        """Return a product with tables in float64, and the same index."""
        return TorchProduct(self._index, self._kernel, torch.float64)

    def __call__(self, vectors: Tensor) -> Tensor:
        """Return the products, float64 `(n, columns)`, for `vectors` `(n, columns)`."""
        index = self._index
        values = self.lmer_weights(vectors)[index.lmers]
        return _sums_of_rows(values, index.words, index.starts, index.weights).double()

    def lmer_weights(self, vectors: Tensor) -> Tensor:
        """Return the weight of all `4**l` l-mers by their numbers, `(4**l, columns)`."""
        index = self._index
        values = vectors.to(self._dtype)
        sums = _sums_of_rows(
            values, index.sequences_by_word, index.word_starts, index.weights_by_word
        )
        table = sums.new_zeros(4**self._kernel.l, sums.shape[1])
        # Each l-mer stands once among the first, and once among the others.
        table[index.lmers] = sums
        if self._kernel.both_strands:
            table[index.partners] += sums
        return self._transform(table)


def _sums_of_rows(values: Tensor, rows: Tensor, starts: Tensor, weights: Tensor | None) -> Tensor:
    """Sum the rows of `values` that `rows` names, from each start to the next."""
    if not len(rows):
        return values.new_zeros(len(starts) - 1, values.shape[1])
    return embedding_bag(
        rows,
        values.contiguous(),
        starts,
        mode="sum",
        per_sample_weights=None if weights is None else weights.to(values.dtype),
        include_last_offset=True,
    )

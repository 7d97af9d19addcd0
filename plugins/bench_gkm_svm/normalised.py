"""The normalised kernel matrix of many sequences, as a product with vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
import torch

from bench_gkm_svm.places import lmers_at, table_size
from bench_gkm_svm.processor_product import ProcessorProduct
from bench_gkm_svm.torch_product import DeviceIndex, TorchProduct

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from bench_gkm_svm.kernel import GkmKernel
    from bench_gkm_svm.lmers import LmerIndex


class KernelProduct(Protocol):
    """A kernel matrix that multiplies vectors."""

    def __call__(self, vectors: Tensor) -> Tensor:
        """Return the products, float64 `(n, columns)`, for `vectors` float64 `(n, columns)`."""

    def exact(self) -> KernelProduct:
        """Return the same matrix with products in float64."""


class NormalisedProduct:
    """Multiplies by the normalised kernel matrix of indexed sequences.

    Args:
        product: the matrix that is not normalised.
        scales: one over the norm of each sequence, float64 `(n,)`, on the device of the product.
        kernel: which kernel, without its radial basis function.
    """

    def __init__(
        self, product: ProcessorProduct | TorchProduct, scales: Tensor, kernel: GkmKernel
    ) -> None:
        self._product = product
        self._scales = scales
        self._kernel = kernel

    @classmethod
    def of(cls, index: LmerIndex, kernel: GkmKernel, device: str = "cpu") -> Self:
        """Make the product for a device.

        On the processor compiled loops multiply, which several threads share; elsewhere torch.
        """
        scales = torch.from_numpy(index.scales).to(device)
        if device == "cpu":
            return cls(ProcessorProduct(index, kernel), scales, kernel)
        return cls(TorchProduct(DeviceIndex.of(index, device), kernel), scales, kernel)

    def exact(self) -> NormalisedProduct:
        """Return the same matrix with products in float64."""
        return NormalisedProduct(self._product.exact(), self._scales, self._kernel)

    def __call__(self, vectors: Tensor) -> Tensor:
        """Return the products, float64 `(n, columns)`, for `vectors` float64 `(n, columns)`."""
        scaled = vectors * self._scales[:, None]
        if isinstance(self._product, TorchProduct):
            products = self._product(scaled)
        else:
            products = torch.from_numpy(self._product(scaled.numpy()))
        return products * self._scales[:, None]

    def table(self, beta: Tensor) -> NDArray[np.float32]:
        """Return the weights of l-mers by their places, for the coefficients of a machine.

        The sum over a sequence's l-mers, divided by its norm, is its decision value plus rho.
        """
        scaled = beta * self._scales
        if isinstance(self._product, TorchProduct):
            weights = self._product.lmer_weights(scaled[:, None])[:, 0].cpu().numpy()
            places = np.arange(table_size(self._kernel), dtype=np.int32)
            return weights[lmers_at(places, self._kernel)].astype(np.float32)
        return self._product.table(scaled.numpy()).astype(np.float32)


class DenseProduct:
    """Multiplies by a kernel matrix that is written out."""

    def __init__(self, matrix: NDArray[np.float32], device: str = "cpu") -> None:
        self._matrix = torch.from_numpy(np.ascontiguousarray(matrix)).to(device)

    def __call__(self, vectors: Tensor) -> Tensor:
        """Return the products, float64 `(n, columns)`, for `vectors` float64 `(n, columns)`."""
        return (self._matrix @ vectors.to(self._matrix.dtype)).double()

    def exact(self) -> DenseProduct:
        """Return itself: its float32 values are what is solved."""
        return self

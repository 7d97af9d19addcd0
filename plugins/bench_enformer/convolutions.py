"""Enformer's convolutions, each with the normalisation and the non-linearity that stand before it.

Without gradients nothing of what lies between is needed later, and a pass over the memory costs
about as much as the arithmetic: there the same is computed in place, with fewer passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

GELU_SCALE = 1.702


class Gelu(nn.Module):
    """`x * sigmoid(1.702 x)`, an approximation of GELU (Hendrycks and Gimpel, arXiv:1606.08415)."""

    def forward(self, values: Tensor) -> Tensor:
        """Return values of the same shape."""
        # One fused function, of which the gradient needs a single array.
        return functional.silu(GELU_SCALE * values) / GELU_SCALE


class PointwiseConvolution(nn.Conv1d):
    """A convolution of width 1, on a CPU as the matrix product that it is."""

    def __init__(self, inputs: int, outputs: int, *, bias: bool = True) -> None:
        super().__init__(inputs, outputs, 1, bias=bias)

    def forward(self, values: Tensor) -> Tensor:
        """Return `(n, outputs, length)`."""
        if torch.is_grad_enabled() or values.device.type != "cpu":
            return super().forward(values)
        weight = self.weight[:, :, 0].expand(len(values), -1, -1)
        if self.bias is None:
            return torch.bmm(weight, values)
        return torch.baddbmm(self.bias[:, None], weight, values)


class NormalisedConvolution(nn.Sequential):
    """Normalisation, non-linearity and a convolution that keeps the length."""

    def __init__(self, inputs: int, outputs: int, width: int) -> None:
        convolution = (
            PointwiseConvolution(inputs, outputs)
            if width == 1
            else nn.Conv1d(inputs, outputs, width, padding=width // 2)
        )
        super().__init__(nn.BatchNorm1d(inputs), Gelu(), convolution)

    def forward(self, values: Tensor) -> Tensor:
        """Return `(n, outputs, length)`."""
        if self.training or torch.is_grad_enabled():
            output: Tensor = super().forward(values)  # type: ignore[no-untyped-call]
            return output
        norm = cast("nn.BatchNorm1d", self[0])
        # The non-linearity's factor is one of the normalisation's.
        active = functional.batch_norm(
            values, norm.running_mean, norm.running_var, GELU_SCALE * norm.weight,
            GELU_SCALE * norm.bias, training=False, eps=norm.eps,
        )  # fmt: skip
        active = functional.silu(active, inplace=True).div_(GELU_SCALE)
        convolved: Tensor = self[2](active)
        return convolved

"""Enformer's convolutions, each with the normalisation and the non-linearity that stand before it.

Without gradients nothing of what lies between is needed later, and a pass over the memory costs
about as much as the arithmetic: there the same is computed in place, with fewer passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

from bench.interface import device_kind
from bench_enformer.channel_maps import maps_for
from bench_enformer.fused_convolutions import (
    GELU_SCALE,
    dtype_of_products,
    normalised_convolution,
    reads_rows,
)

if TYPE_CHECKING:
    from torch import Tensor


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


class StemConvolution(nn.Conv1d):
    """The first convolution, of four inputs, on a GPU as a product of matrices.

    Kernels for convolutions are made for many inputs.
    """

    def forward(self, values: Tensor) -> Tensor:
        """Return `(n, outputs, length)`."""
        if not reads_rows(values):
            return super().forward(values)
        width, kind = self.kernel_size[0], dtype_of_products(values)
        # A place more than the width, of weight 0, lets rows of windows begin at multiples of 16
        # bytes.
        padded = functional.pad(values.transpose(1, 2).to(kind), (0, 0, width // 2, width // 2 + 1))
        windows = padded.unfold(1, width + 1, 1).flatten(2)
        weight = functional.pad(self.weight, (0, 1)).flatten(1)
        return functional.linear(windows, weight, self.bias).transpose(1, 2)


class NormalisedConvolution(nn.Sequential):
    """Normalisation, non-linearity and a convolution that keeps the length.

    Args:
        inputs, outputs: channels.
        width: of the convolution in positions, odd.
        residual: whether the input is added to the output.
    """

    def __init__(self, inputs: int, outputs: int, width: int, *, residual: bool = False) -> None:
        convolution = (
            PointwiseConvolution(inputs, outputs)
            if width == 1
            else nn.Conv1d(inputs, outputs, width, padding=width // 2)
        )
        super().__init__(nn.BatchNorm1d(inputs), Gelu(), convolution)
        self._residual = residual

    @property
    def part(self) -> str | None:
        """What the profiler counts its time as: on a GPU all of it as that of a convolution."""
        return "convolution" if device_kind(cast("nn.Conv1d", self[2]).weight) == "cuda" else None

    def forward(self, values: Tensor) -> Tensor:
        """Return `(n, outputs, length)`."""
        # Another kind of normalisation, such as one over several GPUs, computes for itself.
        if reads_rows(values) and type(self[0]) is nn.BatchNorm1d:
            return self._of_rows(values.transpose(1, 2).contiguous()).transpose(1, 2)
        if self.training or torch.is_grad_enabled():
            output: Tensor = super().forward(values)  # type: ignore[no-untyped-call]
            return values + output if self._residual else output
        norm = cast("nn.BatchNorm1d", self[0])
        # The non-linearity's factor is one of the normalisation's.
        active = functional.batch_norm(
            values, norm.running_mean, norm.running_var, GELU_SCALE * norm.weight,
            GELU_SCALE * norm.bias, training=False, eps=norm.eps,
        )  # fmt: skip
        active = functional.silu(active, inplace=True).div_(GELU_SCALE)
        convolved: Tensor = self[2](active)
        return convolved.add_(values) if self._residual else convolved

    def _of_rows(self, values: Tensor) -> Tensor:
        """Return `(n, length, outputs)` of `(n, length, inputs)`."""
        norm, convolution = cast("nn.BatchNorm1d", self[0]), cast("nn.Conv1d", self[2])
        return normalised_convolution(
            values, (*statistics(norm, values), norm.weight, norm.bias), convolution.weight,
            cast("Tensor", convolution.bias), epsilon=norm.eps, of_batch=norm.training,
            residual=self._residual,
        )  # fmt: skip


@torch.no_grad()
def statistics(norm: nn.BatchNorm1d, values: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean and variance that values `(n, length, channels)` are normalised with.

    In training they are those of the values, of which a normalisation keeps a moving mean.
    """
    running = cast("Tensor", norm.running_mean), cast("Tensor", norm.running_var)
    if not norm.training:
        return running
    rows = values.numel() // values.shape[-1]
    if rows == 1:
        # As torch's own layer says.
        raise ValueError(f"Expected more than 1 value per channel when training, got {rows}")
    found = maps_for(values).moments(values)
    momentum = cast("float", norm.momentum)
    for kept, new in zip(running, (found[0], found[1] * (rows / (rows - 1))), strict=True):
        kept.lerp_(new.to(kept.dtype), momentum)
    cast("Tensor", norm.num_batches_tracked).add_(1)
    return found

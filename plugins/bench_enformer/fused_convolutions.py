"""Enformer's convolutions and pooling for a GPU, with gradients that keep little.

Values are `(n, length, channels)`: a position's channels lie together, so that a convolution of
width 1 is one product of matrices, others are what tensor cores read without a copy, and all that
lies between two of them is a pass or two over the memory (`channel_maps`). Of what is made on the
way to a convolution nothing is kept: it is made again for the gradients, by one pass.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional

from bench.interface import device_kind
from bench_enformer.channel_maps import maps_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

GELU_SCALE = 1.702
NONE_OUT = [0, 0]
"""What torch wants to know of transposed convolutions."""


def reads_rows(values: Tensor) -> bool:
    """Whether values are convolved here: on a GPU, unless torch's compiler makes its kernels."""
    return device_kind(values) == "cuda" and not torch.compiler.is_compiling()


def dtype_of_products(values: Tensor) -> torch.dtype:
    """Return the type in which products are computed: that of autocast where it is on."""
    kind = values.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else values.dtype


def normalised_convolution(
    values: Tensor,
    norm: tuple[Tensor, Tensor, Tensor, Tensor],
    weight: Tensor,
    bias: Tensor,
    *,
    epsilon: float,
    of_batch: bool,
    residual: bool,
) -> Tensor:
    """Return a convolution, of the same length, of normalised values after `x sigmoid(1.702 x)`.

    Args:
        values: `(n, length, inputs)`.
        norm: mean and variance, both without gradient, weight and bias: `(inputs,)` each.
        weight: `(outputs, inputs, width)`, of an odd width.
        bias: `(outputs,)`.
        epsilon: added to the variance.
        of_batch: whether mean and variance are those of the values.
        residual: whether the values are added.

    Returns:
        `(n, length, outputs)`.
    """
    kind = dtype_of_products(values)
    output: Tensor = _NormalisedConvolution.apply(  # type: ignore[no-untyped-call]
        values, *norm, weight, bias, epsilon, of_batch, residual, kind
    )
    return output


def pooling(values: Tensor, weight: Tensor) -> Tensor:
    """Return means of pairs of positions, weighted by the sigmoid of a map of their difference.

    Args:
        values: `(n, length, channels)`, of an even length.
        weight: `(channels, channels)`.

    Returns:
        `(n, length / 2, channels)`.
    """
    output: Tensor = _Pooling.apply(values, weight, dtype_of_products(values))  # type: ignore[no-untyped-call]
    return output


class _NormalisedConvolution(Function):
    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401  torch's own
        values: Tensor,
        mean: Tensor,
        variance: Tensor,
        norm_weight: Tensor,
        norm_bias: Tensor,
        weight: Tensor,
        bias: Tensor,
        epsilon: float,
        of_batch: bool,
        residual: bool,
        kind: torch.dtype,
    ) -> Tensor:
        spread = torch.rsqrt(variance + epsilon)
        scale = GELU_SCALE * norm_weight * spread
        shift = GELU_SCALE * norm_bias - scale * mean
        hidden = maps_for(values).activated(values, scale, shift, kind)
        output = _convolved(hidden, (weight / GELU_SCALE).to(kind), bias.to(kind))
        if residual:
            output += values
        ctx.save_for_backward(values, mean, spread, scale, shift, weight)
        ctx.of_batch, ctx.residual, ctx.kind = of_batch, residual, kind
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        values, mean, spread, scale, shift, weight = ctx.saved_tensors
        gradient = gradient.contiguous()
        maps = maps_for(values)
        of_hidden, of_weight, of_bias = _convolution_gradients(
            gradient,
            partial(maps.activated, values, scale, shift, ctx.kind),
            (weight / GELU_SCALE).to(ctx.kind),
        )
        plain, weighed = maps.gradient_sums(values, of_hidden, scale, shift, mean, spread)
        slope = scale * spread * weighed if ctx.of_batch else torch.zeros_like(scale)
        offset = scale * plain - slope * mean if ctx.of_batch else torch.zeros_like(scale)
        rows = values.numel() // values.shape[-1]
        of_values = maps.input_gradient(
            values, of_hidden, gradient if ctx.residual else None, scale, shift, offset / rows,
            slope / rows,
        )  # fmt: skip
        return (
            of_values, None, None, GELU_SCALE * weighed, GELU_SCALE * plain,
            of_weight.to(weight.dtype) / GELU_SCALE, of_bias.to(weight.dtype),
            None, None, None, None,
        )  # fmt: skip


class _Pooling(Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, weight: Tensor, kind: torch.dtype) -> Tensor:  # noqa: ANN401
        differences = maps_for(values).differences(values, kind)
        logits = functional.linear(differences, weight.to(kind))
        ctx.save_for_backward(values, logits, weight)
        ctx.kind = kind
        return maps_for(values).pooled(values, logits)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        values, logits, weight = ctx.saved_tensors
        maps = maps_for(values)
        gradient = gradient.contiguous()
        differences, dtype = maps.differences(values, ctx.kind), values.dtype
        # What is not needed any more is let go, since all of these are large.
        del values
        of_logits = maps.logit_gradient(differences, logits, gradient)
        rows = of_logits.flatten(0, 1)
        of_weight = rows.T @ differences.flatten(0, 1)
        del differences
        of_difference = (rows @ weight.to(ctx.kind)).view_as(of_logits)
        del of_logits, rows
        of_values = maps.pair_gradient(logits, gradient, of_difference).to(dtype)
        return of_values, of_weight.to(weight.dtype), None


def _convolved(values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if weight.shape[-1] == 1:
        return functional.linear(values, weight[..., 0], bias)
    width = weight.shape[-1]
    output = functional.conv2d(_as_image(values), _as_filter(weight), bias, padding=(0, width // 2))
    return _as_rows(output)


def _convolution_gradients(
    gradient: Tensor, made: Callable[[], Tensor], weight: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of a convolution by its input, its weights and its bias.

    Args:
        gradient: by the output.
        made: makes the input, which takes much room, and is let go where it is not needed any more.
        weight: of the convolution.
    """
    precise = torch.promote_types(gradient.dtype, torch.float32)
    of_bias = gradient.flatten(0, 1).sum(dim=0, dtype=precise)
    width = weight.shape[-1]
    if width == 1:
        rows = gradient.flatten(0, 1)
        of_weight = (rows.T @ made().flatten(0, 1))[..., None]
        return (rows @ weight[..., 0]).view(*gradient.shape[:2], -1), of_weight, of_bias
    of_image, of_filter, _ = torch.ops.aten.convolution_backward(
        _as_image(gradient), _as_image(made()), _as_filter(weight), None, [1, 1], [0, width // 2],
        [1, 1], False, NONE_OUT, 1, [True, True, False],
    )  # fmt: skip
    return _as_rows(of_image), of_filter[:, :, 0], of_bias


def _as_image(values: Tensor) -> Tensor:
    """View `(n, length, channels)` as `(n, channels, 1, length)` with channels last in memory."""
    return values[:, None].permute(0, 3, 1, 2)


def _as_filter(weight: Tensor) -> Tensor:
    return weight[:, :, None].contiguous(memory_format=torch.channels_last)


def _as_rows(image: Tensor) -> Tensor:
    return image.permute(0, 2, 3, 1)[:, 0].contiguous()

"""What lies between Enformer's convolutions, a position's channels side by side in memory.

Values are `(n, length, channels)`, and each channel has a map of its own. These functions say in
torch's operators what `channel_kernels` computes on a GPU in one pass over the memory each.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol, cast

import torch
from torch.nn import functional

from bench_enformer.kernels import has_kernels, has_no_values

if TYPE_CHECKING:
    from torch import Tensor


class _ChannelMaps(Protocol):
    """The functions of this module, or those of `channel_kernels`."""

    def activated(
        self, values: Tensor, scale: Tensor, shift: Tensor, dtype: torch.dtype
    ) -> Tensor: ...

    def moments(self, values: Tensor) -> tuple[Tensor, Tensor]: ...

    def gradient_sums(
        self,
        values: Tensor,
        gradient: Tensor,
        scale: Tensor,
        shift: Tensor,
        mean: Tensor,
        spread: Tensor,
    ) -> tuple[Tensor, Tensor]: ...

    def input_gradient(
        self,
        values: Tensor,
        gradient: Tensor,
        added: Tensor | None,
        scale: Tensor,
        shift: Tensor,
        offset: Tensor,
        slope: Tensor,
    ) -> Tensor: ...

    def differences(self, values: Tensor, dtype: torch.dtype) -> Tensor: ...

    def pooled(self, values: Tensor, logits: Tensor) -> Tensor: ...

    def logit_gradient(self, differences: Tensor, logits: Tensor, gradient: Tensor) -> Tensor: ...

    def pair_gradient(self, logits: Tensor, gradient: Tensor, of_difference: Tensor) -> Tensor: ...


def maps_for(values: Tensor) -> _ChannelMaps:
    """Return what computes fastest where the values lie."""
    if has_kernels(values):
        if has_no_values(values):
            from bench_enformer import counted_kernels

            return counted_kernels
        from bench_enformer import channel_kernels

        return channel_kernels
    return cast("_ChannelMaps", sys.modules[__name__])


def activated(values: Tensor, scale: Tensor, shift: Tensor, dtype: torch.dtype) -> Tensor:
    """Return `silu(scale * values + shift)` in `dtype`; scale and shift are `(channels,)`."""
    return functional.silu(values * scale + shift).to(dtype)


def moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and variance, the mean square of differences from it, of each channel."""
    rows = values.flatten(0, -2).to(torch.promote_types(values.dtype, torch.float32))
    variance, mean = torch.var_mean(rows, dim=0, correction=0)
    return mean, variance


def gradient_sums(
    values: Tensor, gradient: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, spread: Tensor
) -> tuple[Tensor, Tensor]:
    """Return sums of the gradients by shift and by scale.

    Args:
        values: that `activated` was given.
        gradient: by what it returned.
        scale: that it was given.
        shift: that it was given.
        mean: of the values.
        spread: of the values, one over their standard deviation.

    Returns:
        The sums over positions of the gradient by `scale * values + shift`, and of the same times
        `(values - mean) * spread`.
    """
    inner = _slope(values, scale, shift) * gradient
    return (
        inner.flatten(0, -2).sum(dim=0),
        (inner * (values - mean) * spread).flatten(0, -2).sum(dim=0),
    )


def input_gradient(
    values: Tensor,
    gradient: Tensor,
    added: Tensor | None,
    scale: Tensor,
    shift: Tensor,
    offset: Tensor,
    slope: Tensor,
) -> Tensor:
    """Return the gradient by the values; `gradient` may be overwritten.

    Args:
        values: that `activated` was given.
        gradient: by what it returned.
        added: to the result, where it is not None.
        scale: that it was given.
        shift: that it was given.
        offset: taken off, with `slope * values`, which is what the values do through their mean and
            variance.
        slope: see offset.
    """
    result = scale * _slope(values, scale, shift) * gradient - offset - slope * values
    return (result if added is None else result + added).to(values.dtype)


def _slope(values: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    mapped = values * scale + shift
    part = torch.sigmoid(mapped)
    return part * (1 + mapped * (1 - part))


def differences(values: Tensor, dtype: torch.dtype) -> Tensor:
    """Return of each pair of positions what the second is more than the first, in `dtype`.

    Args:
        values: `(n, 2 * length, channels)`.
        dtype: of the result.
    """
    first, second = _pairs(values)
    return (second - first).to(dtype)


def pooled(values: Tensor, logits: Tensor) -> Tensor:
    """Return of each pair of positions the first and `sigmoid(logits)` of what the second is more.

    Args:
        values: `(n, 2 * length, channels)`.
        logits: `(n, length, channels)`.
    """
    first, second = _pairs(values)
    return torch.lerp(first, second, torch.sigmoid(logits))


def logit_gradient(differences: Tensor, logits: Tensor, gradient: Tensor) -> Tensor:
    """Return the gradient of `pooled` by the logits.

    Args:
        differences: within pairs, `(n, length, channels)`.
        logits: `(n, length, channels)`.
        gradient: by what it returned.
    """
    weights = torch.sigmoid(logits)
    return gradient * differences * weights * (1 - weights)


def pair_gradient(logits: Tensor, gradient: Tensor, of_difference: Tensor) -> Tensor:
    """Return the gradient of `pooled` by the values, `(n, 2 * length, channels)`.

    Args:
        logits: `(n, length, channels)`.
        gradient: by what it returned.
        of_difference: the gradient that reaches differences within pairs through the logits.
    """
    second = torch.addcmul(of_difference, gradient, torch.sigmoid(logits))
    return torch.stack((gradient - second, second), dim=2).flatten(1, 2)


def _pairs(values: Tensor) -> tuple[Tensor, Tensor]:
    first, second = torch.unflatten(values, 1, (-1, 2)).unbind(2)
    return first, second

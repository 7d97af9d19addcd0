"""Attention pooling: pairs of positions become one, each channel with weights of its own."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.interface import device_kind
from bench_enformer.convolutions import PointwiseConvolution
from bench_enformer.fused_convolutions import pooling, reads_rows


class AttentionPool(nn.Module):
    """Halve the length: `(n, channels, length)` to `(n, channels, ceil(length / 2))`.

    The weights of a pair are the softmax of a linear map of its channels (Avsec et al. 2021,
    Methods). Over two positions that is a sigmoid of the difference of the two maps, which is the
    map of the difference: one map of half of the positions, with the same result. A last position
    without a partner stays as it is.

    Args:
        channels: of the values.
        as_published: compute the softmax of both maps.
    """

    def __init__(self, channels: int, *, as_published: bool = False) -> None:
        super().__init__()
        self._as_published = as_published
        self.logits = PointwiseConvolution(channels, channels, bias=False)
        with torch.no_grad():
            # Twice the identity: at first the larger value has the larger weight.
            self.logits.weight.copy_(2 * torch.eye(channels)[:, :, None])

    @property
    def part(self) -> str | None:
        """What the profiler counts its time as: on a GPU all of it as that of a convolution."""
        return "convolution" if device_kind(self.logits.weight) == "cuda" else None

    def forward(self, values: Tensor) -> Tensor:
        """Return weighted means of pairs."""
        if self._as_published:
            return self._softmax(values)
        if values.shape[-1] % 2:
            # Equal to the last one, the partner adds nothing.
            values = torch.cat((values, values[..., -1:]), dim=-1)
        if reads_rows(values):
            weight = self.logits.weight[:, :, 0]
            return pooling(values.transpose(1, 2).contiguous(), weight).transpose(1, 2)
        first, second = torch.unflatten(values, -1, (-1, 2)).unbind(-1)
        difference = second - first
        logits = self.logits(difference)
        weights = torch.sigmoid(logits) if torch.is_grad_enabled() else logits.sigmoid_()
        return torch.addcmul(first, weights, difference)

    def _softmax(self, values: Tensor) -> Tensor:
        logits = self.logits(values)
        if values.shape[-1] % 2:
            values = functional.pad(values, (0, 1))
            logits = functional.pad(logits, (0, 1), value=-torch.inf)
        weights = torch.unflatten(logits, -1, (-1, 2)).softmax(dim=-1)
        pooled: Tensor = (torch.unflatten(values, -1, (-1, 2)) * weights).sum(dim=-1)
        return pooled

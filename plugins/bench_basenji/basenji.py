"""Basenji: rates of reads in 128-bp bins (Kelley et al. 2018, doi:10.1101/gr.227819.117).

The network of the released parameters, which differs from the paper's text: one convolution of
width 3 and six dilated ones, and outputs that are linear above 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn

from bench_basenji.layers import BinnedNetwork, convolution

if TYPE_CHECKING:
    from torch import Tensor

    from bench_basenji.settings import BasenjiSettings

STEM_WIDTH, TOWER_WIDTH, DILATED_WIDTH = 22, 6, 3
DROPOUT, DILATED_DROPOUT = 0.05, 0.1


class Basenji(BinnedNetwork):
    """One-hot sequences `(n, 4, length)` to rates `(n, bins, targets)`.

    The features are `(n, pointwise, length / bin_width)`, none below 0.

    Args:
        settings: sizes.
        heads: name -> (bins, targets).
    """

    def __init__(self, settings: BasenjiSettings, heads: Mapping[str, tuple[int, int]]) -> None:
        super().__init__(
            trunk=basenji_trunk(settings),
            channels=settings.pointwise,
            bin_width=settings.bin_width,
            pointwise=nn.Identity(),
            width=settings.pointwise,
            heads=heads,
            rates=exp_linear,
            inverse=exp_linear_inverse,
        )


class DenseConvolution(nn.Module):
    """`(n, given, positions)` with the outputs of a dilated convolution as further channels."""

    def __init__(self, given: int, filters: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.added = convolution(
            given, filters, DILATED_WIDTH, nn.ReLU, dilation=dilation, dropout=dropout
        )

    def forward(self, values: Tensor) -> Tensor:
        """Return `(n, given + filters, positions)`."""
        return torch.cat([values, self.added(values)], dim=1)


def basenji_trunk(settings: BasenjiSettings) -> nn.Sequential:
    """Return the layers from sequences `(n, 4, length)` to `(n, pointwise, positions)`."""
    light, heavy = settings.dropout * DROPOUT, settings.dropout * DILATED_DROPOUT
    widths = (4, *settings.tower_widths)
    pools = settings.pools
    kernels = (STEM_WIDTH, 1, *[TOWER_WIDTH] * pools, DILATED_WIDTH)
    sizes = (1, 2, *[4] * pools, 1)
    layers: list[nn.Module] = [
        convolution(given, filters, width, nn.ReLU, dropout=light, pool=pool)
        for (given, filters), width, pool in zip(pairwise(widths), kernels, sizes, strict=True)
    ]
    channels = widths[-1]
    for dilation in settings.dilations:
        layers.append(DenseConvolution(channels, settings.dilated_filters, dilation, heavy))
        channels += settings.dilated_filters
    layers.append(convolution(channels, settings.pointwise, 1, nn.ReLU, dropout=light))
    return nn.Sequential(*layers, nn.ReLU())


def exp_linear(values: Tensor) -> Tensor:
    """Return x + 1 above 0, and exp(x) elsewhere."""
    # The exponential of a large value, though not taken, would make its gradient NaN.
    return torch.where(values > 0, values + 1, values.clamp(max=0).exp())


def exp_linear_inverse(rates: Tensor) -> Tensor:
    """Return what `exp_linear` turns into these rates; those below 1e-4 count as that."""
    rates = rates.clamp(min=1e-4)
    return torch.where(rates > 1, rates - 1, rates.log())

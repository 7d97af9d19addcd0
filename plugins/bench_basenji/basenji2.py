"""Basenji2: rates of reads in 128-bp bins (Kelley 2020, doi:10.1371/journal.pcbi.1008050).

Heads of several species read one trunk.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional

from bench.training.binned_model import bias_of_rates
from bench_basenji.layers import BinnedNetwork, SigmoidGelu, convolution

if TYPE_CHECKING:
    from torch import Tensor

    from bench_basenji.settings import Basenji2Settings

STEM_WIDTH, TOWER_WIDTH, DILATED_WIDTH, POOL = 15, 5, 3, 2
DROPOUT, DILATED_DROPOUT = 0.05, 0.3


class Basenji2(BinnedNetwork):
    """One-hot sequences `(n, 4, length)` to rates `(n, bins, targets)`.

    The features are the sums of the residual blocks, `(n, last_filters, length / bin_width)`; an
    activation has yet to follow, with which `pointwise` begins.

    Args:
        settings: sizes.
        heads: name -> (bins, targets).
    """

    def __init__(self, settings: Basenji2Settings, heads: Mapping[str, tuple[int, int]]) -> None:
        last = convolution(
            settings.last_filters, settings.pointwise, 1, SigmoidGelu,
            dropout=settings.dropout * DROPOUT,
        )  # fmt: skip
        super().__init__(
            trunk=basenji2_trunk(settings),
            channels=settings.last_filters,
            bin_width=settings.bin_width,
            pointwise=nn.Sequential(*last, SigmoidGelu()),
            width=settings.pointwise,
            heads=heads,
            rates=functional.softplus,
            inverse=bias_of_rates,
        )


class ResidualBlock(nn.Module):
    """`(n, channels, positions)` plus what a dilated and a pointwise convolution make of it.

    The sum is the input itself at first, for the factors of the last normalisation begin at 0.
    """

    def __init__(self, channels: int, filters: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.added = nn.Sequential(
            convolution(channels, filters, DILATED_WIDTH, SigmoidGelu, dilation=dilation),
            convolution(filters, channels, 1, SigmoidGelu, dropout=dropout, gamma=0.0),
        )

    def forward(self, values: Tensor) -> Tensor:
        """Return the sum."""
        added: Tensor = self.added(values)
        return values + added


def basenji2_trunk(settings: Basenji2Settings) -> nn.Sequential:
    """Return the layers from sequences `(n, 4, length)` to `(n, last_filters, positions)`."""
    widths = (settings.stem_filters, *settings.tower_widths)
    stem = convolution(4, settings.stem_filters, STEM_WIDTH, SigmoidGelu, pool=POOL)
    tower = [
        convolution(given, filters, TOWER_WIDTH, SigmoidGelu, pool=POOL)
        for given, filters in pairwise(widths)
    ]
    blocks = [
        ResidualBlock(
            settings.last_filters, settings.dilated_filters, dilation,
            settings.dropout * DILATED_DROPOUT,
        )
        for dilation in settings.dilations
    ]  # fmt: skip
    return nn.Sequential(stem, *tower, *blocks)

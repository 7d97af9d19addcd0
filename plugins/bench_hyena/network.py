"""Rates of reads along long sequences, with long convolutions in the place of attention."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

from bench.interface import DEFAULT_HEAD
from bench.training.binned_model import bias_of_rates
from bench_hyena.long_convolution import LongBlock

if TYPE_CHECKING:
    from torch import Tensor

    from bench_hyena.settings import HyenaSettings

STEM_WIDTH, TOWER_WIDTH = 15, 5
STEEPNESS = 2.0
"""Of the weights of two positions in pooling, a softmax of so many times their values."""


def normalised_convolution(given: int, filters: int, width: int) -> nn.Sequential:
    """Return normalisation, non-linearity and a convolution that keeps the length."""
    return nn.Sequential(
        nn.BatchNorm1d(given), nn.GELU(), nn.Conv1d(given, filters, width, padding=width // 2)
    )


class TowerBlock(nn.Module):
    """A convolution, a residual one of width 1, and a mean of each two positions.

    The larger weighs more, as in attention pooling before anything is learnt. With maxima alone, a
    stretch without known bases looked to the network like one of A and T.
    """

    def __init__(self, convolution: nn.Module, filters: int) -> None:
        super().__init__()
        self.convolution = convolution
        self.residual = normalised_convolution(filters, filters, 1)

    def forward(self, values: Tensor) -> Tensor:
        """Return `(n, filters, length / 2)`."""
        values = self.convolution(values)
        first, second = torch.unflatten(values + self.residual(values), -1, (-1, 2)).unbind(-1)
        difference = second - first
        return torch.addcmul(first, torch.sigmoid(STEEPNESS * difference), difference)


class HyenaNetwork(nn.Module):
    """One-hot sequences `(n, 4, length)` to rates `(n, bins, targets)`, all above 0.

    Attributes:
        bins: of each head.
        width: channels that the heads read.

    Args:
        settings: sizes and rates.
        heads: bins and targets of each head by name.
    """

    def __init__(self, settings: HyenaSettings, heads: Mapping[str, tuple[int, int]]) -> None:
        super().__init__()
        self.width = settings.pointwise
        self.bins = {name: bins for name, (bins, _) in heads.items()}
        widths = (settings.stem_channels, *settings.tower_channels)
        stem = nn.Conv1d(4, widths[0], STEM_WIDTH, padding=STEM_WIDTH // 2)
        self.tower = nn.Sequential(
            TowerBlock(stem, widths[0]),
            *(
                TowerBlock(normalised_convolution(given, filters, TOWER_WIDTH), filters)
                for given, filters in pairwise(widths)
            ),
        )
        self.long = nn.Sequential(
            *(
                LongBlock(
                    settings.channels, settings.filter_waves, settings.filter_hidden,
                    settings.hidden, settings.dropout,
                )
                for _ in range(settings.layers)
            )
        )  # fmt: skip
        self.pointwise = nn.Sequential(
            normalised_convolution(settings.channels, settings.pointwise, 1), nn.GELU()
        )
        self.heads = nn.ModuleDict(
            {name: nn.Linear(settings.pointwise, targets) for name, (_, targets) in heads.items()}
        )

    def forward(self, sequences: Tensor, head: str = DEFAULT_HEAD) -> Tensor:
        """Return the rates of one head.

        Raises:
            ValueError: its bins do not lie in the middle of such sequences.
        """
        return functional.softplus(self.heads[head](self.embeddings(sequences, self.bins[head])))

    def embeddings(self, sequences: Tensor, bins: int) -> Tensor:
        """Return what heads read of the bins in the middle, `(n, bins, width)`.

        Raises:
            ValueError: that many bins do not lie in the middle of such sequences.
        """
        values = self.long(self.tower(sequences).transpose(1, 2)).transpose(1, 2)
        surplus = values.shape[-1] - bins
        if surplus < 0 or surplus % 2:
            raise ValueError(
                f"{values.shape[-1]} positions less {bins} bins leave {surplus}, expected an even "
                "number, half of which is cut from either end"
            )
        first = surplus // 2
        embeddings: Tensor = self.pointwise(values[..., first : first + bins]).transpose(1, 2)
        return embeddings

    @torch.no_grad()
    def begin_at(self, means: Tensor, head: str = DEFAULT_HEAD) -> None:
        """Let a head's rates begin at the targets' means, `(targets,)`."""
        cast("nn.Linear", self.heads[head]).bias.copy_(bias_of_rates(means))

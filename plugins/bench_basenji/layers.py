"""What both networks are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

from bench.interface import DEFAULT_HEAD

if TYPE_CHECKING:
    from torch import Tensor

NORM_EPSILON, NORM_UPDATE = 1e-3, 0.1
"""Keras calls the latter a momentum of 0.9."""


class SameConvolution(nn.Conv1d):
    """`(n, given, length)` to `(n, filters, length)`, padded with zeros as TensorFlow pads.

    Where an uneven number of zeros is needed, as for an even width, the right side gets one more.
    """

    def __init__(self, given: int, filters: int, width: int, dilation: int = 1) -> None:
        zeros = dilation * (width - 1)
        super().__init__(given, filters, width, dilation=dilation, padding=zeros // 2, bias=False)
        self._extra = zeros % 2

    def forward(self, values: Tensor) -> Tensor:
        """Return the convolution."""
        if self._extra:
            values = functional.pad(values, (0, self._extra))
        return super().forward(values)


class SamePool(nn.Module):
    """`(n, channels, length)` to the largest of each `size` positions, the last ones included.

    A length that is no multiple of `size` is extended on both sides as TensorFlow does, the right
    side getting one more where the number is uneven.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, values: Tensor) -> Tensor:
        """Return the largest values."""
        missing = -values.shape[2] % self.size
        if missing:
            values = functional.pad(values, (missing // 2, missing - missing // 2), value=-inf)
        return functional.max_pool1d(values, self.size)


class SigmoidGelu(nn.Module):
    """The approximation x * sigmoid(1.702 x) (Hendrycks and Gimpel 2016, arXiv:1606.08415)."""

    def forward(self, values: Tensor) -> Tensor:
        """Return it for each value."""
        return values * torch.sigmoid(1.702 * values)


def convolution(
    given: int,
    filters: int,
    width: int,
    activation: type[nn.Module],
    *,
    dilation: int = 1,
    dropout: float = 0.0,
    pool: int = 1,
    gamma: float = 1.0,
) -> nn.Sequential:
    """Return activation, convolution, normalisation, dropout and pooling, in this order.

    Args:
        given: channels of the input.
        filters: channels of the output.
        width: positions that a filter reads.
        activation: of the input.
        dilation: distance of the positions that a filter reads.
        dropout: rate.
        pool: positions of which the largest is kept.
        gamma: first factors of the normalisation.
    """
    norm = nn.BatchNorm1d(filters, eps=NORM_EPSILON, momentum=NORM_UPDATE)
    nn.init.constant_(norm.weight, gamma)
    layers = [activation(), SameConvolution(given, filters, width, dilation), norm]
    if dropout:
        layers.append(nn.Dropout(dropout))
    if pool > 1:
        layers.append(SamePool(pool))
    return nn.Sequential(*layers)


class BinnedNetwork(nn.Module):
    """One-hot sequences `(n, 4, length)`, channels A, C, G, T, to rates `(n, bins, targets)`.

    Attributes:
        channels: of the features.
        bin_width: bp of one position of the features.
        width: channels that the heads read.
        bins: name of a head -> its bins, which lie in the middle of the sequence.
        trunk: sequences to features.
        pointwise: features to what the heads read, each position alone.
        heads: one linear layer by name.

    Args:
        trunk: sequences `(n, 4, length)` to features `(n, channels, length / bin_width)`.
        channels: see above.
        bin_width: bp.
        pointwise: features `(n, channels, bins)` to `(n, width, bins)`.
        width: what the heads read.
        heads: name -> (bins, targets).
        rates: makes positive rates of the heads' outputs.
        inverse: gives the outputs of which `rates` makes some rates.
    """

    def __init__(
        self,
        trunk: nn.Module,
        channels: int,
        bin_width: int,
        pointwise: nn.Module,
        width: int,
        heads: Mapping[str, tuple[int, int]],
        rates: Callable[[Tensor], Tensor],
        inverse: Callable[[Tensor], Tensor],
    ) -> None:
        super().__init__()
        self.width = width
        self.channels = channels
        self.bin_width = bin_width
        self.bins = {name: bins for name, (bins, _) in heads.items()}
        self.trunk = trunk
        self.pointwise = pointwise
        self.heads = nn.ModuleDict(
            {name: nn.Linear(width, targets) for name, (_, targets) in heads.items()}
        )
        self._rates = rates
        self._inverse = inverse

    def features(self, sequences: Tensor) -> Tensor:
        """Return `(n, channels, positions)` of whole sequences, a position for each bin."""
        features: Tensor = self.trunk(sequences)
        return features

    def forward(self, sequences: Tensor, head: str = DEFAULT_HEAD) -> Tensor:
        """Return the rates of one head.

        Raises:
            ValueError: no such head, or its bins do not lie in the middle of such sequences.
        """
        if head not in self.bins:
            raise ValueError(f"no head {head!r}, expected one of {', '.join(self.bins)}")
        bins = self.bins[head]
        return self._rates(self.heads[head](self.embeddings(sequences, bins)))

    def embeddings(self, sequences: Tensor, bins: int) -> Tensor:
        """Return what the heads read of the bins in the middle, `(n, bins, width)`.

        Raises:
            ValueError: that many bins do not lie in the middle of such sequences.
        """
        first = cropped_bins(sequences.shape[2], self.bin_width, bins)
        kept = self.features(sequences)[:, :, first : first + bins]
        embeddings: Tensor = self.pointwise(kept).transpose(1, 2)
        return embeddings

    @torch.no_grad()
    def begin_at(self, means: Tensor, head: str = DEFAULT_HEAD) -> None:
        """Let a head's outputs begin at the targets' means, `(targets,)`."""
        layer = cast("nn.Linear", self.heads[head])
        layer.bias.copy_(self._inverse(means))


def cropped_bins(length: int, bin_width: int, bins: int) -> int:
    """Return how many bins are cut from either side of a sequence.

    Args:
        length: of the sequence, in bp.
        bin_width: bp.
        bins: that are kept.

    Raises:
        ValueError: the two sides are not the same whole number of bins, 0 or more.
    """
    surplus = length - bins * bin_width
    if bins < 1 or surplus < 0 or surplus % (2 * bin_width):
        raise ValueError(
            f"{bins} bins of {bin_width} bp in {length} bp, expected as many whole bins on "
            "both sides of them"
        )
    return surplus // (2 * bin_width)

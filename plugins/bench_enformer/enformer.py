"""Enformer (Avsec et al. 2021, doi:10.1038/s41592-021-01252-x)."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.interface import DEFAULT_HEAD
from bench.training.binned_model import bias_of_rates
from bench_enformer.attention import RelativeAttention
from bench_enformer.convolutions import Gelu, NormalisedConvolution, StemConvolution
from bench_enformer.kernels import has_kernels
from bench_enformer.pooling import AttentionPool
from bench_enformer.positions import position_features
from bench_enformer.recomputing import recomputed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench_enformer.settings import EnformerSettings

STEM_WIDTH, TOWER_WIDTH = 15, 5
KEPT_POSITIONS = 1 << 15
"""Up to which layers keep their activations on a GPU even with checkpointing."""


class ConvolutionStage(nn.Module):
    """A convolution, a residual one of width 1, and pooling.

    `(n, inputs, length)` to `(n, channels, ceil(length / 2))`.
    """

    def __init__(self, convolution: nn.Module, channels: int, *, as_published: bool) -> None:
        super().__init__()
        self.convolution = convolution
        self.residual = NormalisedConvolution(channels, channels, 1, residual=True)
        self.pool = AttentionPool(channels, as_published=as_published)

    def forward(self, values: Tensor) -> Tensor:
        """Return half as many positions."""
        pooled: Tensor = self.pool(self.residual(self.convolution(values)))
        return pooled


class TransformerLayer(nn.Module):
    """Attention and two linear maps, each normalised before and added to its input."""

    def __init__(self, settings: EnformerSettings) -> None:
        super().__init__()
        channels, rate = settings.channels, settings.dropout
        self.norm = nn.LayerNorm(channels)
        self.attention = RelativeAttention(settings)
        self.dropout = nn.Dropout(rate)
        self.dense = nn.Sequential(
            nn.LayerNorm(channels), nn.Linear(channels, settings.hidden), nn.Dropout(rate),
            nn.ReLU(), nn.Linear(settings.hidden, channels), nn.Dropout(rate),
        )  # fmt: skip

    def forward(self, tokens: Tensor, features: Tensor) -> Tensor:
        """Return tokens, `(n, positions, channels)`.

        Args:
            tokens: `(n, positions, channels)`.
            features: of distances, `(2 * positions - 1, position_features)`.
        """
        attended = tokens + self.dropout(self.attention(self.norm(tokens), features))
        output: Tensor = attended + self.dense(attended)
        return output


class Enformer(nn.Module):
    """One-hot sequences `(n, 4, length)` to rates `(n, bins, targets)`, all above 0.

    Channels are A, C, G, T, and unknown bases are zeros. A length that is no multiple of the bin
    width has one bin more, whose last positions have no partner in pooling.

    Attributes:
        bin_width: bp per position of `trunk` and `features`.
        channels: of `features`, called `width` where they are what heads read.
        bins: of each head.
        stem, tower, transformer: what all heads share.
        pointwise: what stands between the transformer and the heads; shared too.
        heads: a linear map for each head.
    """

    def __init__(self, settings: EnformerSettings, heads: Mapping[str, tuple[int, int]]) -> None:
        """Make the network.

        Args:
            settings: sizes and rates; its `length` is checked against the bins, and is no limit.
            heads: bins and targets of each head by name.

        Raises:
            ValueError: bins that are no even cut of the positions of `settings.length`.
        """
        super().__init__()
        self.bin_width, self.channels = settings.bin_width, settings.pointwise
        self.width = self.channels
        self.bins = {name: bins for name, (bins, _) in heads.items()}
        for bins in self.bins.values():
            margin(-(-settings.length // self.bin_width), bins)
        widths = (settings.stem_channels, *settings.tower_channels)
        stage = partial(ConvolutionStage, as_published=settings.attention == "published")
        first = nn.Conv1d if settings.attention == "published" else StemConvolution
        self.stem = stage(first(4, widths[0], STEM_WIDTH, padding=STEM_WIDTH // 2), widths[0])
        self.tower = nn.ModuleList(
            stage(NormalisedConvolution(inputs, outputs, TOWER_WIDTH), outputs)
            for inputs, outputs in pairwise(widths)
        )
        self.transformer = nn.ModuleList(TransformerLayer(settings) for _ in range(settings.layers))
        self.pointwise = nn.Sequential(
            NormalisedConvolution(settings.channels, settings.pointwise, 1),
            nn.Dropout(settings.dropout / 8),
            Gelu(),
        )
        self.heads = nn.ModuleDict(
            {name: nn.Linear(settings.pointwise, targets) for name, (_, targets) in heads.items()}
        )
        self._checkpointing, self._attention = settings.checkpointing, settings.attention
        self._position_features = settings.position_features
        self._features: dict[int, Tensor] = {}

    def forward(self, sequences: Tensor, head: str = DEFAULT_HEAD) -> Tensor:
        """Return the rates of one head.

        Raises:
            ValueError: the head's bins are no even cut of the positions of these sequences.
        """
        return functional.softplus(self.heads[head](self.embeddings(sequences, self.bins[head])))

    def embeddings(self, sequences: Tensor, bins: int) -> Tensor:
        """Return what heads read of the bins in the middle, `(n, bins, width)`.

        Raises:
            ValueError: the bins are no even cut of the positions of these sequences.
        """
        tokens = self.trunk(sequences)
        first = margin(tokens.shape[-1], bins)
        embeddings: Tensor = self.pointwise(tokens[..., first : first + bins]).transpose(1, 2)
        return embeddings

    @torch.no_grad()
    def begin_at(self, means: Tensor, head: str = DEFAULT_HEAD) -> None:
        """Let a head's rates begin at the targets' means, `(targets,)`."""
        cast("nn.Linear", self.heads[head]).bias.copy_(bias_of_rates(means))

    def features(self, sequences: Tensor) -> Tensor:
        """Return what heads read, `(n, channels, positions)`, at all positions.

        In evaluation that is, within the bins of a head, exactly what it reads. In training the
        last normalisation is by the mean of what it is given: here all positions, in `forward` the
        head's bins alone, as published.
        """
        output: Tensor = self.pointwise(self.trunk(sequences))
        return output

    def trunk(self, sequences: Tensor) -> Tensor:
        """Return the transformer's output, `(n, settings.channels, positions)`, not cut."""
        values = sequences
        again = self._checkpointing and torch.is_grad_enabled()
        for stage in (self.stem, *self.tower):
            values = recomputed(stage, values, draws=False) if again else stage(values)
        tokens = values.transpose(1, 2)
        features = self._distance_features(tokens)
        # Where attention keeps no weights, layers take little memory beside the stem.
        keeps_no_weights = self._attention in {"auto", "kernels"} and has_kernels(tokens)
        again = again and not (keeps_no_weights and tokens.shape[1] <= KEPT_POSITIONS)
        for layer in self.transformer:
            tokens = recomputed(layer, tokens, features) if again else layer(tokens, features)
        return tokens.transpose(1, 2)

    def _distance_features(self, tokens: Tensor) -> Tensor:
        """Return features of distances between tokens.

        They are kept by the number of tokens: recorded kernels read those they were recorded with.
        """
        positions, device, dtype = tokens.shape[1], tokens.device, self._weights_dtype()
        kept = self._features.get(positions)
        if kept is None or (kept.device, kept.dtype) != (device, dtype):
            # Made for predictions, they may be used in training later.
            with torch.inference_mode(False):
                kept = position_features(positions, self._position_features)
                kept = kept.to(device, dtype)
            self._features[positions] = kept
        return kept

    def _weights_dtype(self) -> torch.dtype:
        return next(self.transformer.parameters()).dtype


def margin(positions: int, bins: int) -> int:
    """Return how many positions are cut from either end.

    Raises:
        ValueError: there are fewer than `bins`, or their surplus is odd.
    """
    surplus = positions - bins
    if surplus < 0 or surplus % 2:
        raise ValueError(
            f"{positions} positions less {bins} bins leave {surplus}, expected an even number, "
            "half of which is cut from either end"
        )
    return surplus // 2

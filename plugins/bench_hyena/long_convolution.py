"""Gated convolutions as long as the sequence, by the fast Fourier transform.

The operator is Hyena's of order two (Poli et al. 2023, arXiv:2302.10866), made to look both ways:
its filters have weights for what lies before a position and for what lies behind it. Its cost grows
with the length times its logarithm.
"""

from __future__ import annotations

import math

import torch
from scipy.fft import next_fast_len
from torch import Tensor, nn

SHORT_WIDTH = 3
"""Positions that the short convolution of queries, keys and values reads."""
LONGEST_WAVE = 65_536
"""In positions; the shortest wave has two."""
DECAYS = (4.0, 4096.0)
"""Distances in positions at which the filters of the first and the last channel fall to 1/e."""
FLOOR = 0.01
"""What is left of a filter far away."""


def long_convolution(values: Tensor, filters: Tensor) -> Tensor:
    """Convolve each channel with a filter that reaches over the whole sequence, both ways.

    Args:
        values: `(n, channels, length)`.
        filters: `(channels, 2 * length - 1)`; column `length - 1 + d` is the weight of the position
            `d` before.

    Returns:
        `(n, channels, length)`, in the type of `values`, computed in single precision or better.
    """
    length = values.shape[-1]
    size = next_fast_len(2 * length - 1, real=True)
    precise = torch.promote_types(values.dtype, torch.float32)
    # Distance 0 comes first and negative distances last, as the circle of the transform has them.
    rolled = torch.cat((filters[:, length - 1 :], filters[:, : length - 1]), dim=1).to(precise)
    gap = size - rolled.shape[1]
    rolled = torch.cat(
        (rolled[:, :length], rolled.new_zeros(len(rolled), gap), rolled[:, length:]), 1
    )
    spectrum = torch.fft.rfft(values.to(precise), n=size) * torch.fft.rfft(rolled)
    convolved: Tensor = torch.fft.irfft(spectrum, n=size)[..., :length]
    return convolved.to(values.dtype)


class DrawnFilters(nn.Module):
    """Filters drawn by a small network from what it is told of each distance.

    It is told sines and cosines of the distance, of wavelengths that do not depend on the length of
    the sequence, so that the same weights hold for any length.

    Args:
        channels: filters.
        waves: wavelengths.
        hidden: width of the network.
    """

    decays: Tensor
    frequencies: Tensor

    def __init__(self, channels: int, waves: int, hidden: int) -> None:
        super().__init__()
        lengths = torch.logspace(1, math.log2(LONGEST_WAVE), waves, base=2)
        self.register_buffer("frequencies", 2 * math.pi / lengths, persistent=False)
        first, last = (math.log2(decay) for decay in DECAYS)
        decays = torch.logspace(first, last, channels, base=2)
        self.register_buffer("decays", decays, persistent=False)
        self.first = nn.Linear(2 * waves, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, channels)

    def forward(self, length: int) -> Tensor:
        """Return filters, `(channels, 2 * length - 1)`, as `long_convolution` takes them."""
        device = self.decays.device
        with torch.autocast(device.type, enabled=False):
            distances = torch.arange(1 - length, length, device=device, dtype=torch.float32)
            angles = distances[:, None] * self.frequencies
            told = torch.cat((angles.sin(), angles.cos()), dim=1)
            drawn = self.last(torch.sin(self.second(torch.sin(self.first(told)))))
            window = torch.exp(-distances.abs()[:, None] / self.decays) + FLOOR
            filters: Tensor = (drawn * window / self.decays.sqrt()).T
            return filters


class LongCore(nn.Module):
    """What stands where attention would: `(n, channels, length)` to the same."""

    part = "long convolution"
    """What the profiler counts its time as."""

    def __init__(self, channels: int, waves: int, hidden: int) -> None:
        super().__init__()
        self.filters = DrawnFilters(channels, waves, hidden)

    def forward(self, values: Tensor) -> Tensor:
        """Return each channel convolved with its filter."""
        return long_convolution(values, self.filters(values.shape[-1]))


class LongConvolution(nn.Module):
    """Hyena's operator: `(n, length, channels)` to the same.

    Values are gated by keys, convolved with the long filters, and gated by queries.
    """

    def __init__(self, channels: int, waves: int, hidden: int) -> None:
        super().__init__()
        self.projections = nn.Linear(channels, 3 * channels)
        self.short = nn.Conv1d(
            3 * channels, 3 * channels, SHORT_WIDTH, padding=SHORT_WIDTH // 2, groups=3 * channels
        )
        self.core = LongCore(channels, waves, hidden)
        self.own = nn.Parameter(torch.ones(channels, 1))
        self.output = nn.Linear(channels, channels)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return what each position makes of all others."""
        projected = self.short(self.projections(inputs).transpose(1, 2))
        queries, keys, values = projected.chunk(3, dim=1)
        gated = keys * values
        mixed = self.core(gated) + self.own * gated
        output: Tensor = self.output((queries * mixed).transpose(1, 2))
        return output


class LongBlock(nn.Module):
    """A long convolution and two linear maps, each normalised before and added to its input."""

    def __init__(
        self, channels: int, waves: int, filter_hidden: int, hidden: int, rate: float
    ) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.mixing = LongConvolution(channels, waves, filter_hidden)
        self.dropout = nn.Dropout(rate)
        self.dense = nn.Sequential(
            nn.LayerNorm(channels), nn.Linear(channels, hidden), nn.GELU(), nn.Dropout(rate),
            nn.Linear(hidden, channels), nn.Dropout(rate),
        )  # fmt: skip

    def forward(self, values: Tensor) -> Tensor:
        """Return `(n, length, channels)`."""
        mixed = values + self.dropout(self.mixing(self.norm(values)))
        output: Tensor = mixed + self.dense(mixed)
        return output

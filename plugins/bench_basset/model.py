"""Basset: accessibility from 600 bp of DNA (Kelley et al. 2016, doi:10.1101/gr.200535.115).

The network of the paper and its released weights, whose convolutions are not padded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from bench.training import TorchModel
from bench.training.published import PublishedLayout
from bench_basset import CARD
from bench_basset.settings import BassetSettings

if TYPE_CHECKING:
    from bench.interface import TaskShape

WIDTHS, POOLS = (19, 11, 7), (3, 4, 4)

LAYOUT = PublishedLayout(
    layers={"0": "0", "4": "4", "8": "8", "13.1": "13", "17.1": "17", "21.1": "21"},
    norms={"1": "1", "5": "5", "9": "9", "14": "14", "18": "18"},
    prefixes=("", "0.", "1."),
    head="21",
)
"""That of the model zoo Kipoi."""


def places(length: int) -> int:
    """Return the positions after the last pooling: 10 for 600 bp."""
    for width, pool in zip(WIDTHS, POOLS, strict=True):
        length = (length - width + 1) // pool
    return length


def basset_network(settings: BassetSettings, targets: int) -> nn.Sequential:
    """Return the network: one-hot sequences `(n, 4, length)` to log-odds `(n, targets)`."""
    one, two, three = settings.filters_1, settings.filters_2, settings.filters_3
    hidden = settings.hidden
    return nn.Sequential(
        *_convolution(4, one, 0), *_convolution(one, two, 1), *_convolution(two, three, 2),
        nn.Flatten(),
        *_dense(three * places(settings.length), hidden), *_dense(hidden, hidden),
        nn.Linear(hidden, targets),
    )  # fmt: skip


def _convolution(given: int, filters: int, number: int) -> list[nn.Module]:
    return [
        nn.Conv1d(given, filters, WIDTHS[number]), nn.BatchNorm1d(filters), nn.ReLU(),
        nn.MaxPool1d(POOLS[number]),
    ]  # fmt: skip


def _dense(given: int, hidden: int) -> list[nn.Module]:
    return [nn.Linear(given, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Dropout(0.3)]


class Basset(TorchModel[BassetSettings]):
    """The network with its training."""

    card = CARD
    settings_class = BassetSettings
    layout = LAYOUT

    def build(self, shape: TaskShape, settings: BassetSettings) -> nn.Module:
        """Return the network."""
        return basset_network(settings, shape.targets)

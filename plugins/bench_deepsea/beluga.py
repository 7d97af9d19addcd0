"""Beluga: 2,002 chromatin features from 2 kb (Zhou et al. 2018, doi:10.1038/s41588-018-0160-6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from bench.training import TorchModel
from bench.training.published import PublishedLayout
from bench_deepsea import BELUGA_CARD
from bench_deepsea.settings import BelugaSettings

if TYPE_CHECKING:
    from bench.interface import TaskShape

WIDTH, POOL = 8, 4

LAYOUT = PublishedLayout(
    layers={
        **{f"model.0.{number}": str(number) for number in (0, 2, 6, 8, 12, 14)},
        "model.1.2.1": "18",
        "model.1.4.1": "20",
    },
    norms={},
    prefixes=("", "module."),
    channels="AGCT",
    head="20",
)
"""That of ExPecto's release, whose first channels are A, G, C, T."""


def places(length: int) -> int:
    """Return the positions of the last convolution's output: 106 for 2,000 bp."""
    for _ in range(2):
        length = (length - 2 * (WIDTH - 1)) // POOL
    return length - 2 * (WIDTH - 1)


def beluga_network(settings: BelugaSettings, targets: int) -> nn.Sequential:
    """Return the network: one-hot sequences `(n, 4, length)` to log-odds `(n, targets)`."""
    one, two, three = settings.filters_1, settings.filters_2, settings.filters_3
    light, heavy = 0.2 * settings.dropout, 0.5 * settings.dropout
    return nn.Sequential(
        nn.Conv1d(4, one, WIDTH), nn.ReLU(), nn.Conv1d(one, one, WIDTH), nn.ReLU(),
        nn.Dropout(light), nn.MaxPool1d(POOL),
        nn.Conv1d(one, two, WIDTH), nn.ReLU(), nn.Conv1d(two, two, WIDTH), nn.ReLU(),
        nn.Dropout(light), nn.MaxPool1d(POOL),
        nn.Conv1d(two, three, WIDTH), nn.ReLU(), nn.Conv1d(three, three, WIDTH), nn.ReLU(),
        nn.Dropout(heavy), nn.Flatten(),
        nn.Linear(three * places(settings.length), settings.hidden), nn.ReLU(),
        nn.Linear(settings.hidden, targets),
    )  # fmt: skip


class Beluga(TorchModel[BelugaSettings]):
    """The network with its training."""

    card = BELUGA_CARD
    settings_class = BelugaSettings
    layout = LAYOUT

    def build(self, shape: TaskShape, settings: BelugaSettings) -> nn.Module:
        """Return the network."""
        return beluga_network(settings, shape.targets)

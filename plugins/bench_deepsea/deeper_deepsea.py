"""DeeperDeepSEA: the example of Selene (Chen et al. 2019, doi:10.1038/s41592-019-0360-8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from bench.training import TorchModel
from bench.training.published import PublishedLayout
from bench_deepsea import DEEPER_CARD
from bench_deepsea.beluga import POOL, WIDTH, places
from bench_deepsea.settings import DeeperDeepSeaSettings

if TYPE_CHECKING:
    from bench.interface import TaskShape

LAYOUT = PublishedLayout(
    layers={
        **{f"conv_net.{number}": str(number) for number in (0, 2, 6, 8, 13, 15)},
        "classifier.0": "20",
        "classifier.3": "23",
    },
    norms={"conv_net.5": "5", "conv_net.11": "11", "conv_net.17": "17", "classifier.2": "22"},
    prefixes=("", "model.", "module."),
    head="23",
)
"""That of Selene, whose channels are A, C, G, T."""


def deeper_deepsea_network(settings: DeeperDeepSeaSettings, targets: int) -> nn.Sequential:
    """Return the network: one-hot sequences `(n, 4, length)` to log-odds `(n, targets)`.

    Normalisation follows pooling; the hidden layer is as wide as there are targets
    unless told otherwise.
    """
    one, two, three = settings.filters_1, settings.filters_2, settings.filters_3
    hidden, rate = settings.hidden or targets, 0.2 * settings.dropout
    return nn.Sequential(
        nn.Conv1d(4, one, WIDTH), nn.ReLU(), nn.Conv1d(one, one, WIDTH), nn.ReLU(),
        nn.MaxPool1d(POOL), nn.BatchNorm1d(one),
        nn.Conv1d(one, two, WIDTH), nn.ReLU(), nn.Conv1d(two, two, WIDTH), nn.ReLU(),
        nn.MaxPool1d(POOL), nn.BatchNorm1d(two), nn.Dropout(rate),
        nn.Conv1d(two, three, WIDTH), nn.ReLU(), nn.Conv1d(three, three, WIDTH), nn.ReLU(),
        nn.BatchNorm1d(three), nn.Dropout(rate), nn.Flatten(),
        nn.Linear(three * places(settings.length), hidden), nn.ReLU(),
        nn.BatchNorm1d(hidden), nn.Linear(hidden, targets),
    )  # fmt: skip


class DeeperDeepSea(TorchModel[DeeperDeepSeaSettings]):
    """The network with its training."""

    card = DEEPER_CARD
    settings_class = DeeperDeepSeaSettings
    layout = LAYOUT

    def build(self, shape: TaskShape, settings: DeeperDeepSeaSettings) -> nn.Module:
        """Return the network."""
        return deeper_deepsea_network(settings, shape.targets)

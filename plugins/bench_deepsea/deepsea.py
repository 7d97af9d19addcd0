"""DeepSEA: 919 chromatin features from 1 kb (Zhou and Troyanskaya 2015, doi:10.1038/nmeth.3547)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from bench.training import TorchModel
from bench.training.published import PublishedLayout
from bench_deepsea import DEEPSEA_CARD
from bench_deepsea.settings import DeepSeaSettings

if TYPE_CHECKING:
    from torch import Tensor

    from bench.interface import TaskShape

WIDTH, POOL = 8, 4
FLOOR = 1e-6
"""What a negative input becomes, as in the original's Threshold layer: not 0."""

LAYOUT = PublishedLayout(
    layers={"0": "layers.0", "4": "layers.4", "8": "layers.8", "12.1": "layers.12", "14.1": "head"},
    norms={},
    prefixes=("", "1.", "2."),
    channels="AGCT",
    head="head",
)
"""That of the model zoo Kipoi, whose first channels are A, G, C, T."""


class DeepSeaNetwork(nn.Module):
    """One-hot sequences `(n, 4, length)` to log-odds `(n, targets)`."""

    def __init__(self, settings: DeepSeaSettings, targets: int) -> None:
        super().__init__()
        one, two, three = settings.filters_1, settings.filters_2, settings.filters_3
        light, heavy = 0.2 * settings.dropout, 0.5 * settings.dropout
        self.layers = nn.Sequential(
            nn.Conv1d(4, one, WIDTH), floored(), nn.MaxPool1d(POOL), nn.Dropout(light),
            nn.Conv1d(one, two, WIDTH), floored(), nn.MaxPool1d(POOL), nn.Dropout(light),
            nn.Conv1d(two, three, WIDTH), floored(), nn.Dropout(heavy), nn.Flatten(),
            nn.Linear(three * places(settings.length), settings.hidden), floored(),
        )  # fmt: skip
        self.head = nn.Linear(settings.hidden, targets)
        self._l1 = settings.activation_l1
        self._activity: Tensor | None = None

    def forward(self, sequences: Tensor) -> Tensor:
        """Return log-odds."""
        hidden = self.layers(sequences)
        self._activity = hidden.abs().sum() / len(hidden) if self.training else None
        output: Tensor = self.head(hidden)
        return output

    def penalty(self) -> Tensor:
        """Return the weighted sum of the hidden outputs of the last batch, a mean over items."""
        assert self._activity is not None
        activity, self._activity = self._activity, None
        return self._l1 * activity


def floored() -> nn.Module:
    """Make the original's non-linearity."""
    return nn.Threshold(0.0, FLOOR)


def places(length: int) -> int:
    """Return the positions of the last convolution's output: 53 for 1,000 bp."""
    for _ in range(2):
        length = (length - WIDTH + 1) // POOL
    return length - WIDTH + 1


class DeepSea(TorchModel[DeepSeaSettings]):
    """The network with its training."""

    card = DEEPSEA_CARD
    settings_class = DeepSeaSettings
    layout = LAYOUT

    def build(self, shape: TaskShape, settings: DeepSeaSettings) -> nn.Module:
        """Return the network."""
        return DeepSeaNetwork(settings, shape.targets)

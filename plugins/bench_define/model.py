"""A network in the style of DeFine (Wang et al. 2018, doi:10.1093/nar/gky215), without parity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from bench.training import TorchModel
from bench.training.one_hot import reverse_complement
from bench_define import CARD
from bench_define.settings import DefineSettings

if TYPE_CHECKING:
    from torch import Tensor

    from bench.interface import TaskShape


class DefineNetwork(nn.Module):
    """One-hot sequences `(n, 4, length)` to outputs `(n, targets)`, the same for both strands."""

    def __init__(self, settings: DefineSettings, targets: int) -> None:
        super().__init__()
        one, two = settings.filters_1, settings.filters_2
        self.filters = nn.Sequential(
            nn.Conv1d(4, one, settings.width_1), nn.ReLU(), nn.MaxPool1d(settings.pool),
            nn.Conv1d(one, two, settings.width_2), nn.ReLU(),
        )  # fmt: skip
        self.dense = nn.Sequential(
            nn.Dropout(settings.dropout), nn.Linear(2 * two, settings.hidden), nn.ReLU(),
            nn.Dropout(settings.dropout), nn.Linear(settings.hidden, targets),
        )  # fmt: skip

    def forward(self, sequences: Tensor) -> Tensor:
        """Return outputs."""
        output: Tensor = self.dense(self.features(sequences))
        return output

    def features(self, sequences: Tensor) -> Tensor:
        """Return the largest and the mean value of each filter on both strands."""
        given = self.filters(sequences)
        other = self.filters(reverse_complement(sequences))
        largest = torch.maximum(given.amax(dim=2), other.amax(dim=2))
        mean = (given.mean(dim=2) + other.mean(dim=2)) / 2
        return torch.cat([largest, mean], dim=1)


class CombinedNetwork(DefineNetwork):
    """Regression and classification together: both outputs come from the same hidden layer."""

    def __init__(self, settings: DefineSettings, targets: int) -> None:
        super().__init__(settings, targets)
        # The values' layer stays the last one.
        values = self.dense.pop(-1)
        self.classes = nn.Linear(settings.hidden, targets)
        self.values = values
        self._weight = settings.combination
        self._log_odds: Tensor | None = None

    def forward(self, sequences: Tensor) -> Tensor:
        """Return values, and keep the log-odds of high ones while training."""
        features = self.features(sequences)
        hidden = self.dense(features)
        self._log_odds = self.classes(hidden) if self.training else None
        output: Tensor = self.values(hidden)
        return output

    def auxiliary_loss(self, targets: Tensor) -> Tensor:
        """Return the weighted cross-entropy of lying above 0, the training mean."""
        assert self._log_odds is not None
        log_odds, self._log_odds = self._log_odds, None
        measured = ~targets.isnan()
        each = functional.binary_cross_entropy_with_logits(
            log_odds.float(), (targets > 0).float(), reduction="none"
        )
        mean = torch.where(measured, each, 0.0).sum() / measured.sum().clamp(min=1)
        return self._weight * mean


class Define(TorchModel[DefineSettings]):
    """The network with its training."""

    card = CARD
    settings_class = DefineSettings

    def build(self, shape: TaskShape, settings: DefineSettings) -> nn.Module:
        """Return the network."""
        if settings.combination and shape.kind.has_values:
            return CombinedNetwork(settings, shape.targets)
        return DefineNetwork(settings, shape.targets)

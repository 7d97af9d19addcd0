"""A small network for tests of training; a module, so that other processes can import it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from bench.interface import ModelCard, Output, Preset, StrandPolicy, TaskKind
from bench.training import PublishedSettings, TorchModel, TrainingSettings
from bench.training.binned_model import BinnedModel, bias_of_rates


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallSettings(PublishedSettings):
    """One convolution."""

    length: int = 60
    filters: int = 16
    dropout: float = 0.1


CARD = ModelCard(
    name="small-net",
    summary="One convolution",
    family="CNN",
    paper="unpublished",
    year=2026,
    tasks={TaskKind.CLASSIFICATION: Output.PROBABILITY, TaskKind.REGRESSION: Output.VALUE},
    strands=StrandPolicy.AVERAGED,
    presets={"default": Preset(input_length=60, settings=SmallSettings().as_preset())},
    packages=("lightning", "numpy", "safetensors", "torch"),
    length_setting="length",
    uses_budget=True,
    uses_metric=True,
    resumes=True,
    interface_version=1,
)


class SmallNet(TorchModel[SmallSettings]):
    """The network with its training."""

    card = CARD
    settings_class = SmallSettings

    def build(self, shape, settings):
        """Return the network."""
        return nn.Sequential(
            nn.Conv1d(4, settings.filters, 10), nn.BatchNorm1d(settings.filters), nn.ReLU(),
            nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Dropout(settings.dropout),
            nn.Linear(settings.filters, shape.targets),
        )  # fmt: skip


class BinnedNet(nn.Module):
    """A convolution, pooling by 8, and a head for each set of targets."""

    width = 16

    def __init__(self, heads) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv1d(4, 16, 11, padding=5), nn.ReLU(), nn.MaxPool1d(8),
            nn.Conv1d(16, 16, 3, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.bins = {name: bins for name, (bins, _) in heads.items()}
        self.heads = nn.ModuleDict(
            {name: nn.Linear(16, count) for name, (_, count) in heads.items()}
        )

    def embeddings(self, sequences, bins):
        features = self.trunk(sequences).transpose(1, 2)
        first = (features.shape[1] - bins) // 2
        return features[:, first : first + bins]

    def forward(self, sequences, head="default"):
        return nn.functional.softplus(self.heads[head](self.embeddings(sequences, self.bins[head])))

    @torch.no_grad()
    def begin_at(self, means, head="default"):
        self.heads[head].bias.copy_(bias_of_rates(means))


BINNED_SETTINGS = {"length": 128, "epochs": 12, "batch_size": 16, "learning_rate": 1e-2}


class SmallBinned(BinnedModel[TrainingSettings]):
    settings_class = TrainingSettings

    def network_of(self, settings, heads):
        return BinnedNet(heads)

    def bin_width(self, settings):
        return 8

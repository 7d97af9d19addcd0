"""A small network for tests of training; a module, so that other processes can import it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from bench.interface import ModelCard, Output, Preset, StrandPolicy, TaskKind
from bench.training import PublishedSettings, TorchModel


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

"""Enformer as a model of the suite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bench.training.binned_model import BinnedModel, GeneReadout
from bench_enformer import CARD
from bench_enformer.enformer import Enformer
from bench_enformer.settings import EnformerSettings
from bench_enformer.weights import load_enformer

if TYPE_CHECKING:
    from torch import nn


class EnformerModel(BinnedModel[EnformerSettings]):
    """Enformer with its training; `weights` names a file of the published network."""

    card = CARD
    settings_class = EnformerSettings

    def network_of(
        self, settings: EnformerSettings, heads: Mapping[str, tuple[int, int]]
    ) -> nn.Module:
        """Return the network."""
        return Enformer(settings, heads)

    def bin_width(self, settings: EnformerSettings) -> int:
        """Return the bp of a bin."""
        return settings.bin_width

    def published_form(self, settings: EnformerSettings) -> EnformerSettings:
        """Return settings with all logits at once, pooling by a softmax, and nothing twice."""
        return replace(settings, attention="published", checkpointing=False)

    def read_published(self, network: nn.Module, path: Path) -> None:
        """Fill the trunk from a file in the layout of enformer-pytorch."""
        whole = network.network if isinstance(network, GeneReadout) else network
        load_enformer(cast("Enformer", whole), path, with_heads=False)

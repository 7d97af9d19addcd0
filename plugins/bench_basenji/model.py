"""Basenji and Basenji2 as models of the suite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bench.training.binned_model import BinnedModel, GeneReadout
from bench_basenji import BASENJI2_CARD, BASENJI_CARD
from bench_basenji.basenji import Basenji
from bench_basenji.basenji2 import Basenji2
from bench_basenji.keras_weights import load_keras_weights
from bench_basenji.settings import Basenji2Settings, BasenjiSettings

if TYPE_CHECKING:
    from torch import nn


class BasenjiModel(BinnedModel[BasenjiSettings]):
    """Basenji with its training."""

    card = BASENJI_CARD
    settings_class = BasenjiSettings

    def network_of(
        self, settings: BasenjiSettings, heads: Mapping[str, tuple[int, int]]
    ) -> nn.Module:
        """Return the network."""
        return Basenji(settings, heads)

    def bin_width(self, settings: BasenjiSettings) -> int:
        """Return the bp of a bin."""
        return settings.bin_width


class Basenji2Model(BinnedModel[Basenji2Settings]):
    """Basenji2 with its training; `weights` names a file of the published network."""

    card = BASENJI2_CARD
    settings_class = Basenji2Settings

    def network_of(
        self, settings: Basenji2Settings, heads: Mapping[str, tuple[int, int]]
    ) -> nn.Module:
        """Return the network."""
        return Basenji2(settings, heads)

    def read_published(self, network: nn.Module, path: Path) -> None:
        """Fill the trunk from a file that Keras wrote."""
        binned = cast("Basenji2", network.network if isinstance(network, GeneReadout) else network)
        load_keras_weights(binned, path, with_head=False)

    def bin_width(self, settings: Basenji2Settings) -> int:
        """Return the bp of a bin."""
        return settings.bin_width

"""The network of long convolutions as a model of the suite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bench.training.binned_model import BinnedModel
from bench_hyena import CARD
from bench_hyena.network import HyenaNetwork
from bench_hyena.settings import HyenaSettings

if TYPE_CHECKING:
    from torch import nn


class HyenaModel(BinnedModel[HyenaSettings]):
    """The network with its training."""

    card = CARD
    settings_class = HyenaSettings

    def network_of(
        self, settings: HyenaSettings, heads: Mapping[str, tuple[int, int]]
    ) -> nn.Module:
        """Return the network."""
        return HyenaNetwork(settings, heads)

    def bin_width(self, settings: HyenaSettings) -> int:
        """Return the bp of a bin."""
        return settings.bin_width

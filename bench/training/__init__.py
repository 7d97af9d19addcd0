"""The shared training of neural plugins.

A plugin imports its class of settings where it registers, without loading torch, and `TorchModel`
where its network is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.training.card import LONG_SEQUENCES, network_card
from bench.training.settings import PublishedSettings, TrainingSettings

if TYPE_CHECKING:
    from bench.training.torch_model import TorchModel

__all__ = ["LONG_SEQUENCES", "PublishedSettings", "TorchModel", "TrainingSettings", "network_card"]


def __getattr__(name: str) -> object:
    """Import what needs torch only when it is asked for."""
    if name != "TorchModel":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from bench.training.torch_model import TorchModel

    return TorchModel

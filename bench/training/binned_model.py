"""Networks that turn long sequences into bins: for profiles, and read at the TSS for genes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, cast

import torch
from torch import nn

from bench.interface import DEFAULT_HEAD, BenchError, HeadShape, TaskKind, TaskShape
from bench.training.settings import TrainingSettings
from bench.training.torch_model import SettingsT, TorchModel

if TYPE_CHECKING:
    from torch import Tensor

    from bench.interface import FitContext, Model

TRUNK = "trunk"
"""The setting that names a model whose weights another begins with."""
READ_BINS = 4
"""Bins around a TSS whose mean tells a gene's expression."""


class BinnedNetwork(Protocol):
    """A network from one-hot sequences `(n, 4, length)` to rates in bins."""

    width: int
    """Channels of the embeddings."""

    def forward(self, sequences: Tensor, head: str = ...) -> Tensor:
        """Return the rates of one head, `(n, bins, targets)`."""

    def embeddings(self, sequences: Tensor, bins: int) -> Tensor:
        """Return what heads read of that many bins in the middle, `(n, bins, width)`.

        Raises:
            ValueError: bins do not lie in the middle of such sequences.
        """


class BinnedModel(TorchModel[SettingsT]):
    """A model of a binned network: for profiles as it is, for expression read at the TSS.

    A subclass implements `network_of`.
    """

    @abstractmethod
    def network_of(self, settings: SettingsT, heads: Mapping[str, tuple[int, int]]) -> nn.Module:
        """Return a `BinnedNetwork` with heads: name -> (bins, targets)."""

    @abstractmethod
    def bin_width(self, settings: SettingsT) -> int:
        """Return the bp of a bin."""

    def build(self, shape: TaskShape, settings: SettingsT) -> nn.Module:
        """Return the network for profiles, or one that reads it at the TSS.

        Raises:
            BenchError: the task's bins are not those of the network.
        """
        if shape.kind is TaskKind.EXPRESSION:
            network = self.network_of(settings, {})
            return GeneReadout(
                network, {name: len(head.targets) for name, head in shape.heads.items()}
            )
        heads = {}
        for name, head in shape.heads.items():
            assert head.bins is not None
            self._refuse_other_bins(settings, head.bins, head.bin_width)
            heads[name] = (head.bins, len(head.targets))
        return self.network_of(settings, heads)

    def timed(self, length: int, targets: int) -> tuple[TaskShape, SettingsT]:
        """Return the shape of a profile of `length` bp, all of them in bins, and its settings.

        Raises:
            BenchError: a length of partial bins.
        """
        width = self.bin_width(self.settings)
        if length % width:
            raise BenchError(
                f"{length:,} bp are no multiple of {self.card.name}'s bins of {width} bp"
            )
        head = HeadShape(
            targets=tuple(f"target-{number}" for number in range(targets)),
            bins=length // width,
            bin_width=width,
        )
        shape = TaskShape(kind=TaskKind.PROFILE, heads={DEFAULT_HEAD: head})
        return shape, replace(self.settings, length=length)

    def take_weights(self, context: FitContext) -> None:
        """Begin with published weights or those of a trunk, where the settings name one.

        Raises:
            BenchError: the trunk is another model, or has other settings.
            DataError: the file of weights does not fit.
        """
        super().take_weights(context)
        if (trunk := context.upstream.get(TRUNK)) is not None:
            self._take_trunk(trunk)

    def _take_trunk(self, trunk: Model) -> None:
        if not isinstance(trunk, type(self)):
            raise BenchError(
                f"{TRUNK} is a model {trunk.card.name}, expected {self.card.name}: its weights fit"
            )
        own, given = _binned(self.network), _binned(trunk.network).state_dict()
        with torch.device("meta"):
            names = self.network_of(self.settings, {}).state_dict().keys()
        state = own.state_dict()
        for name in names:
            if name not in given or given[name].shape != state[name].shape:
                raise BenchError(f"{TRUNK} has other settings: its {name!r} does not fit")
            state[name].copy_(given[name])

    def _refuse_other_bins(self, settings: TrainingSettings, bins: int, width: int | None) -> None:
        own = self.bin_width(cast("SettingsT", settings))
        if width != own:
            raise BenchError(f"bins of {own} bp, but the task has bins of {width} bp")
        surplus = settings.length - bins * own
        if surplus < 0 or surplus % (2 * own):
            raise BenchError(
                f"length is {settings.length}, expected {bins} bins of {own} bp, or as many whole "
                "bins more on either side"
            )


class GeneReadout(nn.Module):
    """Expression from the embeddings around the TSS, which stands in the middle.

    Args:
        network: a `BinnedNetwork`.
        conditions: number of them in each head.
    """

    def __init__(self, network: nn.Module, conditions: Mapping[str, int]) -> None:
        super().__init__()
        self.network = network
        self._names = tuple(conditions)
        width = cast("BinnedNetwork", network).width
        # Names of heads may be any words, such as those that a ModuleDict keeps for itself.
        self.heads = nn.ModuleList(nn.Linear(width, count) for count in conditions.values())

    def forward(self, sequences: Tensor, head: str = DEFAULT_HEAD) -> Tensor:
        """Return values of one head in standard units, `(n, conditions)`."""
        network = cast("BinnedNetwork", self.network)
        embeddings = network.embeddings(sequences, READ_BINS)
        values: Tensor = self.heads[self._names.index(head)](embeddings.mean(dim=1))
        return values


def _binned(network: nn.Module) -> nn.Module:
    """Return the network that turns sequences into bins, without what reads it at the TSS."""
    return network.network if isinstance(network, GeneReadout) else network


def bias_of_rates(means: Tensor) -> Tensor:
    """Return what softplus turns into these rates, so that a network begins at the mean.

    Args:
        means: rates, 0 or more.
    """
    rates = means.clamp(min=1e-4)
    return rates + torch.log(-torch.expm1(-rates))

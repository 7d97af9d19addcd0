"""Stands for a CUDA graph on a CPU: its replay calls the recorded function again."""

from __future__ import annotations

import torch
from torch import nn


class StandInGraph:
    """Does on a CPU what a GPU does: a recording runs nothing, and a replay writes where it did."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.replays = 0

    def another(self) -> StandInGraph:
        return StandInGraph(self.network)

    def warm_up(self, function) -> None:
        for _ in range(3):
            function()

    def capture(self, function) -> None:
        tensors = [*self.network.buffers(), *self._gradients().values()]
        values = [tensor.clone() for tensor in tensors]
        before = self._gradients()
        function()
        for tensor, value in zip(tensors, values, strict=True):
            tensor.copy_(value)
        self.function = function
        self.own = {
            weight: gradient.fill_(torch.nan)
            for weight, gradient in self._gradients().items()
            if weight not in before
        }

    def replay(self) -> None:
        self.replays += 1
        self.function()
        for weight, gradient in self.own.items():
            gradient.copy_(weight.grad)
            weight.grad = gradient

    def _gradients(self) -> dict[nn.Parameter, torch.Tensor]:
        weights = self.network.parameters()
        return {weight: weight.grad for weight in weights if weight.grad is not None}


class FailingGraph(StandInGraph):
    """One that fails half-way, as where a network waits for a value on the host."""

    def capture(self, function) -> None:
        function()
        try:
            raise RuntimeError("operation not permitted when stream is capturing")
        finally:
            raise RuntimeError("the end of the capture fails as well")

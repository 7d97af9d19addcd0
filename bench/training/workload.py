"""A network at any length, for the profiler, as the shared training would train it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from bench.interface import DEFAULT_HEAD
from bench.interface.workload import Workload
from bench.training.losses import HeadLosses
from bench.training.one_hot import one_hot
from bench.training.optimizer import make_optimizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from bench.interface import TaskShape
    from bench.training.settings import TrainingSettings


def workload_of(network: nn.Module, shape: TaskShape, settings: TrainingSettings) -> Workload:
    """Return what is timed of a network of one head.

    One strand of a sequence is read once: predictions that are averaged over strands take twice as
    long.
    """
    losses = HeadLosses(shape)
    loss_of_head = losses.of(DEFAULT_HEAD)

    def forward(codes: Tensor) -> Tensor:
        output: Tensor = network(one_hot(codes))
        return output

    def loss(codes: Tensor) -> Tensor:
        loss_of_head.to(codes.device)
        output = forward(codes)
        targets = torch.ones_like(output, dtype=torch.float32)
        value: Tensor = loss_of_head(output, targets)
        if (penalty := getattr(network, "penalty", None)) is not None:
            value = value + penalty()
        if (auxiliary := getattr(network, "auxiliary_loss", None)) is not None:
            value = value + auxiliary(loss_of_head.in_units_of_output(targets))
        return value

    def record(of_codes: Callable[[Tensor], Tensor], codes: Tensor) -> Callable[[Tensor], Tensor]:
        from bench.training.recorded_step import RecordedStep

        return RecordedStep(of_codes, network, (codes,), accumulates=False)

    return Workload(
        network=network,
        length=settings.length,
        forward=forward,
        loss=loss,
        optimizer=lambda: make_optimizer(network.parameters(), settings),
        record=record,
        gradient_clip=settings.gradient_clip,
    )

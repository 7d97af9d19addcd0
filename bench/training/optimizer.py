"""Optimizers and schedules of the learning rate by their names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.optim import Optimizer

if TYPE_CHECKING:
    from torch import Tensor

    from bench.training.settings import TrainingSettings

ONE_CYCLE_RISE = 0.3
"""Part of the updates over which the rate of `one-cycle` rises."""
ONE_CYCLE_START, ONE_CYCLE_END = 1 / 25, 1e-4


def make_optimizer(
    weights: Iterable[Tensor], settings: TrainingSettings, *, is_scaled: bool = False
) -> Optimizer:
    """Make the optimizer that the settings name.

    Adam and AdamW of weights that all lie on a GPU are fused: a few kernels in the place of many,
    and the same up to rounding.

    Args:
        weights: what it updates.
        settings: name the optimizer.
        is_scaled: whether gradients are scaled, as in float16. A fused optimizer would take the
            scale off by itself, and Lightning could not clip them before.
    """
    rate, decay = settings.learning_rate, settings.weight_decay
    given = list(weights)
    # None leaves it to torch, which does not fuse.
    fused = True if not is_scaled and _can_be_fused(given) else None
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(given, lr=rate, weight_decay=decay, fused=fused)
    if settings.optimizer == "adam":
        return torch.optim.Adam(given, lr=rate, weight_decay=decay, fused=fused)
    if settings.optimizer == "rmsprop":
        return torch.optim.RMSprop(given, lr=rate, alpha=settings.momentum, weight_decay=decay)
    return torch.optim.SGD(given, lr=rate, momentum=settings.momentum, weight_decay=decay)


def _can_be_fused(weights: list[Tensor]) -> bool:
    return all(weight.is_cuda and weight.is_floating_point() for weight in weights)


def rate_factor(step: int, total: int, settings: TrainingSettings) -> float:
    """Return the factor on the learning rate at an update, counted from 0.

    Args:
        step: number of the update.
        total: updates of the whole training, as far as it is known.
        settings: name the schedule.
    """
    warmup = min(1.0, (step + 1) / settings.warmup_steps) if settings.warmup_steps else 1.0
    part = min(1.0, step / max(1, total))
    if settings.schedule == "cosine":
        return warmup * 0.5 * (1 + math.cos(math.pi * part))
    if settings.schedule == "one-cycle":
        return warmup * _one_cycle(part)
    if settings.schedule == "inverse-time":
        return warmup / (1 + settings.decay * step)
    return warmup


def _one_cycle(part: float) -> float:
    if part < ONE_CYCLE_RISE:
        return _between(ONE_CYCLE_START, 1.0, part / ONE_CYCLE_RISE)
    return _between(1.0, ONE_CYCLE_END, (part - ONE_CYCLE_RISE) / (1 - ONE_CYCLE_RISE))


def _between(start: float, end: float, part: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * part))


@torch.no_grad()
def limit_weight_norms(network: nn.Module, most: float) -> None:
    """Shrink the weights of each output of a convolution or linear layer to a norm of `most`."""
    for module in network.modules():
        if isinstance(module, nn.Conv1d | nn.Linear):
            norms = module.weight.flatten(1).norm(dim=1).clamp(min=1e-12)
            shrink = (most / norms).clamp(max=1.0)
            module.weight.mul_(shrink.reshape(-1, *[1] * (module.weight.dim() - 1)))

"""What can be told of a network without training it: sizes, costs, and what it sees."""

from __future__ import annotations

import copy

import torch
from torch import nn


def layer_counts(network: nn.Module) -> list[int]:
    """Return the number of trainable parameters of each layer that has any, in order."""
    counts = [
        sum(weight.numel() for weight in module.parameters(recurse=False))
        for module in network.modules()
    ]
    return [count for count in counts if count]


def multiply_adds(network: nn.Module, length: int) -> int:
    """Count the multiplications of weights for one sequence."""
    total = 0

    def count(module: nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal total
        total += module.weight.numel() * (output.shape[2] if output.dim() == 3 else 1)

    handles = [
        module.register_forward_hook(count)
        for module in network.modules()
        if isinstance(module, nn.Conv1d | nn.Linear)
    ]
    with torch.no_grad():
        network.eval()(torch.zeros(1, 4, length))
    for handle in handles:
        handle.remove()
    return total


def receptive_field(layers: nn.Sequential, length: int) -> int:
    """Return how many bp one output unit sees, by the gradient with respect to the input.

    Pooling by means sees what pooling by largest values may see; all weights are 1.
    """
    seeing = nn.Sequential(*map(_seeing, copy.deepcopy(layers)))
    sequences = torch.ones(1, 4, length, requires_grad=True)
    output = seeing(sequences)
    output[0, 0, output.shape[2] // 2].backward()
    assert sequences.grad is not None
    seen = torch.nonzero(sequences.grad.abs().sum(dim=(0, 1))).ravel()
    assert (seen.diff() == 1).all()
    return len(seen)


def _seeing(layer: nn.Module) -> nn.Module:
    if isinstance(layer, nn.MaxPool1d):
        return nn.AvgPool1d(layer.kernel_size)
    if not isinstance(layer, nn.Conv1d):
        return nn.Identity()
    with torch.no_grad():
        layer.weight.fill_(1e-3)
    return layer

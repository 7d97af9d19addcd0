"""Arithmetic of a training, counted from the shapes of tensors alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from bench.training.one_hot import one_hot

if TYPE_CHECKING:
    from torch import Tensor, nn

WINDOWS = 2
"""One is too few for a network that normalises over windows."""


def update_flops(build: Callable[[], nn.Module], length: int, head: str | None) -> float:
    """Count what one window adds to an update: its forward pass, and the gradients.

    Products of matrices and convolutions are counted, an addition and a multiplication as two;
    other operators, such as Fourier transforms and what works element by element, are not.

    Args:
        build: makes the network.
        length: bp of a window.
        head: name that the network takes after the sequences; None where it takes none.
    """
    with FakeTensorMode(), torch.random.fork_rng(devices=[]):
        network = build().train()
        codes = torch.zeros(WINDOWS, length, dtype=torch.uint8)
        with FlopCounterMode(display=False) as counter:
            given = one_hot(codes)
            output: Tensor = network(given) if head is None else network(given, head)
            output.float().sum().backward()  # type: ignore[no-untyped-call]
    return float(counter.get_total_flops()) / WINDOWS

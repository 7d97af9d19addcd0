"""Where the kernels of this package can be launched."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import torch
from torch._subclasses.fake_tensor import FakeTensor

from bench.interface import device_kind

if TYPE_CHECKING:
    from torch import Tensor

OLDEST = (8, 0)
"""Compute capability of a GPU, Ampere's, from which on kernels are launched."""


def has_kernels(values: Tensor) -> bool:
    """Whether values are read by kernels: on a GPU, where torch's build brings Triton along.

    Kernels compute in single precision at best, and torch's compiler makes kernels of its own.
    """
    if device_kind(values) != "cuda" or values.dtype == torch.float64:
        return False
    if torch.compiler.is_compiling():
        return False
    return has_no_values(values) or _can_launch(values.device)


def _can_launch(device: torch.device) -> bool:
    # Older ones have neither room for the tiles nor bfloat16.
    return torch.cuda.get_device_capability(device) >= OLDEST and find_spec("triton") is not None


def has_no_values(values: Tensor) -> bool:
    """Whether a tensor has a shape and no memory, so that what kernels do can be counted only."""
    return isinstance(values, FakeTensor)

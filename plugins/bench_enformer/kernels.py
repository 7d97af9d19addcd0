"""Where the kernels of this package can be launched."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import torch
from torch._subclasses.fake_tensor import FakeTensor

from bench.interface import device_kind

if TYPE_CHECKING:
    from torch import Tensor


def has_kernels(values: Tensor) -> bool:
    """Whether values are read by kernels: on a GPU, where torch's build brings Triton along.

    Kernels compute in single precision at best, and torch's compiler makes kernels of its own.
    """
    return (
        device_kind(values) == "cuda"
        and values.dtype != torch.float64
        and not torch.compiler.is_compiling()
        and (has_no_values(values) or find_spec("triton") is not None)
    )


def has_no_values(values: Tensor) -> bool:
    """Whether a tensor has a shape and no memory, so that what kernels do can be counted only."""
    return isinstance(values, FakeTensor)

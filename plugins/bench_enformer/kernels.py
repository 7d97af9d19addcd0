"""Where the kernels of this package can be launched."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import torch
from torch._subclasses.fake_tensor import FakeTensor

if TYPE_CHECKING:
    from torch import Tensor


def has_kernels(values: Tensor) -> bool:
    """Whether kernels can read values: on a GPU, where torch's build brings Triton along.

    Tensors without values have no memory to read, kernels compute in single precision at best, and
    torch's compiler makes kernels of its own.
    """
    return (
        values.is_cuda
        and values.dtype != torch.float64
        and not isinstance(values, FakeTensor)
        and not torch.compiler.is_compiling()
        and find_spec("triton") is not None
    )

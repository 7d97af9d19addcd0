"""What a profiler times of a model that is a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

STANDS_FOR = "stands_for"
"""Attribute of a mode of torch's tensors without values: the device they stand for."""


def device_kind(tensor: Tensor) -> str:
    """Return `cpu` or `cuda`: where a tensor lies, or where it would lie if it had values.

    The profiler counts arithmetic on tensors that have shapes and no values, on any machine; a
    network whose computation depends on the device asks here.
    """
    stands_for: str = getattr(getattr(tensor, "fake_mode", None), STANDS_FOR, tensor.device.type)
    return stands_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A network made for one length, with random weights.

    Modules of the network may have an attribute `part`, such as `"attention"`: their time and
    arithmetic are told apart under that name. Of the others convolutions count as `convolution`,
    and what is left as `other`.
    """

    network: nn.Module
    """What is timed, on the CPU, or on torch's `meta` device where it was made there."""
    length: int
    """bp of a sequence that it reads; less than was asked for where its window is fixed."""
    forward: Callable[[Tensor], Tensor]
    """From codes `(n, length)`, uint8 on the network's device, to its output."""
    loss: Callable[[Tensor], Tensor]
    """From codes to the loss of made-up targets."""
    optimizer: Callable[[], Optimizer]
    """Makes the optimizer of the network's weights."""
    record: Callable[[Callable[[Tensor], Tensor], Tensor], Callable[[Tensor], Tensor]] | None = None
    """From a function of codes to a loss, and an example of them on a GPU, to one that replays the
    kernels of the loss and of its gradients, which it leaves in `.grad`; None: it has none."""
    gradient_clip: float = 0.0
    """Largest norm of all gradients together; 0: no limit."""

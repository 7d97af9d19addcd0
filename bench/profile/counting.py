"""Arithmetic and memory traffic of a network, counted operator by operator.

Networks are run on torch's fake tensors, which have shapes and no values, so that a sequence of
millions of bases takes no memory and little time.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from bench.profile.parts import part_of
from bench.profile.records import OTHER

if TYPE_CHECKING:
    from torch import Tensor, nn

aten = torch.ops.aten
FREE = {
    "empty", "empty_like", "new_empty", "empty_strided", "detach", "lift_fresh", "device",
    "_unsafe_view", "promote_types",
}  # fmt: skip
"""Operators that compute nothing."""


def _fft_flops(elements: int, size: int, real: bool) -> float:
    """Return the usual 5 n log2 n of a complex transform, half of it for a real one."""
    whole = 5.0 * elements * math.log2(max(size, 2))
    return whole / 2 if real else whole


def _fft_of(operator: str, arguments: tuple[Any, ...], output: Tensor) -> float:
    given: Tensor = arguments[0]
    real = operator != "_fft_c2c"
    longer = output if operator == "_fft_c2r" else given
    size = math.prod(longer.shape[dim] for dim in arguments[1])
    return _fft_flops(longer.numel(), size, real)


def _convolution_backward_flops(arguments: tuple[Any, ...]) -> float:
    """Return what gradients of input and weights take, each as much as the forward pass.

    torch's own formula takes no account of groups.
    """
    gradient, given, weight = arguments[:3]
    transposed, wanted = arguments[7], arguments[10]
    places = given if transposed else gradient
    once = 2.0 * len(places) * math.prod(places.shape[2:]) * weight.numel()
    return float(once * sum(wanted[:2]))


@dataclass(slots=True)
class Counts:
    """What a step computes and moves.

    Attributes:
        flops: an addition and a multiplication are two.
        flops_of_parts: the same by part of the network, in forward passes alone.
        bytes_moved: that operators read and write, each for itself.
        uncounted: operators whose arithmetic is not counted, and how often they were called.
        seconds: that all operators take, each at the machine's best.
    """

    flops: float = 0.0
    flops_of_parts: dict[str, float] = field(default_factory=dict)
    bytes_moved: float = 0.0
    uncounted: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Speeds:
    """FLOP and bytes in a second, at best."""

    flops: float = math.inf
    bytes_moved: float = math.inf


class _CountingMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, counts: Counts, speeds: Speeds, part: Callable[[], str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._counts, self._speeds, self._part = counts, speeds, part

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401  torch's own signature
        types: Any,  # noqa: ANN401
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        output = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name in FREE or _is_view(func):
            return output
        flops = self._flops(func, name, args, kwargs or {}, output)
        moved = _bytes((args, kwargs)) + _bytes(output)
        counts = self._counts
        counts.flops += flops
        counts.bytes_moved += moved
        part = self._part()
        counts.flops_of_parts[part] = counts.flops_of_parts.get(part, 0.0) + flops
        counts.seconds += max(flops / self._speeds.flops, moved / self._speeds.bytes_moved)
        return output

    def _flops(
        self,
        func: Any,  # noqa: ANN401
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Any,  # noqa: ANN401
    ) -> float:
        if name.startswith("_fft_"):
            return _fft_of(name, args, output)
        if name == "convolution_backward":
            return _convolution_backward_flops(args)
        formula = flop_registry.get(func.overloadpacket)
        if formula is None:
            self._counts.uncounted[name] += 1
            return 0.0
        return float(formula(*args, **kwargs, out_val=output))


def _left(inside: list[str]) -> None:
    # What a hook returns would stand in for the module's output.
    inside.pop()


def _is_view(func: Any) -> bool:  # noqa: ANN401  an operator of torch
    returns = func._schema.returns  # noqa: SLF001  torch tells of it nowhere else
    return bool(returns) and all(
        one.alias_info is not None and not one.alias_info.is_write for one in returns
    )


def _bytes(tree: object) -> float:
    """Return the bytes of all tensors in a tree of arguments."""
    if isinstance(tree, torch.Tensor):
        return float(tree.numel() * tree.element_size())
    if isinstance(tree, dict):
        tree = list(tree.values())
    return sum(map(_bytes, tree)) if isinstance(tree, list | tuple) else 0.0


def count(network: nn.Module, step: Callable[[], object], speeds: Speeds | None = None) -> Counts:
    """Count what a step of a network computes and moves.

    Args:
        network: of fake tensors, whose parts are told apart.
        step: runs it.
        speeds: of the machine, for `seconds`.
    """
    counts = Counts()
    inside: list[str] = []

    def current() -> str:
        return inside[0] if inside else OTHER

    hooks = []
    for module in network.modules():
        if (part := part_of(module)) is not None:
            hooks.append(module.register_forward_pre_hook(lambda *_, p=part: inside.append(p)))
            hooks.append(module.register_forward_hook(lambda *_: _left(inside)))
    try:
        with _CountingMode(counts, speeds or Speeds(), current):
            step()
    finally:
        for hook in hooks:
            hook.remove()
    return counts

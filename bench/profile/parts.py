"""How the time of a step divides over the parts of a network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from bench.profile.records import CONVOLUTION, OTHER

if TYPE_CHECKING:
    from bench.profile.timing import Step

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d)


def part_of(module: nn.Module) -> str | None:
    """Return the part that a module says it is, or that its kind is; None: no part of its own."""
    named = getattr(module, "part", None)
    if isinstance(named, str):
        return named
    return CONVOLUTION if isinstance(module, CONVOLUTIONS) else None


@dataclass(slots=True)
class PartWatch:
    """Notes what enters and leaves a part; inside a part, what else is a part counts as that."""

    now: Callable[[], Any]
    depth: int = 0
    spans: list[tuple[str, Any, Any]] = field(default_factory=list)
    _entered: Any = None

    def enter(self, *_: object) -> None:
        """Called before a module computes, or its gradients are computed."""
        if not self.depth:
            self._entered = self.now()
        self.depth += 1

    def leave(self, module: nn.Module, *_: object) -> None:
        """Called after it."""
        self.depth -= 1
        if not self.depth:
            self.spans.append((part_of(module) or OTHER, self._entered, self.now()))


@contextmanager
def watched(network: nn.Module, watch: PartWatch, *, backward: bool = False) -> Iterator[None]:
    """Let a watch see all parts of a network, and where asked for their gradients, too."""
    hooks = []
    for module in network.modules():
        if part_of(module) is None:
            continue
        hooks.append(module.register_forward_pre_hook(watch.enter))
        # Where activations are computed again, that stops by an exception as soon as it suffices.
        hooks.append(module.register_forward_hook(watch.leave, always_call=True))
        if backward:
            hooks.append(module.register_forward_pre_hook(_with_gradient))
            hooks.append(module.register_full_backward_pre_hook(watch.enter))
            hooks.append(module.register_full_backward_hook(watch.leave))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _with_gradient(_: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Give an input a gradient where none has one, since without it no end of a part is told."""
    tensors = [one for one in given if isinstance(one, torch.Tensor) and one.is_floating_point()]
    if not torch.is_grad_enabled() or any(one.requires_grad for one in tensors):
        return None
    return tuple(
        one.detach().requires_grad_() if any(one is tensor for tensor in tensors) else one
        for one in given
    )


def time_of_parts(
    network: nn.Module, step: Step, device: str, *, backward: bool = False
) -> dict[str, float]:
    """Return the seconds of each part during one step, and of what is left.

    Args:
        network: with modules that are parts.
        step: runs it.
        device: `cpu` or `cuda`.
        backward: whether gradients are computed, which count as the part that they are of. The
            first layer's input gets one, too, which no update needs.
    """
    watch = PartWatch(_event if device == "cuda" else time.perf_counter)
    with watched(network, watch, backward=backward):
        begin = watch.now()
        step()
        end = watch.now()
    if watch.depth:
        raise RuntimeError("a part began and did not end")
    between = _between_events if device == "cuda" else _difference
    if device == "cuda":
        torch.cuda.synchronize()
    seconds: dict[str, float] = {}
    for part, entered, left in watch.spans:
        seconds[part] = seconds.get(part, 0.0) + between(entered, left)
    seconds[OTHER] = seconds.get(OTHER, 0.0) + between(begin, end) - sum(seconds.values())
    return seconds


def _event() -> torch.cuda.Event:
    event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    event.record()
    return event


def _between_events(begin: torch.cuda.Event, end: torch.cuda.Event) -> float:
    return float(begin.elapsed_time(end)) / 1e3


def _difference(begin: float, end: float) -> float:
    return end - begin

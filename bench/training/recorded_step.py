"""A step of training whose kernels are recorded once and replayed for each batch.

A GPU waits where a host takes longer to ask for kernels than they take themselves. What was
recorded is asked for in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, Self

import torch

from bench.training.cuda_graph import CudaGraph

if TYPE_CHECKING:
    from torch import Tensor, nn


class Graph(Protocol):
    """Kernels that are recorded and replayed."""

    def warm_up(self, function: Callable[[], None]) -> None:
        """Run a function some times as it will be recorded."""

    def capture(self, function: Callable[[], None]) -> None:
        """Call a function once, which records its kernels and does not run them."""

    def replay(self) -> None:
        """Run the kernels again, on the memory that they were recorded with."""

    def another(self) -> Self:
        """Return one that shares this one's memory; results are used before another replay."""


class RecordedStep:
    """Forward and backward pass of a network on batches of one shape.

    Making one leaves running statistics, gradients and the states of random numbers as they were.

    Each call leaves the gradients in `.grad` of the weights, always in the same memory. Where steps
    accumulate they are added to what is in `.grad`, None counting as zero; elsewhere they take its
    place, whatever it was.

    Args:
        loss_of: of inputs, a scalar. It is called with autocast off, enters what it needs itself,
            and runs on the host only while the step is made.
        network: whose weights get gradients.
        inputs: an example of what `loss_of` takes, on the network's device; a call takes others of
            the same shapes and types.
        accumulates: whether an update has several steps.
        beside: a step of the same network whose memory this one shares, gradients included. The
            first may write them, any other then adds to them: it accumulates in any case.
        graph: of a step that is beside none; None: a CUDA graph.

    Raises:
        RuntimeError: the step cannot be recorded, such as one that waits for a value on the host.
    """

    def __init__(
        self,
        loss_of: Callable[..., Tensor],
        network: nn.Module,
        inputs: tuple[Tensor, ...],
        *,
        accumulates: bool,
        beside: RecordedStep | None = None,
        graph: Graph | None = None,
    ) -> None:
        self.accumulates = accumulates or beside is not None
        """Whether gradients are added to those that are there."""
        self.gradients: dict[nn.Parameter, Tensor] = {} if beside is None else beside.gradients
        """Where they lie, those of steps beside it included."""
        self.graph: Graph = (graph or CudaGraph()) if beside is None else beside.graph.another()
        self._loss_of = loss_of
        self._inputs = tuple(given.detach().clone() for given in inputs)
        self._weights = [weight for weight in network.parameters() if weight.requires_grad]
        self._written: list[nn.Parameter] = []
        self._loss = torch.zeros(())
        device = self._inputs[0].device
        self._device_type = device.type
        devices = [device] if device.type == "cuda" else []
        with _left_alone(network, self._weights), torch.random.fork_rng(devices):
            self._record(network)

    def __call__(self, *inputs: Tensor) -> Tensor:
        """Replay the step on other inputs, and return the loss.

        Raises:
            ValueError: their shapes or types are not those that were recorded.
        """
        self._take(inputs)
        if self.accumulates:
            self.put_gradients()
        else:
            for weight in self._written:
                weight.grad = self.gradients[weight]
        self.graph.replay()
        return self._loss.clone()

    def put_gradients(self) -> None:
        """Move gradients to where this step's lie, so that none are held twice; None is zero."""
        empty = []
        for weight in self._written:
            gradient = self.gradients[weight]
            if weight.grad is gradient:
                continue
            if weight.grad is None:
                empty.append(gradient)
            else:
                gradient.copy_(weight.grad)
            weight.grad = gradient
        if empty:
            torch._foreach_zero_(empty)

    def forget_gradients(self) -> None:
        """Begin an update: let this step's gradients be zero, where steps add to them."""
        if self.accumulates and self._written:
            torch._foreach_zero_([self.gradients[weight] for weight in self._written])

    def _record(self, network: nn.Module) -> None:
        buffers = dict(network.named_buffers())
        self.graph.warm_up(self._write)
        for name, buffer in network.named_buffers():
            if buffer is not buffers.get(name):
                raise RuntimeError(f"the network puts another tensor in the place of {name}")
        self._written = [weight for weight in self._weights if weight.grad is not None]
        if self.accumulates:
            for weight in self._written:
                assert weight.grad is not None
                weight.grad = self.gradients.setdefault(weight, weight.grad)
            self.graph.capture(self._add)
            return
        # Weights without a gradient get one in the graph's memory, where each replay writes it.
        _forget(self._weights)
        self.graph.capture(self._write)
        for weight in self._written:
            assert weight.grad is not None
            self.gradients[weight] = weight.grad

    def _write(self) -> None:
        _forget(self._weights)
        self._add()

    def _add(self) -> None:
        # The cache of autocast would keep casts of weights from before the recording, which no
        # replay makes anew. Off here, it is off in what `loss_of` enters. The backward pass runs
        # outside of autocast as usual, also where the step is made within.
        with torch.autocast(self._device_type, enabled=False, cache_enabled=False):
            loss = self._loss_of(*self._inputs)
            loss.backward()  # type: ignore[no-untyped-call]
        # Detached, since the passes' nodes would bind the next ones to their stream.
        self._loss = loss.detach()

    def _take(self, inputs: tuple[Tensor, ...]) -> None:
        for own, given in zip(self._inputs, inputs, strict=True):
            if own.shape != given.shape or own.dtype != given.dtype:
                raise ValueError(
                    f"an input is {given.dtype} {tuple(given.shape)}, but the step was recorded "
                    f"with {own.dtype} {tuple(own.shape)}"
                )
        for own, given in zip(self._inputs, inputs, strict=True):
            own.copy_(given)


def _forget(weights: list[nn.Parameter]) -> None:
    for weight in weights:
        weight.grad = None


@contextmanager
def _left_alone(network: nn.Module, weights: list[nn.Parameter]) -> Iterator[None]:
    """Put gradients and buffers back, such as running statistics."""
    gradients = [weight.grad for weight in weights]
    buffers = {name: (buffer, buffer.clone()) for name, buffer in network.named_buffers()}
    try:
        yield
    finally:
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        for name, (buffer, value) in buffers.items():
            buffer.copy_(value)
            owner, _, last = name.rpartition(".")
            setattr(network.get_submodule(owner), last, buffer)

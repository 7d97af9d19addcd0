"""Which batches of a training are computed by recorded steps, one for each head and shape."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from bench.training.batches import Batch
from bench.training.cuda_graph import CudaGraph
from bench.training.recorded_step import Graph, RecordedStep

if TYPE_CHECKING:
    from torch import Tensor, nn

    Losses = Callable[[Batch], tuple[Tensor, Tensor]]
    Key = tuple[str, torch.Size, torch.Size]


class StepRecorder:
    """Records the step of the second batch of each head and shape; once seen may be never again.

    After a step that cannot be recorded none is.

    Args:
        accumulates: whether an update has several batches.
        log: is told why a step cannot be recorded.
        make_graph: makes that of the first step.
    """

    def __init__(
        self,
        *,
        accumulates: bool,
        log: logging.Logger,
        make_graph: Callable[[], Graph] = CudaGraph,
    ) -> None:
        self._accumulates = accumulates
        self._log = log
        self._make_graph = make_graph
        self._steps: dict[Key, RecordedBatch] = {}
        self._seen: set[Key] = set()
        self._is_off = False

    def step_for(
        self, batch: Batch, network: nn.Module, losses: Losses, *, begins_update: bool
    ) -> RecordedBatch | None:
        """Return the step that a batch is replayed with; None where it is computed as usual.

        Gradients are as they were, or forgotten where the batch begins an update.
        """
        key = _key(batch)
        if self._is_off or key in self._steps:
            return self._steps.get(key)
        if key not in self._seen:
            self._seen.add(key)
            return None
        if begins_update:
            # They would be held beside those of the recording.
            network.zero_grad()
        step = self._recorded(batch, network, losses)
        if step is None:
            self.release()
            self._is_off = True
            # What is left of the pass that failed would bind the next ones to its stream.
            gc.collect()
            return None
        self._steps[key] = step
        return step

    def _recorded(self, batch: Batch, network: nn.Module, losses: Losses) -> RecordedBatch | None:
        first = next(iter(self._steps.values()), None)
        try:
            return RecordedBatch(
                batch,
                network,
                losses,
                accumulates=self._accumulates,
                beside=first.step if first else None,
                graph=None if first else self._make_graph(),
            )
        except RuntimeError as error:
            self._log.warning(
                "the training step cannot be recorded, and is computed as usual: %s", _cause(error)
            )
            return None

    def put_gradients(self, head: str) -> None:
        """Let a usual backward pass of a head add to the gradients of its recorded steps."""
        for (name, *_), recorded in self._steps.items():
            if name == head:
                recorded.step.put_gradients()
                return

    def release(self) -> None:
        """Give the memory of all steps back, but for gradients that are still in `.grad`."""
        self._steps.clear()


class RecordedBatch:
    """The step of all batches of one head and shape.

    Args:
        batch: one of them.
        network: whose weights get gradients.
        losses: of a batch, what is minimised and what is told.
        accumulates: whether an update has several batches.
        beside: see `RecordedStep`.
        graph: see `RecordedStep`.
    """

    def __init__(
        self,
        batch: Batch,
        network: nn.Module,
        losses: Losses,
        *,
        accumulates: bool,
        beside: RecordedStep | None,
        graph: Graph | None,
    ) -> None:
        self._head = batch.head
        self._losses = losses
        self._told = torch.zeros(())
        self.step = RecordedStep(
            self._minimised,
            network,
            (*_tensors(batch), torch.ones((), device=batch.codes.device)),
            accumulates=accumulates,
            beside=beside,
            graph=graph,
        )

    def __call__(self, batch: Batch, factor: Tensor) -> Tensor:
        """Replay the step, let gradients be those of `factor` times the loss, return the told."""
        self.step(*_tensors(batch), factor)
        return self._told.clone()

    def _minimised(self, codes: Tensor, targets: Tensor, turned: Tensor, factor: Tensor) -> Tensor:
        minimised, told = self._losses(Batch(codes, targets, turned, self._head))
        # It stays in the graph's memory, where each replay leaves that of its batch.
        self._told = told.detach()
        return minimised * factor


def _tensors(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    return batch.codes, batch.targets, batch.turned


def _key(batch: Batch) -> Key:
    return batch.head, batch.codes.shape, batch.targets.shape


def _cause(error: BaseException) -> str:
    """Say what went wrong first: the end of a recording that failed fails as well."""
    while error.__context__ is not None:
        error = error.__context__
    return (str(error).splitlines() or [type(error).__name__])[0]

"""Batches of items, read ahead by threads, the same in every run with the same seed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from bench.interface import DEFAULT_HEAD

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from bench.interface import Examples

PREDICTION_BATCH = 256
"""Most sequences that are predicted together."""
PREDICTION_BASES = 1 << 19
"""Most bp that are predicted together, so that long windows fit the memory."""
AHEAD = 4
"""Batches that each thread reads ahead."""


class Batch(NamedTuple):
    """Items of one step.

    Attributes:
        codes: bases as codes, uint8 `(n, length)`.
        targets: float32 `(n, targets)` or `(n, bins, targets)`, NaN where not measured.
        turned: which items are read on the other strand, bool `(n,)`.
        head: whose targets they are.
    """

    codes: Tensor
    targets: Tensor
    turned: Tensor
    head: str = DEFAULT_HEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How training items are varied.

    Attributes:
        reverse_complement: whether either strand is drawn.
        shift: most bp by which a window is moved.
    """

    reverse_complement: bool = False
    shift: int = 0


class TrainingBatches:
    """Iterates over shuffled batches; each iteration is one epoch.

    Order, strands and shifts of an epoch come from the seed and the number of the epoch alone, so
    that a training that goes on from a checkpoint sees what it would have seen.

    Args:
        examples: training items.
        targets: theirs, float32 `(n, targets)` or `(n, bins, targets)`.
        length: bp that are read.
        size: items of one batch of this process.
        seed: of the order and the augmentation.
        augmentation: how items are varied.
        workers: threads that read ahead.
        steps: batches of an epoch; 0 for one pass over the items.
        world: how many processes train together; each reads other items.
        head: whose items they are.
    """

    def __init__(
        self,
        examples: Examples,
        targets: NDArray[np.float32],
        length: int | None,
        size: int,
        *,
        seed: int,
        augmentation: Augmentation,
        workers: int = 1,
        steps: int = 0,
        world: int = 1,
        head: str = DEFAULT_HEAD,
    ) -> None:
        self._head = head
        self._examples = examples
        self._targets = targets
        self._length = length
        self._size = size
        self._seed = seed
        self._augmentation = augmentation
        self._workers = workers
        self._world = world
        self.rank = 0
        """Number of this process among those that train together."""
        self._steps = steps or max(1, len(examples) // (size * world))
        self.epoch = 0
        self.waited = 0.0
        """Seconds in which a batch was asked for and not there."""

    def __len__(self) -> int:
        """Batches of an epoch."""
        return self._steps

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of the current epoch."""
        jobs = (
            (self.epoch, step, rows[self.rank :: self._world])
            for step, rows in enumerate(self._rows(self._size * self._world))
        )
        with ThreadPoolExecutor(self._workers) as pool:
            waiting: deque[Future[Batch]] = deque()
            for job in jobs:
                waiting.append(pool.submit(self._read, *job))
                if len(waiting) > AHEAD * self._workers:
                    yield self._next(waiting)
            while waiting:
                yield self._next(waiting)

    def _next(self, waiting: deque[Future[Batch]]) -> Batch:
        began = perf_counter()
        batch = waiting.popleft().result()
        self.waited += perf_counter() - began
        return batch

    def _rows(self, size: int) -> Iterator[NDArray[np.int64]]:
        """Yield the rows of each step: passes over the items follow each other across epochs."""
        count = len(self._examples)
        first = self.epoch * self._steps * size
        number, order = -1, np.zeros(0, np.int64)
        for step in range(self._steps):
            places = np.arange(first + step * size, first + (step + 1) * size)
            rows = np.empty(size, np.int64)
            for turn in np.unique(places // count):
                if turn != number:
                    number = int(turn)
                    order = np.random.default_rng([self._seed, 1, number]).permutation(count)
                inside = places // count == turn
                rows[inside] = order[places[inside] % count]
            yield rows

    def _read(self, epoch: int, step: int, rows: NDArray[np.int64]) -> Batch:
        generator = np.random.default_rng([self._seed, 2, epoch, step, self.rank])
        most = self._augmentation.shift
        shifts = generator.integers(-most, most + 1, len(rows))
        turned = generator.random(len(rows)) < 0.5 * self._augmentation.reverse_complement
        codes = self._examples[rows].windows(self._length, shifts if most else 0)
        return Batch(
            torch.from_numpy(np.ascontiguousarray(codes)),
            torch.from_numpy(self._targets[rows]),
            torch.from_numpy(turned),
            self._head,
        )


def prediction_batch(length: int) -> int:
    """Return how many sequences of that many bp are predicted together."""
    return max(1, min(PREDICTION_BATCH, PREDICTION_BASES // max(length, 1)))


def ordered_batches(examples: Examples, length: int | None, size: int) -> Iterator[Tensor]:
    """Yield the codes of all items in order, uint8 `(n, length)`."""
    for codes in examples.batches(size, length):
        yield torch.from_numpy(np.ascontiguousarray(codes))

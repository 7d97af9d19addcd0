"""Batches of several heads in turn, as when one trunk learns from two species."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.training.batches import Batch, TrainingBatches


class AlternatingBatches:
    """Takes the batches of one update of each head in turn; an epoch has as many of each.

    Args:
        parts: batches of each head, of epochs of one length.
        together: batches of an update.
    """

    def __init__(self, parts: list[TrainingBatches], together: int = 1) -> None:
        self._parts = parts
        self._together = together

    def __len__(self) -> int:
        """Batches of an epoch."""
        return sum(len(part) for part in self._parts)

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of the current epoch."""
        streams = [iter(part) for part in self._parts]
        for _ in range(0, len(self._parts[0]), self._together):
            for stream in streams:
                yield from islice(stream, self._together)

    @property
    def epoch(self) -> int:
        """Number of the epoch."""
        return self._parts[0].epoch

    @epoch.setter
    def epoch(self, number: int) -> None:
        for part in self._parts:
            part.epoch = number

    @property
    def rank(self) -> int:
        """Number of this process among those that train together."""
        return self._parts[0].rank

    @rank.setter
    def rank(self, number: int) -> None:
        for part in self._parts:
            part.rank = number

    @property
    def waited(self) -> float:
        """Seconds in which a batch was asked for and not there."""
        return sum(part.waited for part in self._parts)

    @waited.setter
    def waited(self, seconds: float) -> None:
        for part in self._parts:
            part.waited = seconds / len(self._parts)

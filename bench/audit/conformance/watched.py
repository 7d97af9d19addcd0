"""Examples that remember what a model asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.data.examples import ArrayExamples
from bench.interface.context import DEFAULT_HEAD

if TYPE_CHECKING:
    import pandas as pd

    from bench.interface.arrays import CodeArray, FloatArray, IntArray


@dataclass
class Reading:
    """What was asked.

    `lengths` of windows (None: the item's own), the largest `shift` in bp; how often for the rest.
    """

    lengths: set[int | None] = field(default_factory=set)
    shift: int = 0
    targets: int = 0
    items: int = 0


class WatchedExamples(ArrayExamples):
    """Examples in memory that note every request in `reading`, as do all parts of them."""

    def __init__(
        self,
        sequences: Sequence[CodeArray],
        targets: Mapping[str, FloatArray] | None,
        items: pd.DataFrame | None,
        *,
        reading: Reading,
    ) -> None:
        super().__init__(sequences, targets, items)
        self.reading = reading

    def __getitem__(self, rows: slice | IntArray) -> Self:
        part = super().__getitem__(rows)
        part.reading = self.reading
        return part

    def windows(self, length: int | None = None, shift: int | IntArray = 0) -> CodeArray:
        """Read sequences, and note how far."""
        self.reading.lengths.add(length)
        self.reading.shift = max(self.reading.shift, int(np.max(np.abs(shift), initial=0)))
        return super().windows(length, shift)

    def targets(self, head: str = DEFAULT_HEAD) -> FloatArray:
        """Read targets, and note it even where there are none to read."""
        self.reading.targets += 1
        return super().targets(head)

    @property
    def items(self) -> pd.DataFrame:
        """Read ids and coordinates, and note it."""
        self.reading.items += 1
        return super().items

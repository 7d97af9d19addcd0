"""Examples read from a built task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from bench.interface.context import DEFAULT_HEAD
from bench.interface.errors import BenchError
from bench.interface.examples import Examples

if TYPE_CHECKING:
    import pandas as pd

    from bench.interface.arrays import CodeArray, FloatArray, IntArray
    from bench.tasks.store import BuiltTask


ITEM_COLUMNS = ("item", "chrom", "start", "end", "strand", "ref", "alt", "tss_distance")
"""What a model may see of an item; variants have alleles, the distance is there where the task
names transcripts."""
HIDDEN_COORDINATES = "coordinates are shown only to a model whose card says uses_coordinates"


class StoredExamples(Examples):
    """Some items of a built task; sequences are read when asked for."""

    def __init__(
        self, task: BuiltTask, rows: IntArray, *, with_targets: bool, with_items: bool
    ) -> None:
        """Take the items at `rows` of `task`; targets and coordinates are shown only on request."""
        self._task = task
        self._rows = rows
        self._with_targets = with_targets
        self._with_items = with_items

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: slice | IntArray) -> Self:
        return type(self)(
            self._task,
            self._rows[rows],
            with_targets=self._with_targets,
            with_items=self._with_items,
        )

    @property
    def lengths(self) -> IntArray:
        """Length of each item's own interval in bp."""
        return self._task.sequences.lengths(self._rows)

    def windows(self, length: int | None = None, shift: int | IntArray = 0) -> CodeArray:
        """Read sequences as codes, `(n, length)`."""
        return self._task.sequences.windows(self._rows, length, shift)

    def alleles(self, length: int) -> tuple[CodeArray, CodeArray]:
        """Read windows of both alleles of variants, `(n, length)` each."""
        return self._task.alleles(self._rows, length)

    def targets(self, head: str = DEFAULT_HEAD) -> FloatArray:
        """Targets, float32, in `fit` only; NaN for items of another head."""
        if not self._with_targets:
            raise BenchError("targets are shown in fit only")
        if head not in self._task.info.heads:
            raise BenchError(f"task {self._task.info.name} has no head {head!r}")
        return self._task.targets_at(self._rows, head)

    @property
    def items(self) -> pd.DataFrame:
        """Ids and coordinates, for a model that uses them."""
        if not self._with_items:
            raise BenchError(HIDDEN_COORDINATES)
        stored = self._task.items()
        columns = [name for name in ITEM_COLUMNS if name in stored]
        return stored[columns].iloc[self._rows].reset_index(drop=True)

    def tss_distances(self) -> FloatArray:
        """Return bp from the nearest TSS to each item's centre, or to those of its bins."""
        distances = self._task.bin_tss_distances
        if distances is None:
            return super().tss_distances()
        if not self._with_items:
            raise BenchError(HIDDEN_COORDINATES)
        return np.asarray(distances[self._rows], dtype=np.float64)

    def of_head(self, head: str) -> Self:
        """Items that carry targets of a head."""
        if head not in self._task.info.heads:
            raise BenchError(f"task {self._task.info.name} has no head {head!r}")
        return self[np.flatnonzero(self._task.is_of_head(head)[self._rows])]

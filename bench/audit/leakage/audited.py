"""A built task as an audit sees it: sequences and targets on either side of the split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.card import TaskKind
from bench.tasks.apart import task_sequences

if TYPE_CHECKING:
    import pandas as pd

    from bench.interface.arrays import CodeArray, FloatArray, IntArray
    from bench.tasks.info import TaskInfo
    from bench.tasks.store import BuiltTask


ROWS_AT_ONCE = 256
"""Items whose bins are held at a time."""


@dataclass(frozen=True)
class Side:
    """Items on one side of the split.

    `frame` has the columns of the task's items; of several genomes, `chrom` names its genome too.
    `sequences` are codes of the items' own intervals, those of variants both alleles behind each
    other. `targets` float32 `(n, targets)`, those of all heads side by side; of bins their mean.
    """

    frame: pd.DataFrame
    sequences: list[CodeArray]
    targets: FloatArray
    blocks: IntArray

    def __len__(self) -> int:
        return len(self.sequences)

    @property
    def names(self) -> list[str]:
        """Ids of the items."""
        return [str(name) for name in self.frame["item"]]


class AuditedTask:
    """A task with its items divided into those that are learnt from and those of the test set."""

    def __init__(self, task: BuiltTask) -> None:
        self._task = task

    @property
    def info(self) -> TaskInfo:
        """What is known of the task."""
        return self._task.info

    @property
    def is_classes(self) -> bool:
        """Whether targets are 0 or 1."""
        return any(
            count.positives is not None for counts in self.info.counts.values() for count in counts
        )

    @property
    def is_learnt(self) -> bool:
        """Whether models are fitted on this task, and not on others."""
        return self.info.kind is not TaskKind.VARIANT

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of all targets, in the order of `Side.targets`."""
        return self.info.target_names

    @property
    def on_genome(self) -> bool:
        """Whether items have coordinates."""
        return bool(np.any(self._items["chrom"].to_numpy() != ""))

    @cached_property
    def train(self) -> Side:
        """Items of the training set."""
        return self._side("train")

    @cached_property
    def valid(self) -> Side:
        """Items of the validation set."""
        return self._side("valid")

    @cached_property
    def test(self) -> Side:
        """Items of the test set."""
        return self._side("test")

    @cached_property
    def learnt(self) -> Side:
        """Items of training and validation set, which models learn from."""
        return self._side("train", "valid")

    @cached_property
    def _items(self) -> pd.DataFrame:
        frame = self._task.items()
        genomes = [head.genome or "" for head in self.info.heads.values()]
        if len(set(genomes)) > 1:
            # Chromosomes of several genomes have the same names.
            of_item = np.array(genomes, dtype=object)[self._task.head_numbers]
            chroms = frame["chrom"].to_numpy(dtype=object)
            frame["chrom"] = np.where(chroms == "", "", of_item + ":" + chroms)
        return frame

    def _side(self, *splits: str) -> Side:
        rows = np.concatenate([self._task.rows(split) for split in splits])
        parts = [self._targets(rows[start : start + ROWS_AT_ONCE]) for start in _starts(rows)]
        return Side(
            self._items.iloc[rows].reset_index(drop=True),
            task_sequences(self._task, rows) if len(rows) else [],
            np.concatenate(parts),
            self._task.blocks[rows],
        )

    def _targets(self, rows: IntArray) -> FloatArray:
        targets = np.concatenate(
            [self._task.targets_at(rows, head) for head in self.info.heads], axis=-1
        )
        if targets.ndim == 2:
            return targets
        # Means over bins; a window of another head's genome has none.
        measured = ~np.isnan(targets)
        count = measured.sum(axis=1)
        total = np.where(measured, targets, 0).sum(axis=1, dtype=np.float64)
        means: FloatArray = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return means.astype(np.float32)


def _starts(rows: IntArray) -> range:
    return range(0, max(len(rows), 1), ROWS_AT_ONCE)

"""Which test items of a task are scored: all, or those that no weights were trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.metrics.bootstrap import FEW_BLOCKS

if TYPE_CHECKING:
    from bench.run.store import RunFolder
    from bench.tasks.info import TaskInfo


@dataclass(frozen=True, slots=True)
class ScoredItems:
    """The test items that count, and their blocks.

    `left_out` counts those that do not. `prevalence` is the share of positives of each target that
    has any items; empty where targets are numbers.
    """

    items: int
    left_out: int
    blocks: int
    prevalence: tuple[float, ...]

    @property
    def few_blocks(self) -> bool:
        """Whether there are too few blocks for a reliable interval."""
        return self.blocks < FEW_BLOCKS


def scored_items(run: RunFolder, info: TaskInfo) -> ScoredItems:
    """Count the test items of a task of a run that its models are scored on."""
    mask = run.left_out(info.key)
    counts = info.counts["test"]
    if mask is None or not mask.any():
        shares = tuple(
            count.positives / count.items
            for count in counts
            if count.positives is not None and count.items
        )
        return ScoredItems(info.items["test"], 0, info.blocks, shares)
    truth = run.truth(info.key)
    are_classes = any(count.positives is not None for count in counts)
    return ScoredItems(
        items=int((~mask).sum()),
        left_out=int(mask.sum()),
        blocks=len(np.unique(truth.blocks[~mask])),
        prevalence=tuple(
            float(target[~np.isnan(target)].mean())
            for target in (truth.targets.T if are_classes else ())
            if not np.isnan(target).all()
        ),
    )

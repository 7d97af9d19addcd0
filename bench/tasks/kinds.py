"""What each kind of task demands of its targets, and how it is scored unless it says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class KindRules:
    """The rules of a kind of task.

    `check(task, split, target, values)` raises a `BenchError` where the measured values of a target
    in a split cannot be learnt from or scored. `counts_positives` says that targets are classes.
    """

    metrics: tuple[str, ...]
    counts_positives: bool
    check: Callable[[str, str, str, FloatArray], None]


def _check_classes(task: str, split: str, target: str, values: FloatArray) -> None:
    classes = np.unique(values)
    odd = classes[(classes != 0) & (classes != 1)]
    if len(odd):
        raise BenchError(f"task {task}: target {target!r} holds {odd[0]:g}, expected 0 or 1")
    if len(classes) < 2:
        only = f"only class {classes[0]:g}" if len(classes) else "no measured value"
        raise BenchError(f"task {task}: target {target!r} has {only} in {split}, expected 0 and 1")


def _check_numbers(task: str, split: str, target: str, values: FloatArray) -> None:
    if np.isinf(values).any():
        raise BenchError(f"task {task}: target {target!r} holds an infinite value in {split}")
    if len(np.unique(values)) < 2:
        raise BenchError(f"task {task}: target {target!r} is constant or missing in {split}")


CLASSIFICATION = KindRules(("auroc", "auprc"), counts_positives=True, check=_check_classes)
REGRESSION = KindRules(("pearson", "spearman", "r2"), counts_positives=False, check=_check_numbers)

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

    `check_values(task, target, values)` raises a `BenchError` where a measured value of a target is
    none of this kind, `check_split(task, split, target, values)` where the values in a split cannot
    be learnt from or scored. `counts_positives` says that targets are classes. Where a kind is not
    `is_learnt`, models are fitted on other tasks, and it needs no training items.
    """

    metrics: tuple[str, ...]
    counts_positives: bool
    check_values: Callable[[str, str, FloatArray], None]
    check_split: Callable[[str, str, str, FloatArray], None]
    is_learnt: bool = True


def _zero_or_one(task: str, target: str, values: FloatArray) -> None:
    odd = values[(values != 0) & (values != 1)]
    if len(odd):
        raise BenchError(f"task {task}: target {target!r} holds {odd[0]:g}, expected 0 or 1")


def _both_classes(task: str, split: str, target: str, values: FloatArray) -> None:
    classes = np.unique(values)
    if len(classes) < 2:
        only = f"only class {classes[0]:g}" if len(classes) else "no measured value"
        raise BenchError(f"task {task}: target {target!r} has {only} in {split}, expected 0 and 1")


def _finite(task: str, target: str, values: FloatArray) -> None:
    if np.isinf(values).any():
        raise BenchError(f"task {task}: target {target!r} holds an infinite value")


def _counts(task: str, target: str, values: FloatArray) -> None:
    _finite(task, target, values)
    if len(values) and values.min() < 0:
        raise BenchError(f"task {task}: target {target!r} holds {values.min():g}, expected counts")


def _not_constant(task: str, split: str, target: str, values: FloatArray) -> None:
    if len(np.unique(values)) < 2:
        raise BenchError(f"task {task}: target {target!r} is constant or missing in {split}")


CLASSIFICATION = KindRules(
    ("auroc", "auprc"),
    counts_positives=True,
    check_values=_zero_or_one,
    check_split=_both_classes,
)
REGRESSION = KindRules(
    ("pearson", "spearman", "r2"),
    counts_positives=False,
    check_values=_finite,
    check_split=_not_constant,
)
PROFILE = KindRules(
    (
        "pearson-bins",
        "spearman-bins",
        "pearson-loci",
        "spearman-loci",
        "pearson-tracks",
        "spearman-tracks",
        "poisson-deviance",
    ),
    counts_positives=False,
    check_values=_counts,
    check_split=_not_constant,
)
EXPRESSION = KindRules(
    ("spearman-genes", "pearson-genes", "spearman-conditions", "pearson-conditions"),
    counts_positives=False,
    check_values=_finite,
    check_split=_not_constant,
)
CAUSAL_METRICS = {"auroc-causal", "auprc-causal"}
CAUSAL = KindRules(
    ("auroc-causal", "auprc-causal"),
    counts_positives=True,
    check_values=_zero_or_one,
    check_split=_both_classes,
    is_learnt=False,
)
VARIANT = KindRules(
    ("pearson-effects", "spearman-effects", "sign-accuracy"),
    counts_positives=False,
    check_values=_finite,
    check_split=_not_constant,
    is_learnt=False,
)


def suited(rules: KindRules, metrics: tuple[str, ...]) -> KindRules:
    """Return the rules of tasks of variants whose metrics want classes, else those of the kind."""
    return CAUSAL if rules is VARIANT and CAUSAL_METRICS & set(metrics) else rules

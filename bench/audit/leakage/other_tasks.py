"""Variants whose sequence stands in the tasks that the models judged on them are fitted on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.share import not_checked, share_finding
from bench.tasks.apart import shares_words
from bench.tasks.certificate import Finding
from bench.tasks.info import divided_alike

if TYPE_CHECKING:
    from bench.audit.leakage.audited import AuditedTask
    from bench.tasks.store import BuiltTask

CHECK = "shared-with"
WORD = 30


def shared_with(
    task: AuditedTask, built: BuiltTask, fitted_on: Mapping[str, BuiltTask]
) -> list[Finding]:
    """Look for variants that share a 30-mer with training or validation items of other tasks.

    Args:
        task: of variants.
        built: the same.
        fitted_on: the other tasks, by their role.
    """
    if not fitted_on:
        return [not_checked(CHECK, "no task is named that models are fitted on")]
    return [_shared(task, built, role, other) for role, other in sorted(fitted_on.items())]


def _shared(task: AuditedTask, built: BuiltTask, role: str, other: BuiltTask) -> Finding:
    name = f"{CHECK}-{other.info.name}"
    ours, theirs = built.info, other.info
    if divided_alike(ours, theirs):
        told = f"{theirs.name} ({role}) is divided by the same chromosomes of {ours.genome}"
        return not_checked(name, told)
    side = task.test
    marked = (
        shares_words(side.sequences, other, learnt=True, word=WORD)
        if len(side)
        else np.zeros(0, dtype=bool)
    )
    return share_finding(
        name, marked, side.names,
        f"share a {WORD}-mer with training or validation items of {theirs.name} ({role})",
    )  # fmt: skip

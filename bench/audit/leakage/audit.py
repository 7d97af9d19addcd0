"""The audit of a built task: all checks, and the certificate that they come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bench import __version__
from bench.audit.leakage.alignment import aligned
from bench.audit.leakage.audited import AuditedTask
from bench.audit.leakage.balance import balance
from bench.audit.leakage.contest import contest, measure_of
from bench.audit.leakage.duplicates import copies, within_test
from bench.audit.leakage.features import differences
from bench.audit.leakage.interval_overlap import overlaps
from bench.audit.leakage.near_duplicates import likeness, near_duplicates
from bench.audit.leakage.other_tasks import shared_with
from bench.audit.leakage.rules import rules_hash
from bench.audit.leakage.share import not_checked
from bench.interface.context import Progress, silent
from bench.tasks.certificate import Certificate, Finding, NullScore, Verdict

if TYPE_CHECKING:
    from bench.audit.leakage.near_duplicates import Likeness
    from bench.interface.arrays import FloatArray
    from bench.tasks.store import BuiltTask

WORST_FIRST = (Verdict.FAIL, Verdict.WARN)
FITTED_ELSEWHERE = "models are fitted on other tasks"


def audit(
    task: BuiltTask,
    fitted_on: Mapping[str, BuiltTask] | None = None,
    context: int | None = None,
    threads: int = 1,
    progress: Progress = silent,
) -> tuple[Certificate, FloatArray | None]:
    """Look at a built task; return its certificate and the identity of each test item to training.

    Args:
        task: the task.
        fitted_on: of a task of variants, the tasks that models are fitted on, by their role.
        context: bp around an item's centre that models read; None: the most that the task allows.
        threads: for MMseqs2.
        progress: told of each step.

    Returns:
        The certificate; and share of each test item's bases found in its nearest training item,
        `(n,)`, NaN where none is alike, or None for a task of variants.
    """
    audited = AuditedTask(task)
    context = context or audited.info.input_limit
    steps = _Steps(progress, 7)
    findings: list[Finding] = [left_out(audited)]
    like: Likeness | None = None
    reference: NullScore | None = None
    nulls: tuple[NullScore, ...] = ()
    if audited.is_learnt:
        findings += steps.did("copies", copies(audited))
        findings += steps.did("overlap", overlaps(audited, context))
        like = likeness(audited)
        findings += steps.did("near-duplicates", [near_duplicates(audited, like)])
        findings += steps.did("alignment", [aligned(audited, threads)])
        reference, nulls, judged = contest(audited, like)
        findings += steps.did("null models", judged)
    else:
        findings += steps.did("tasks fitted on", shared_with(audited, task, fitted_on or {}))
        findings.append(not_checked("null-models", FITTED_ELSEWHERE))
    findings += steps.did("balance", [balance(audited)])
    findings += steps.did("differences", [*differences(audited), within_test(audited)])
    return _certificate(audited, context, findings, reference, nulls, like), (
        None if like is None else like.identity.astype(np.float32)
    )


def left_out(task: AuditedTask) -> Finding:
    """Tell what the build left out so that the split holds: no fault of the task as it is."""
    reasons = task.info.excluded
    told = "; ".join(f"{count} ({reason})" for reason, count in reasons.items())
    return Finding(
        check="left-out",
        verdict=Verdict.PASS,
        found=f"items left out when the task was built: {told or 'none'}",
        rule="told, not judged",
        figures={reason: float(count) for reason, count in reasons.items()},
    )


class _Steps:
    """Reports what is done."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def did(self, note: str, findings: list[Finding]) -> list[Finding]:
        self._done += 1
        self._progress(self._done, self._total, note)
        return findings


def _certificate(
    task: AuditedTask,
    context: int | None,
    findings: list[Finding],
    reference: NullScore | None,
    nulls: tuple[NullScore, ...],
    like: Likeness | None,
) -> Certificate:
    odd = [one for verdict in WORST_FIRST for one in findings if one.verdict is verdict]
    info = task.info
    return Certificate(
        task=info.name,
        key=info.key,
        dataset_hash=info.dataset_hash,
        split_hash=info.split_hash,
        cisbench=__version__,
        rules=rules_hash(),
        items=dict(info.items),
        context=context if task.on_genome else None,
        measure=type(measure_of(task)).__name__,
        verdict=odd[0].verdict if odd else Verdict.PASS,
        reasons=tuple(f"{one.check}: {one.found}" for one in odd),
        findings=tuple(findings),
        reference=reference,
        nulls=nulls,
        similarity=None if like is None else like.summary,
    )

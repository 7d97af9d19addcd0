"""Overlap of intervals between training and test set, over all that a model may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.audit.leakage.share import not_checked, share_finding
from bench.data.overlap import rows_touching
from bench.tasks.certificate import Finding, Verdict

if TYPE_CHECKING:
    from bench.audit.leakage.audited import AuditedTask

OWN, WINDOW = "overlapping-items", "overlapping-windows"


def overlaps(task: AuditedTask, context: int | None) -> list[Finding]:
    """Look for test items that overlap training or validation items on the genome.

    Args:
        task: the task.
        context: bp around the centre of every item that a model may read; None: no more than the
            items themselves.
    """
    if not task.on_genome:
        why = "items have no coordinates"
        return [not_checked(OWN, why), not_checked(WINDOW, why)]
    test, learnt = task.test, task.learnt
    own = rows_touching(test.frame, learnt.frame)
    found = share_finding(OWN, own, test.names, "overlap items of train or valid")
    if context is None:
        return [found, not_checked(WINDOW, "nothing lies around the items")]
    windows = rows_touching(test.frame, learnt.frame, context)
    wide = share_finding(
        WINDOW, windows & ~own, test.names,
        f"overlap items of train or valid only with the {context:,} bp around each that a model "
        "may read",
    )  # fmt: skip
    # Flanks that were seen tell no target by themselves.
    verdict = Verdict.WARN if wide.verdict is Verdict.FAIL else wide.verdict
    return [found, wide.model_copy(update={"verdict": verdict, "rule": "any is a warning"})]

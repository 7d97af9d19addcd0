"""Verdicts on shares of the test set, by one rule for all checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.tasks.certificate import Finding, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAILING = 0.02
"""Share of the test set. About twice that share of all pairs of a positive and a negative holds one
of these items: a model with an AUROC of 0.75 that knows them by heart gains 0.01, which is what
neighbours on a leaderboard differ by."""
RULE = f"fails at {FAILING:.0%} of the test items; below that, any is a warning"
EXAMPLES = 5
TOO_FEW = "too few test items of either class, or with a value"


def share_verdict(share: float) -> Verdict:
    """Judge a share of the test set that should be 0."""
    if share >= FAILING:
        return Verdict.FAIL
    return Verdict.WARN if share > 0 else Verdict.PASS


def share_finding(
    check: str, marked: NDArray[np.bool_], names: Sequence[str], what: str
) -> Finding:
    """Report how many test items are marked; `what` goes on from "12 of 300 test items"."""
    count, total = int(marked.sum()), len(marked)
    share = count / total if total else 0.0
    return Finding(
        check=check,
        verdict=share_verdict(share),
        found=f"{count} of {total} test items ({share:.1%}) {what}",
        rule=RULE,
        figures={"items": count, "share": share},
        examples=tuple(names[row] for row in np.flatnonzero(marked)[:EXAMPLES]),
    )


def not_checked(check: str, why: str, rule: str = "") -> Finding:
    """Say that something could not be looked at."""
    return Finding(check=check, verdict=Verdict.UNCHECKED, found=why, rule=rule)

"""What the difference of two models lets one say."""

from __future__ import annotations

import math
from enum import StrEnum

from bench.metrics.paired import Difference

LEVEL = 0.05
"""An adjusted P-value below this is taken for a difference."""


class Call(StrEnum):
    """How a comparison ended."""

    BETTER = "better"
    """The first model is."""
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    """The difference is smaller than the margin, either way."""
    OPEN = "open"
    """Nothing is shown: neither that they differ nor that they do not."""
    NONE = "none"
    """There was no test."""


def call(
    found: Difference, adjusted: float, *, higher_is_better: bool, margin: float | None = None
) -> Call:
    """Decide on a comparison.

    A difference is one where the adjusted P-value is below `LEVEL`, however small it is: whether it
    matters, `is_within` tells. Otherwise the two may be equivalent. Equal scores that no draw of
    blocks tells apart are open, or equivalent at any margin; a score that is missing, one block,
    and a difference that is the same in every draw have no test.

    Args:
        found: the difference of the first model from the second.
        adjusted: its P-value, corrected for the number of comparisons; NaN where there is none.
        higher_is_better: whether the better model has the higher score.
        margin: in units of the score; None: equivalence is not asked for.
    """
    if adjusted < LEVEL:
        return Call.BETTER if (found.value > 0) == higher_is_better else Call.WORSE
    if not _is_tested(found):
        return Call.NONE
    return Call.EQUIVALENT if is_within(found, margin) else Call.OPEN


def is_within(found: Difference, margin: float | None) -> bool | None:
    """Whether two one-sided tests show that a difference is smaller than a margin, either way.

    The 90 % interval lies inside `-margin` to `margin` (Schuirmann 1987, J. Pharmacokinet.
    Biopharm. 15:657). A difference may be real and within it all the same.

    Returns:
        None without a margin or a test.
    """
    if margin is None or not _is_tested(found):
        return None
    return abs(found.value) + found.reach(0.90) < margin


def _is_tested(found: Difference) -> bool:
    return not math.isnan(found.p) or (found.error == 0 and found.value == 0)


def verdict(
    found: Difference, called: Call, ours: str, theirs: str, margin: float | None = None
) -> str:
    """Say in words how a comparison ended; an improvement is positive, whichever way is better."""
    if called in {Call.BETTER, Call.WORSE}:
        better = ours if called is Call.BETTER else theirs
        by, low, high = found.value, found.low, found.high
        if by < 0:
            by, low, high = -by, -high, -low
        small = f", less than the margin of {margin:g}" if is_within(found, margin) else ""
        return f"{better} better by {by:.4f} [{low:.4f}, {high:.4f}]{small}"
    if called is Call.EQUIVALENT:
        return f"no further apart than {margin:g}"
    return "cannot be told apart" if called is Call.OPEN else "N/A"

"""What to do about an error of a model's code, where the error itself tells."""

from __future__ import annotations

import re

REFERENCE = "docs/reference/interface.md"

MENDING = (
    (r"abstract method", f"write the methods that it names; see {REFERENCE}"),
    (
        r"(fit|predict|save|load|features|estimator)\(\) (takes|got an unexpected|missing)",
        f"give the method the arguments that the interface names; see {REFERENCE}",
    ),
    (r"does not trust", "add what it names to `trusted`; another estimator holds other types"),
    (r"more than 1 value per channel", "leave out a last batch of one item in training"),
)
"""Beginnings of a remedy for texts of errors."""


def mending(error: BaseException) -> str:
    """Return how to mend an error, or nothing where its text does not tell."""
    text = str(error)
    return next((mend for pattern, mend in MENDING if re.search(pattern, text)), "")

"""When two sets of predictions are the same, and how well predictions follow the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.audit.conformance.check import NotConformingError
from bench.metrics.ranking import AUROC

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray

EXACT = 1e-6
"""Same computation, same machine."""
ROUNDING = 1e-4
"""Same computation in another order of additions, in float32."""
RETRAINED = 1e-2
"""The same training again with sums in another order, whose rounding grows from step to step."""


def spread(predictions: FloatArray) -> float:
    """Return the unit of differences: the standard deviation of predictions.

    Where predictions hardly differ, a hundredth of their size stands in, so that rounding is not
    taken for a difference: `ROUNDING` of it is 17 units in the last place of float32.
    """
    if predictions.size == 0:
        return 1.0
    size = float(np.abs(predictions).mean())
    return max(float(predictions.std()), 1e-2 * size, 1e-12)


def largest_difference(found: FloatArray, expected: FloatArray) -> tuple[float, int]:
    """Return the largest difference in units of `spread(expected)`, and its item."""
    differences = np.abs(found.astype(np.float64) - expected).reshape(len(expected), -1)
    if differences.size == 0:
        return 0.0, 0
    worst = differences.max(axis=1)
    row = int(worst.argmax())
    return float(worst[row]) / spread(expected), row


def require_same(found: FloatArray, expected: FloatArray, tolerance: float, what: str) -> None:
    """Raise where predictions differ by more than `tolerance` standard deviations.

    Raises:
        NotConformingError: they do, or have another shape; the text begins with `what`.
    """
    found = np.asarray(found)
    if found.shape != expected.shape:
        raise NotConformingError(f"{what}: shape {found.shape}, expected {expected.shape}")
    if not is_same(found, expected, tolerance):
        difference, row = largest_difference(found, expected)
        raise NotConformingError(
            f"{what}: item {row} is predicted {first(found[row])} and not {first(expected[row])}, "
            f"{difference:.2g} standard deviations apart"
        )


def is_same(found: FloatArray, expected: FloatArray, tolerance: float) -> bool:
    """Whether predictions have the same shape and differ by at most `tolerance`."""
    return found.shape == expected.shape and largest_difference(found, expected)[0] <= tolerance


def differ(left: FloatArray, right: FloatArray) -> bool:
    """Whether two sets of predictions differ by more than rounding anywhere."""
    return largest_difference(left, right)[0] > EXACT


def first(row: FloatArray) -> str:
    """Show the first number of a row."""
    return f"{float(np.ravel(row)[0]):.6g}"


def auroc(predictions: FloatArray, truth: FloatArray, target: int = 0) -> float:
    """Return the AUROC of one target, by default the first; of a profile, that of its mean."""
    scores = predictions[..., target]
    return AUROC().value(scores.reshape(len(scores), -1).mean(axis=1), truth[:, target])

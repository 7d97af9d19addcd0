"""What ranking items by a feature gains over chance, for one target and in the mean of many."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.metrics.correlation import Spearman
from bench.metrics.ranking import AUROC
from bench.tasks.certificate import Verdict

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray

WARNED, FAILED = 0.1, 0.25
"""AUROC above 0.5, or half of a rank correlation: both are what a rank gains over chance."""
LEVEL = 0.05
LEAST_CASES = 5
"""Items of the rarer class, or with a value, below which nothing is told."""


@dataclass(frozen=True, slots=True)
class Gains:
    """Gains of a feature on all targets, both `(targets,)`.

    `sizes`: AUROC less 0.5, or half of Spearman's correlation, without sign; NaN where too few
    items tell. `errors`: their standard error where the feature says nothing.
    """

    sizes: FloatArray
    errors: FloatArray

    @property
    def targets(self) -> int:
        """Number of targets that tell anything."""
        return int((~np.isnan(self.sizes)).sum())

    @property
    def mean(self) -> float:
        """Mean over targets, less what chance alone makes of sizes without sign."""
        if not self.targets:
            return 0.0
        by_chance = math.sqrt(2 / math.pi) * self.errors if self.targets > 1 else 0.0
        return max(float(np.nanmean(self.sizes - by_chance)), 0.0)

    @property
    def worst(self) -> int:
        """Place of the target with the largest gain beyond chance, all considered; -1: none."""
        if not self.targets:
            return -1
        beyond = np.nan_to_num(self.sizes) > self._quantile * np.nan_to_num(self.errors)
        sizes = np.where(beyond, np.nan_to_num(self.sizes), 0.0)
        return int(sizes.argmax()) if sizes.any() else -1

    @property
    def judged_alone(self) -> float:
        """The gain of the first target that tells anything; 0: none does."""
        known = self.sizes[~np.isnan(self.sizes)]
        return float(known[0]) if len(known) else 0.0

    @property
    def judged(self) -> float:
        """The gain that counts: of the worst target, or in the mean of several."""
        of_worst = float(self.sizes[self.worst]) if self.worst >= 0 else 0.0
        return max(of_worst, self.mean) if self.targets > 1 else of_worst

    @property
    def _quantile(self) -> float:
        from scipy.stats import norm

        return float(norm.isf(LEVEL / 2 / max(self.targets, 1)))


def gains(values: FloatArray, targets: FloatArray, classes: bool) -> Gains:
    """Measure what a feature tells of each target.

    Args:
        values: of the feature, `(n,)`.
        targets: `(n, targets)`; NaN where not measured.
        classes: whether targets are 0 or 1.
    """
    sizes = [abs(_gain(values, column, classes)) for column in targets.T]
    errors = [_chance(column, classes) for column in targets.T]
    return Gains(np.array(sizes), np.array(errors))


def gain_verdict(gain: float) -> Verdict:
    """Judge what a feature gains over chance, as an AUROC above 0.5 or half of a correlation."""
    if gain >= FAILED:
        return Verdict.FAIL
    return Verdict.WARN if gain >= WARNED else Verdict.PASS


def _gain(values: FloatArray, truth: FloatArray, classes: bool) -> float:
    """What ranks by a feature gain over chance: -0.5 to 0.5, NaN where nothing can be told."""
    measured = ~np.isnan(truth)
    if _cases(truth, classes) < LEAST_CASES or len(np.unique(truth[measured])) < 2:
        return float("nan")
    if len(np.unique(values[measured])) < 2:
        return 0.0
    if classes:
        return AUROC().value(values, truth) - 0.5
    return Spearman().value(values, truth) / 2


def _chance(truth: FloatArray, classes: bool) -> float:
    """Standard error of `_gain` by chance (Mann & Whitney 1947); NaN where that is NaN."""
    cases = _cases(truth, classes)
    if cases < LEAST_CASES:
        return float("nan")
    count = int((~np.isnan(truth)).sum())
    if not classes:
        return 0.5 / math.sqrt(count - 1)
    return math.sqrt((count + 1) / (12 * cases * (count - cases)))


def _cases(truth: FloatArray, classes: bool) -> int:
    """Items of the rarer class, or with a value."""
    measured = truth[~np.isnan(truth)]
    if not classes:
        return len(measured)
    positives = int(measured.sum())
    return min(positives, len(measured) - positives)

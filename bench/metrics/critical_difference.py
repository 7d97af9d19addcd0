"""Models over several tasks: average ranks and the difference that they must have (Demsar 2006).

J. Mach. Learn. Res. 7:1. Every task counts as one observation, whatever its size. Friedman's test
asks whether the models differ at all, Nemenyi's which pairs do: two average ranks over `N` tasks
differ at the level `a` where they are apart by

    CD = q(a, k) sqrt(k (k + 1) / (6 N)),

`q` being the quantile of the studentised range of `k` models with infinite degrees of freedom,
divided by the square root of 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bench.metrics.metric import Floats


def average_ranks(scores: Floats) -> Floats:
    """Average over tasks of the ranks within each; ties share the mean of their ranks.

    Args:
        scores: shape `(tasks, models)`, finite; higher is better.

    Returns:
        Shape `(models,)`; 1 is best.
    """
    from scipy.stats import rankdata

    ranks: Floats = rankdata(-np.asarray(scores), method="average", axis=1)
    return np.asarray(ranks.mean(axis=0))


def friedman_p(ranks: Floats, tasks: int) -> float:
    """P-value of "all models are alike" by Iman and Davenport's form of Friedman's test.

    Args:
        ranks: average ranks, shape `(models,)`.
        tasks: how many tasks they are averages over, at least 2.
    """
    from scipy.stats import f

    models = len(ranks)
    around = float(np.sum(np.square(ranks))) - models * (models + 1) ** 2 / 4
    chi_square = 12 * tasks / (models * (models + 1)) * around
    left = tasks * (models - 1) - chi_square
    if left <= 0:
        return 0.0
    return float(f.sf((tasks - 1) * chi_square / left, models - 1, (models - 1) * (tasks - 1)))


def critical_difference(models: int, tasks: int, level: float = 0.05) -> float:
    """Difference of average ranks from which on two of several models differ (Nemenyi's test)."""
    from scipy.stats import studentized_range

    quantile = float(studentized_range.ppf(1 - level, models, np.inf)) / math.sqrt(2)
    return quantile * math.sqrt(models * (models + 1) / (6 * tasks))


def joined(ranks: Sequence[float], difference: float) -> list[tuple[int, int]]:
    """Return the largest groups of models whose average ranks are less than `difference` apart.

    Args:
        ranks: ascending.
        difference: see `critical_difference`.

    Returns:
        First and last place of each group of two or more.
    """
    groups: list[tuple[int, int]] = []
    for first, rank in enumerate(ranks):
        last = max(place for place, other in enumerate(ranks) if other - rank < difference)
        if last > first and (not groups or last > groups[-1][1]):
            groups.append((first, last))
    return groups

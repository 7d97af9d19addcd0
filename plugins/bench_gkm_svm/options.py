"""Everything about the machines but their kernel."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import torch

from bench.interface import BenchError, TaskKind
from bench_gkm_svm.dual import DualProblem, classification, regression

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOSSES = ("hinge", "squared-hinge")
N_POLICIES = ("skip", "lsgkm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The settings of machines; see `GkmSvm` for what they mean."""

    c: float = 1.0
    c_grid: str = ""
    positive_weight: float = 1.0
    loss: str = "hinge"
    tube: float = 0.1
    n_policy: str = "skip"
    max_negatives: int = 0
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name in ("c", "tolerance"):
            if not 0 < getattr(self, name) < inf:
                raise BenchError(f"{name} is {getattr(self, name):g}, expected a positive number")
        for name in ("tube", "positive_weight", "max_negatives"):
            if not 0 <= getattr(self, name) < inf:
                raise BenchError(f"{name} is {getattr(self, name):g}, expected 0 or more")
        for name, words in (("loss", LOSSES), ("n_policy", N_POLICIES)):
            if getattr(self, name) not in words:
                raise BenchError(f"{name} is {getattr(self, name)!r}, expected one of {words}")
        if not all(0 < cost < inf for cost in self.costs):
            raise BenchError(
                f"c_grid is {self.c_grid!r}, expected positive numbers with commas between them"
            )

    @property
    def costs(self) -> list[float]:
        """The costs to choose from, rising; `c` alone where there is no grid."""
        if not self.c_grid:
            return [self.c]
        try:
            return sorted(float(word) for word in self.c_grid.split(","))
        except ValueError:
            return [0.0]

    def problem(self, truth: NDArray[np.float64], kind: TaskKind, cost: float) -> DualProblem:
        """Return the dual problem of one target, NaN where it was not measured."""
        targets = torch.from_numpy(truth)
        if kind.has_values:
            return regression(targets, cost, self.tube)
        weight = self.positive_weight
        if weight == 0:
            weight = float((truth == 0).sum() / (truth == 1).sum())
        return classification(targets, cost, weight, self.loss == "squared-hinge")


def with_fewer_negatives(labels: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Return labels in which each target has at most so many negatives; others become NaN.

    Args:
        labels: 1, 0 and NaN, `(n, targets)`.
        most: negatives that a target keeps, drawn at random and always the same; 0 for all.
    """
    if most == 0:
        return labels
    kept = labels.copy()
    generator = np.random.default_rng(0)
    for column in kept.T:
        negatives = np.flatnonzero(column == 0)
        if len(negatives) > most:
            left_out = generator.choice(negatives, len(negatives) - most, replace=False)
            column[left_out] = np.nan
    return kept

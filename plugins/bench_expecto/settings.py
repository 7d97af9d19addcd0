"""Settings of ExPecto, without numpy or XGBoost."""

from __future__ import annotations

from dataclasses import dataclass

from bench.interface import BenchError
from bench.training.chromatin import ChromatinSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectoSettings(ChromatinSettings):
    """A regularised linear model for each condition.

    Raises:
        BenchError: a value is out of range.
    """

    rounds: int = 100
    """Passes over the features."""
    eta: float = 0.01
    """Part of the way to a weight's best value that a pass goes."""
    l2: float = 100.0
    """Penalty on squared weights, beside the sum of squared errors over all genes."""
    base_score: float = 2.0
    """What is predicted before training."""
    standardise: bool = False
    """Whether features are given mean 0 and deviation 1 over the training genes."""

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        super(ExpectoSettings, self).__post_init__()
        self.refuse_below(("rounds", 1), ("l2", 0), ("base_score", -1e9))
        if not 0 < self.eta <= 1:
            raise BenchError(f"eta is {self.eta:g}, expected more than 0 and at most 1")

"""Settings of MENTR, without numpy or XGBoost."""

from __future__ import annotations

from dataclasses import dataclass

from bench.interface import BenchError
from bench.training.chromatin import ChromatinSettings

TREE_METHODS = ("exact", "hist", "approx")


@dataclass(frozen=True, slots=True, kw_only=True)
class MentrSettings(ChromatinSettings):
    """Boosted trees for each cell type, calibrated.

    Raises:
        BenchError: a value is out of range.
    """

    length: int = 202_000
    """bp that are read around the TSS: all bins, and half a window on either side."""
    rounds: int = 500
    """Most trees."""
    patience: int = 10
    """Trees without a better AUROC of the validation items after which training ends."""
    depth: int = 4
    """Most splits from a tree's root to a leaf."""
    eta: float = 0.01
    """Part of a tree's answer that counts."""
    l2: float = 50.0
    """Penalty on squared values of leaves."""
    tree_method: str = "exact"
    """How splits are looked for: `exact`, `hist` or `approx`."""
    calibrate: bool = True
    """Whether probabilities are calibrated on the validation items."""

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        super(MentrSettings, self).__post_init__()
        self.refuse_below(("rounds", 1), ("patience", 1), ("depth", 1), ("l2", 0))
        if not 0 < self.eta <= 1:
            raise BenchError(f"eta is {self.eta:g}, expected more than 0 and at most 1")
        if self.tree_method not in TREE_METHODS:
            raise BenchError(
                f"tree_method is {self.tree_method!r}, expected one of {', '.join(TREE_METHODS)}"
            )

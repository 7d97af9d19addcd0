"""Calibration of probabilities by isotonic regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A rising function through points `x`, `y` `(points,)`, linear between and level beyond."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]

    @classmethod
    def fit(cls, scores: NDArray[np.float64], truth: NDArray[np.float64]) -> Self:
        """Fit scores `(n,)` to classes `(n,)`."""
        from sklearn.isotonic import IsotonicRegression

        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(scores, truth)
        return cls(
            np.asarray(fitted.X_thresholds_, dtype=np.float64),
            np.asarray(fitted.y_thresholds_, dtype=np.float64),
        )

    @classmethod
    def none(cls) -> Self:
        """Leave probabilities as they are."""
        return cls(np.array([0.0, 1.0]), np.array([0.0, 1.0]))

    def apply(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return calibrated probabilities, `(n,)`."""
        return np.interp(scores.astype(np.float64), self.x, self.y)

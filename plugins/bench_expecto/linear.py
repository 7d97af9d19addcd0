"""ExPecto's learner: XGBoost's linear booster with squared error.

The published settings are those of XGBoost 0.7, which adds the penalty to the sum of squared errors
as it stands. Later versions multiply it by the number of items, so it is divided by that here. The
order of updates of version 0.7 on one thread is that of today's `coord_descent`, whose result does
not depend on how threads are scheduled, as that of the default `shotgun` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.training.chromatin.boosters import matrix

if TYPE_CHECKING:
    import xgboost
    from numpy.typing import NDArray

    from bench.interface import FloatArray
    from bench_expecto.settings import ExpectoSettings


def linear_parameters(
    settings: ExpectoSettings, items: int, threads: int
) -> dict[str, str | int | float]:
    """Return XGBoost's parameters for a fit to so many items."""
    return {
        "booster": "gblinear",
        "objective": "reg:squarederror",
        "updater": "coord_descent",
        "feature_selector": "cyclic",
        "base_score": settings.base_score,
        "lambda": settings.l2 / items,
        "alpha": 0.0,
        "eta": settings.eta,
        "nthread": threads,
    }


def fit_linear(
    features: FloatArray,
    target: FloatArray,
    settings: ExpectoSettings,
    threads: int,
) -> xgboost.Booster:
    """Fit features `(n, columns)` to a target `(n,)` without gaps."""
    import xgboost

    parameters = linear_parameters(settings, len(target), threads)
    train = matrix(features, target, threads=threads)
    return xgboost.train(parameters, train, num_boost_round=settings.rounds)


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Features in standard units: `(x - centre) / scale`, both `(columns,)`."""

    centre: NDArray[np.float32]
    scale: NDArray[np.float32]

    @classmethod
    def of(cls, features: NDArray[np.float32]) -> Self:
        """Measure features `(n, columns)`; one that is constant stays as it is but for its mean."""
        centre = features.mean(axis=0, dtype=np.float64)
        scale = features.std(axis=0, dtype=np.float64)
        varied = scale > 1e-6 * np.abs(centre)
        return cls(centre.astype(np.float32), np.where(varied, scale, 1).astype(np.float32))

    def apply(self, features: FloatArray) -> NDArray[np.float32]:
        """Return features in standard units."""
        scaled: NDArray[np.float32] = ((features - self.centre) / self.scale).astype(np.float32)
        return scaled

"""MENTR's learner: XGBoost's trees with logistic loss, stopped early on AUROC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.training.chromatin.boosters import matrix

if TYPE_CHECKING:
    import xgboost
    from numpy.typing import NDArray

    from bench.interface import FloatArray
    from bench_mentr.settings import MentrSettings


def tree_parameters(
    settings: MentrSettings, seed: int, threads: int
) -> dict[str, str | int | float]:
    """Return XGBoost's parameters."""
    return {
        "booster": "gbtree",
        "objective": "binary:logistic",
        "eval_metric": "auc",
        "tree_method": settings.tree_method,
        "max_depth": settings.depth,
        "eta": settings.eta,
        "lambda": settings.l2,
        "alpha": 0.0,
        "base_score": 0.5,
        "seed": seed,
        "nthread": threads,
    }


def fit_trees(
    train: tuple[NDArray[np.float32], FloatArray],
    valid: tuple[NDArray[np.float32], FloatArray],
    settings: MentrSettings,
    seed: int,
    threads: int,
) -> xgboost.Booster:
    """Fit features `(n, columns)` to classes `(n,)` without gaps.

    Trees after the best round are left out. Where `valid` holds one class or none there is no AUROC
    and all rounds are run.
    """
    import xgboost

    parameters = tree_parameters(settings, seed, threads)
    data = matrix(*train, threads=threads)
    if not has_both(valid[1]):
        return xgboost.train(parameters, data, num_boost_round=settings.rounds)
    booster = xgboost.train(
        parameters,
        data,
        num_boost_round=settings.rounds,
        evals=[(matrix(*valid, threads=threads), "valid")],
        early_stopping_rounds=settings.patience,
        verbose_eval=False,
    )
    return booster[: booster.best_iteration + 1]


def has_both(truth: FloatArray) -> bool:
    """Tell whether there are items of both classes."""
    return bool((truth == 0).any() and (truth == 1).any())

"""Boosters of XGBoost on disk: one for each target, in XGBoost's own format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xgboost

    from bench.interface import FloatArray


def save_boosters(folder: Path, boosters: Sequence[xgboost.Booster]) -> None:
    """Write `target-0.ubj`, `target-1.ubj`, ..."""
    for number, booster in enumerate(boosters):
        booster.save_model(folder / f"target-{number}.ubj")


def load_boosters(folder: Path, count: int, threads: int) -> list[xgboost.Booster]:
    """Read back what `save_boosters` wrote."""
    import xgboost

    return [
        xgboost.Booster({"nthread": threads}, model_file=folder / f"target-{number}.ubj")
        for number in range(count)
    ]


def matrix(
    features: FloatArray,
    target: FloatArray | None = None,
    *,
    threads: int,
) -> xgboost.DMatrix:
    """Hand features `(n, columns)` and a target `(n,)` to XGBoost."""
    import xgboost

    return xgboost.DMatrix(features, label=target, nthread=threads)

"""The training prevalence of each target: what is known before looking at an item."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.interface import DEFAULT_HEAD, BenchError, FitContext, Model
from bench_baselines import PREVALENCE_CARD
from bench_baselines.arrays import load_heads, save_heads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bench.interface import Examples, FloatArray


class Prevalence(Model):
    """The same prediction for every item: prevalence for classes, mean for values."""

    card = PREVALENCE_CARD

    def __init__(self) -> None:
        self._means: dict[str, NDArray[np.float64]] = {}

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:  # noqa: ARG002
        """Take the mean of the measured targets.

        Raises:
            BenchError: a target has no measured value.
        """
        for head, shape in context.shape.heads.items():
            self._means[head] = measured_means(train.of_head(head).targets(head), shape.targets)

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return probabilities or values, float64 `(n, targets)`."""
        return np.tile(self._means[head], (len(examples), 1))

    def save(self, folder: Path) -> None:
        """Write the means."""
        save_heads(folder, {head: {"means": means} for head, means in self._means.items()})

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:  # noqa: ARG003
        """Read back what `save` wrote."""
        model = cls()
        model._means = {head: arrays["means"] for head, arrays in load_heads(folder).items()}
        return model


def measured_means(targets: FloatArray, names: Sequence[str]) -> NDArray[np.float64]:
    """Return the mean of each column of `targets` `(n, targets)` over the values that are not NaN.

    Raises:
        BenchError: a column has no measured value.
    """
    measured = ~np.isnan(targets)
    counts = measured.sum(axis=0)
    for name, count in zip(names, counts, strict=True):
        if count == 0:
            raise BenchError(f"target {name!r} has no measured value in training")
    sums = np.where(measured, targets, 0.0).sum(axis=0, dtype=np.float64)
    means: NDArray[np.float64] = sums / counts
    return means

"""Distance from the nearest TSS: how much of a score comes from knowing where promoters are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from bench.interface import DEFAULT_HEAD, BenchError, FitContext, Model
from bench_baselines import PROMOTER_DISTANCE_CARD
from bench_baselines.arrays import load_heads, save_heads
from bench_baselines.prevalence import measured_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import Examples, FloatArray


class PromoterDistance(Model):
    """The mean target of the training items at about the same distance from a TSS.

    The signed distances of the training items, or of the bins of profiles, are cut into stretches
    of equally many. Each predicts its mean, drawn towards the mean of all as if by `prior` more
    items. Where an item has no distance, the mean of all is predicted.

    Args:
        stretches: how many.
        prior: weight of the mean of all, in items.

    Raises:
        BenchError: a setting is out of range.
    """

    card = PROMOTER_DISTANCE_CARD

    def __init__(self, *, stretches: int = 40, prior: float = 20.0) -> None:
        if stretches < 1:
            raise BenchError(f"stretches is {stretches}, expected 1 or more")
        if not 0 < prior < np.inf:
            raise BenchError(f"prior is {prior:g}, expected a positive number")
        self._stretches = stretches
        self._prior = prior
        self._heads: dict[str, dict[str, NDArray[Any]]] = {}

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:  # noqa: ARG002
        """Take the mean of each stretch.

        Raises:
            BenchError: a target has no measured value.
        """
        for head, shape in context.shape.heads.items():
            part = train.of_head(head)
            # Bins of profiles count as items.
            targets = part.targets(head).reshape(-1, len(shape.targets))
            means = measured_means(targets, shape.targets)
            distances = part.tss_distances().reshape(-1)
            known = ~np.isnan(distances)
            edges = _edges(distances[known], self._stretches)
            self._heads[head] = {
                "edges": edges,
                "means": means,
                "curve": self._curve(
                    np.searchsorted(edges, distances[known], side="right"),
                    targets[known],
                    means,
                    len(edges) + 1,
                ),
            }

    def _curve(
        self,
        stretch: NDArray[np.intp],
        targets: FloatArray,
        means: NDArray[np.float64],
        count: int,
    ) -> NDArray[np.float64]:
        """Return the mean of each stretch and target, `(count, targets)`."""
        curve = np.empty((count, len(means)))
        for column, mean in enumerate(means):
            measured = ~np.isnan(targets[:, column])
            values = targets[measured, column].astype(np.float64)
            sums = np.bincount(stretch[measured], values, minlength=count)
            items = np.bincount(stretch[measured], minlength=count)
            curve[:, column] = (sums + self._prior * mean) / (items + self._prior)
        return curve

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return probabilities, values or rates, float64, of the shape of the targets."""
        fitted = self._heads[head]
        places = examples.tss_distances()
        distances = places.reshape(-1)
        known = ~np.isnan(distances)
        predictions: NDArray[np.float64] = np.tile(fitted["means"], (len(distances), 1))
        stretch = np.searchsorted(fitted["edges"], distances[known], side="right")
        predictions[known] = fitted["curve"][stretch]
        return predictions.reshape(*places.shape, predictions.shape[1])

    def save(self, folder: Path) -> None:
        """Write edges and means."""
        save_heads(folder, self._heads)

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote."""
        model = cls(**context.settings)
        model._heads = load_heads(folder)
        return model


def _edges(distances: FloatArray, stretches: int) -> NDArray[np.float64]:
    """Return where one stretch ends and the next begins; fewer where distances are equal."""
    if not len(distances):
        return np.zeros(0)
    inner = np.linspace(0, 1, stretches + 1)[1:-1]
    return np.unique(np.quantile(distances, inner))

"""How well predicted effects of variants follow measured ones: their direction and their size."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from bench.metrics.axis import Arranged
from bench.metrics.metric import Floats, Metric, item_weights, measured
from bench.metrics.ranking import AUPRC, AUROC
from bench.metrics.scale import LOGIT, Scale


class SignAccuracy(Metric):
    """Share of variants whose effect is predicted in the right direction.

    A predicted effect of 0 counts one half, so that a model that tells nothing has one half, as one
    that guesses. Variants without a measured effect, or with one of 0, have no direction. NaN where
    there is none that has.
    """

    scale: ClassVar[Scale] = LOGIT

    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """See `Metric.value`."""
        items = measured(predictions, truth, weights)
        right, counts = _right(items.predictions, items.truth)
        weight = item_weights(items, weights) * counts
        total = weight.sum()
        return float(weight @ right / total) if total > 0 else float("nan")

    def draws(
        self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike, weights: ArrayLike
    ) -> Floats:
        """See `Metric.draws`; sums per block, then one matrix product."""
        items = measured(predictions, truth)
        rows = np.asarray(blocks, dtype=np.intp)[items.kept]
        times = np.asarray(weights, dtype=np.float64)
        right, counts = _right(items.predictions, items.truth)
        won, total = (
            times @ np.bincount(rows, column, minlength=times.shape[1])
            for column in (right * counts, counts)
        )
        scores: Floats = np.where(total > 0, won / np.maximum(total, 1), np.nan)
        return scores


def _right(predictions: Floats, truth: Floats) -> tuple[Floats, Floats]:
    """Return 1, 1/2 or 0 for each item, and whether it has a direction."""
    counts = (truth != 0).astype(np.float64)
    return (1 + np.sign(predictions) * np.sign(truth)) / 2, counts


class CausalAUROC(AUROC):
    """AUROC of the size of predicted effects, for variants that do something against others."""

    def arrange(self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike) -> Arranged:
        """See `Metric.arrange`."""
        return super().arrange(np.abs(np.asarray(predictions)), truth, blocks)


class CausalAUPRC(AUPRC):
    """AUPRC of the size of predicted effects, for variants that do something against others."""

    def arrange(self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike) -> Arranged:
        """See `Metric.arrange`."""
        return super().arrange(np.abs(np.asarray(predictions)), truth, blocks)

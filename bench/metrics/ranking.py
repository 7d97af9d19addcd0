"""How well predictions rank positives above negatives: AUROC and AUPRC."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from bench.metrics.metric import Floats, Metric, item_weights, measured
from bench.metrics.ranked_draws import as_classes, auprc_draws, auroc_draws, split_classes
from bench.metrics.scale import LOGIT, Scale


class AUROC(Metric):
    """Area under the receiver operating characteristic; a tie counts one half.

    It is the probability that a positive scores above a negative (Hanley & McNeil 1982), taken over
    all pairs of a positive and a negative. NaN where either class is missing.
    """

    classes: ClassVar[bool] = True
    scale: ClassVar[Scale] = LOGIT

    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """See `Metric.value`; truth is 0 or 1."""
        items = measured(predictions, truth, weights)
        positive = as_classes(items.truth)
        weight = item_weights(items, weights)
        _, group = np.unique(items.predictions, return_inverse=True)
        above = np.bincount(group, weight * positive)
        below = np.bincount(group, weight * ~positive)
        pairs = above.sum() * below.sum()
        won = above @ (np.cumsum(below) - below / 2)
        return float(won / pairs) if pairs > 0 else float("nan")

    def draws(
        self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike, weights: ArrayLike
    ) -> Floats:
        """See `Metric.draws`."""
        return auroc_draws(split_classes(predictions, truth, blocks), np.asarray(weights))


class AUPRC(Metric):
    """Average precision: the step-wise area under the precision-recall curve.

    `sum_k (R_k - R_{k-1}) P_k` over the distinct scores in falling order, with tied items entering
    together. Chance is the prevalence. NaN where either class is missing: with positives only the
    sum is 1 whatever the predictions are.
    """

    classes: ClassVar[bool] = True
    scale: ClassVar[Scale] = LOGIT

    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """See `Metric.value`; truth is 0 or 1."""
        items = measured(predictions, truth, weights)
        positive = as_classes(items.truth)
        weight = item_weights(items, weights)
        _, group = np.unique(-items.predictions, return_inverse=True)
        hits = np.bincount(group, weight * positive)
        called = np.cumsum(np.bincount(group, weight))
        total = hits.sum()
        if not 0 < total < weight.sum():
            return float("nan")
        return float(hits @ (np.cumsum(hits) / called) / total)

    def draws(
        self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike, weights: ArrayLike
    ) -> Floats:
        """See `Metric.draws`."""
        return auprc_draws(split_classes(predictions, truth, blocks), np.asarray(weights))

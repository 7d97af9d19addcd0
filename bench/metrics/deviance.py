"""How much likelier counts are under themselves than under the predicted rates."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from bench.metrics.axis import Axis
from bench.metrics.block_means import weighted_means
from bench.metrics.metric import Floats, Metric, item_weights, measured

LEAST_RATE = 1e-6
"""Predictions below count as this, so that a bin with counts costs much and not without limit."""


class PoissonDeviance(Metric):
    """Mean over bins of `2 (y log(y / p) - (y - p))`: 0 where rates are the counts themselves."""

    axis: ClassVar[Axis] = Axis.BINS

    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """See `Metric.value`.

        Raises:
            ValueError: a count below 0.
        """
        items = measured(predictions, truth, weights)
        if not len(items.truth):
            return float("nan")
        deviances = _deviances(items.predictions, items.truth)
        return float(np.average(deviances, weights=item_weights(items, weights)))

    def draws(
        self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike, weights: ArrayLike
    ) -> Floats:
        """See `Metric.draws`; sums per block, then one product."""
        items = measured(predictions, truth)
        rows = np.asarray(blocks, dtype=np.intp)[items.kept]
        return weighted_means(_deviances(items.predictions, items.truth), rows, np.asarray(weights))


def _deviances(rates: Floats, counts: Floats) -> Floats:
    from scipy.special import xlogy

    if len(counts) and counts.min() < 0:
        raise ValueError(f"count {counts.min():g}: expected 0 or more")
    rates = np.maximum(rates, LEAST_RATE)
    return np.asarray(2 * (xlogy(counts, counts / rates) - (counts - rates)), dtype=np.float64)

"""Correlations across the targets of each item: which tissue, and not which gene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.metrics.axis import Arranged, Axis
from bench.metrics.block_means import weighted_means
from bench.metrics.metric import Floats, Metric, item_weights, measured
from bench.metrics.scale import FISHER, Scale

LEAST_TARGETS = 3
"""Two points always lie on a line."""
ROUNDING = 1e-9
"""Deviations of an item's targets, in units of theirs over items, that are taken for none."""


class PearsonAcrossTargets(Metric):
    """Mean over items of Pearson's correlation across their targets.

    Every target is centred and scaled over the items first, see `bench.metrics.axis.standardised`.
    Items with fewer than three measured targets, or constant ones, are left out; an item whose
    prediction is constant counts as 0, since nothing was told of it.
    """

    axis: ClassVar[Axis] = Axis.TARGETS
    scale: ClassVar[Scale] = FISHER

    def arrange(self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike) -> Arranged:
        """Return each item's correlation, as both prediction and truth, `(n, 1)`."""
        values = super().arrange(predictions, truth, blocks)
        scores = self.of_items(values.predictions, values.truth)[:, None]
        return Arranged(np.nan_to_num(scores), scores, values.blocks)

    def columns(self, targets: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002
        """Name the one column."""
        return ("across targets",)

    def of_items(self, predictions: Floats, truth: Floats) -> Floats:
        """Correlation of each row of `(n, targets)`, shape `(n,)`; NaN where undefined."""
        known = ~np.isnan(truth)
        counts = known.sum(axis=1)
        x, y = (self._centred(side, known, counts) for side in (predictions, truth))
        sizes = [np.sqrt((side * side).sum(axis=1)) for side in (x, y)]
        scores = np.where((counts >= LEAST_TARGETS) & (sizes[1] > ROUNDING), 0.0, np.nan)
        told = ~np.isnan(scores) & (sizes[0] > ROUNDING)
        np.divide((x * y).sum(axis=1), sizes[0] * sizes[1], out=scores, where=told)
        return np.asarray(np.clip(scores, -1, 1), dtype=np.float64)

    def _centred(self, values: Floats, known: NDArray[np.bool_], counts: Floats) -> Floats:
        """Subtract each row's mean; 0 where not measured."""
        held = np.where(known, values, 0.0)
        means = held.sum(axis=1) / np.maximum(counts, 1)
        return np.where(known, held - means[:, None], 0.0)

    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """Mean of the items' correlations; see `Metric.value`."""
        items = measured(predictions, truth, weights)
        if not len(items.truth):
            return float("nan")
        return float(np.average(items.truth, weights=item_weights(items, weights)))

    def draws(
        self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike, weights: ArrayLike
    ) -> Floats:
        """See `Metric.draws`; sums per block, then one product."""
        items = measured(predictions, truth)
        rows = np.asarray(blocks, dtype=np.intp)[items.kept]
        return weighted_means(items.truth, rows, np.asarray(weights))


class SpearmanAcrossTargets(PearsonAcrossTargets):
    """Mean over items of the rank correlation across their targets."""

    def _centred(self, values: Floats, known: NDArray[np.bool_], counts: Floats) -> Floats:
        """Turn each row into average ranks first."""
        from scipy.stats import rankdata

        ranks = rankdata(np.where(known, values, np.nan), axis=1, nan_policy="omit")
        return super()._centred(np.nan_to_num(ranks), known, counts)

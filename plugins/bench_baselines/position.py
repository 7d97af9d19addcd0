"""Coordinate look-up: how far one gets by knowing where an item lies and nothing of its sequence.

Activity comes in neighbourhoods. Where test items lie among training items, a model can score well
by remembering places; this baseline shows how much of a score can come from that.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from bench.interface import DEFAULT_HEAD, BenchError, FitContext, Model
from bench_baselines import POSITION_CARD
from bench_baselines.arrays import load_heads, save_heads
from bench_baselines.prevalence import measured_means

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.interface import Examples, FloatArray


class Position(Model):
    """Weighted mean of the targets of the nearest training items on the same chromosome.

    A training item at a distance of d bp weighs `1 / (1 + d)`, and the training mean weighs as much
    as one item at a distance of `reach`. Where an item has no coordinates, or its chromosome no
    training item, the training mean is predicted.

    Args:
        neighbours: how many training items are looked at on either side.
        reach: distance in bp at which one neighbour counts as much as the training mean.

    Raises:
        BenchError: a setting is out of range.
    """

    card = POSITION_CARD

    def __init__(self, *, neighbours: int = 10, reach: int = 1_000_000) -> None:
        if neighbours < 1:
            raise BenchError(f"neighbours is {neighbours}, expected 1 or more")
        if reach < 1:
            raise BenchError(f"reach is {reach}, expected 1 or more bp")
        self._neighbours = neighbours
        self._reach = reach
        self._heads: dict[str, dict[str, NDArray[Any]]] = {}

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:  # noqa: ARG002
        """Remember where the training items lie.

        Raises:
            BenchError: a target has no measured value.
        """
        for head, shape in context.shape.heads.items():
            part = train.of_head(head)
            targets = part.targets(head)
            chroms, centres = places(part.items)
            # Items that share a centre are ordered by their targets, so that the order in which
            # they come makes no difference.
            order = np.lexsort((*targets.T, centres, chroms))
            order = order[chroms[order] != ""]
            self._heads[head] = {
                "chroms": chroms[order],
                "centres": centres[order],
                "targets": targets[order],
                "means": measured_means(targets, shape.targets),
            }

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return probabilities or values, float64 `(n, targets)`."""
        fitted = self._heads[head]
        predictions: NDArray[np.float64] = np.tile(fitted["means"], (len(examples), 1))
        chroms, centres = places(examples.items)
        for chrom in np.unique(chroms):
            start = np.searchsorted(fitted["chroms"], chrom, side="left")
            end = np.searchsorted(fitted["chroms"], chrom, side="right")
            rows = np.flatnonzero(chroms == chrom)
            if chrom and start < end:
                predictions[rows] = self._smoothed(
                    centres[rows],
                    fitted["centres"][start:end],
                    fitted["targets"][start:end],
                    fitted["means"],
                )
        return predictions

    def _smoothed(
        self,
        centres: NDArray[np.int64],
        known: NDArray[np.int64],
        targets: FloatArray,
        means: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Average around `centres` `(m,)` over items at `known`, sorted, with `targets`."""
        at = np.searchsorted(known, centres)
        prior = 1.0 / (1.0 + self._reach)
        sums = np.tile(prior * means, (len(centres), 1))
        weights = np.full_like(sums, prior)
        for step in range(-self._neighbours, self._neighbours):
            neighbour = np.clip(at + step, 0, len(known) - 1)
            inside = neighbour == at + step
            distance = np.abs(known[neighbour] - centres)
            truth = targets[neighbour]
            weight = np.where(inside, 1.0 / (1.0 + distance), 0.0)[:, None] * ~np.isnan(truth)
            sums += weight * np.nan_to_num(truth)
            weights += weight
        smoothed: NDArray[np.float64] = sums / weights
        return smoothed

    def save(self, folder: Path) -> None:
        """Write places and targets of the training items."""
        save_heads(folder, self._heads)

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote."""
        model = cls(**context.settings)
        model._heads = load_heads(folder)
        return model


def places(items: pd.DataFrame) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Return chromosome ("" where unknown) and centre of each item."""
    known = items["chrom"].astype(object).where(items["chrom"].notna(), "")
    chroms = known.astype(str).to_numpy(dtype=np.str_)
    starts = items["start"].fillna(0).to_numpy(dtype=np.int64)
    ends = items["end"].fillna(0).to_numpy(dtype=np.int64)
    return chroms, (starts + ends) // 2

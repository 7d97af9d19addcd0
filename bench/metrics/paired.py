"""The difference of two models on the same items, with the interval of the paired bootstrap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bench.metrics.bootstrap import interval
from bench.metrics.metric import Floats, Metric
from bench.metrics.resample import Resampled, mean_over_targets, resample


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanOfSeeds:
    """The mean score over targets and over seeds, as measured and resampled.

    `draws` `(draws,)` and `jackknife` `(groups,)` take the same blocks for every model.
    """

    value: float
    draws: Floats
    jackknife: Floats
    blocks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A score less another; NaN where either does not exist, and `note` says why."""

    value: float
    low: float
    """Lower end of the 95 % interval."""
    high: float
    blocks: int
    note: str = ""


def mean_of_seeds(
    metric: Metric,
    predictions: Sequence[ArrayLike],
    truth: ArrayLike,
    blocks: ArrayLike,
    draws: int = 2000,
    seed: int = 0,
    workers: int = 1,
) -> MeanOfSeeds:
    """Score predictions of several seeds on the same draws of blocks.

    Each is of shape `(n, targets)` or `(n, bins, targets)`; the arguments are those
    of `bench.metrics.resample.resample`.
    """
    parts = []
    for one in predictions:
        rows = metric.arrange(one, truth, blocks)
        parts.append(
            resample(metric, rows.predictions, rows.truth, rows.blocks, draws, seed, workers)
        )
    return MeanOfSeeds(
        value=float(np.mean([_mean(part) for part in parts])),
        draws=np.mean([mean_over_targets(part.values, part.draws) for part in parts], axis=0),
        jackknife=np.mean(
            [mean_over_targets(part.values, part.jackknife) for part in parts], axis=0
        ),
        blocks=parts[0].blocks,
    )


def _mean(part: Resampled) -> float:
    defined = ~np.isnan(part.values)
    return float(part.values[defined].mean()) if defined.any() else math.nan


def difference(ours: MeanOfSeeds, theirs: MeanOfSeeds) -> Difference:
    """Return `ours` less `theirs`; both were scored on the same items with the same seed.

    Blocks are resampled, and seeds are not: the interval is about other loci, not other trainings.
    """
    value = ours.value - theirs.value
    ends = interval(
        value, ours.draws - theirs.draws, ours.jackknife - theirs.jackknife, ours.blocks
    )
    return Difference(value=value, low=ends.low, high=ends.high, blocks=ours.blocks, note=ends.note)

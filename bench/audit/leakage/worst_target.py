"""The target on which a null model does best: a mean over many would hide it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bench.metrics.bootstrap import interval
from bench.metrics.paired import difference, mean_of_targets, over_seeds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import FloatArray
    from bench.metrics.metric import Metric
    from bench.metrics.paired import MeanOfSeeds
    from bench.metrics.resample import Resampled

LEVEL = 0.05


LEAST_CASES = 20
"""Test items of the rarer class, or with a value, from which a target is looked at by itself: of
fewer the bootstrap says too little of how far a score may be off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstTarget:
    """The target on which a null model gains most over the reference, by the P-value.

    `place` is that target, -1 for none that it is better on; `value` its score, `difference` what
    it has over the reference, `p` the P-value of being no better than the reference or than chance,
    whichever is more likely, and `wins` whether it is better with all targets considered
    (Bonferroni). `low` is the highest lower end of the 95 % intervals of all targets, and `lowest`
    the place of that target.
    """

    place: int = -1
    value: float = math.nan
    difference: float = math.nan
    p: float = math.nan
    wins: bool = False
    low: float = -1.0
    lowest: int = -1


def of_each_target(part: Resampled) -> list[MeanOfSeeds]:
    """Return the score of each target for itself."""
    places = range(len(part.values))
    return [over_seeds([mean_of_targets(part, slice(one, one + 1))]) for one in places]


def large_enough(targets: FloatArray, classes: bool, least: int = LEAST_CASES) -> NDArray[np.bool_]:
    """Tell which targets `(n, targets)` have items enough to be looked at by themselves."""
    measured = (~np.isnan(targets)).sum(axis=0)
    positives = np.nansum(targets, axis=0)
    cases = np.minimum(positives, measured - positives) if classes else measured
    return np.asarray(cases >= least)


def worst_target(
    ours: Sequence[MeanOfSeeds],
    base: Sequence[MeanOfSeeds],
    metric: Metric,
    chance: float,
    enough: NDArray[np.bool_],
) -> WorstTarget:
    """Compare a null model with the reference, target by target, of those that are large enough."""
    found = WorstTarget()
    places = np.flatnonzero(enough).tolist()
    for place in places:
        one, other = ours[place], base[place]
        guess = replace(
            one,
            value=chance,
            draws=np.full_like(one.draws, chance),
            jackknife=np.full_like(one.jackknife, chance),
        )
        apart, over_chance = difference(one, other), difference(one, guess)
        if not (apart.value > 0 and over_chance.value > 0):
            continue
        p = max(apart.p, over_chance.p)
        if found.place < 0 or p < found.p:
            found = WorstTarget(
                place=place,
                value=one.value,
                difference=apart.value,
                p=p,
                wins=p <= LEVEL / len(places),
            )
    lows = {place: _low(ours[place], metric) for place in places}
    known = [place for place in places if math.isfinite(lows[place])]
    if not known:
        return found
    lowest = max(known, key=lambda place: lows[place])
    return replace(found, low=lows[lowest], lowest=lowest)


def _low(one: MeanOfSeeds, metric: Metric) -> float:
    return interval(one.value, one.draws, one.jackknife, one.blocks, metric.scale).low

"""The target on which a null model does best: a mean over many would hide it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.metrics.bootstrap import interval
from bench.metrics.paired import difference, mean_of_targets, over_seeds

if TYPE_CHECKING:
    from bench.metrics.metric import Metric
    from bench.metrics.paired import MeanOfSeeds
    from bench.metrics.resample import Resampled

LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstTarget:
    """The target on which a null model gains most over the reference, by the P-value.

    `place` is that target, -1 for none that it is better on and better than chance; `value` its
    score, `difference` what it has over the reference, `p` the P-value, `wins` whether it is better
    with all targets considered (Bonferroni). `low` is the highest lower end of the 95 % intervals
    of all targets, and `lowest` the place of that target.
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


def worst_target(
    ours: Sequence[MeanOfSeeds], base: Sequence[MeanOfSeeds], metric: Metric, chance: float
) -> WorstTarget:
    """Compare a null model with the reference, target by target."""
    found = WorstTarget()
    lows = [
        interval(one.value, one.draws, one.jackknife, one.blocks, metric.scale).low for one in ours
    ]
    for place, (one, other, low) in enumerate(zip(ours, base, lows, strict=True)):
        if not low > chance:
            continue
        apart = difference(one, other)
        if apart.value > 0 and apart.p < (found.p if found.place >= 0 else math.inf):
            found = WorstTarget(
                place=place,
                value=one.value,
                difference=apart.value,
                p=apart.p,
                wins=apart.p <= LEVEL / len(ours),
            )
    known = [place for place, low in enumerate(lows) if math.isfinite(low)]
    if not known:
        return found
    lowest = max(known, key=lambda place: lows[place])
    return replace(found, low=lows[lowest], lowest=lowest)

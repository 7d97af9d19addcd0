"""Which share of a full score is kept by predictions from less, and from which radius on enough is.

The share of a score that is kept is that of the gain over chance, `(s - c) / (s_full - c)`, where
the metric's card states a chance `c`; else that of the score, `s / s_full`, or `s_full / s` where
lower is better. It is NaN where the full score gains nothing over chance. Shares of resampled data
take the same blocks at each radius, so that their intervals are those of the paired block bootstrap
(`bench.metrics.bootstrap`).

The smallest radius that is enough is the smallest from which on every share that was tried is 0.95
or more. Its interval holds the middle 95 % of what it is in the draws; both are radii that were
tried, and between these nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.metrics.bootstrap import MOST_UNDEFINED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.metrics.metric import Floats

ENOUGH = 0.95
"""Share of a score that is kept where the context is enough."""


@dataclass(frozen=True, slots=True)
class ShareRule:
    """How the share of a full score is told; see the head of this module."""

    chance: float | None
    higher_is_better: bool

    def share(self, value: float, full: float) -> float:
        """Return the share of one full score; NaN where there is nothing to share."""
        return float(self.shares(np.array([value]), np.array([full]))[0])

    def shares(self, values: Floats, full: Floats) -> Floats:
        """Return the shares of full scores, `(draws,)`; NaN where there is nothing to share."""
        part, whole = self._gain(values), self._gain(full)
        if self._is_cost:
            part, whole = whole, part
        shares = np.full(values.shape, np.nan)
        np.divide(part, whole, out=shares, where=whole > 0)
        return shares

    def threshold(self, full: float) -> float:
        """Return the score of which `ENOUGH` of the full one is kept; NaN where nothing is."""
        if not self._gain(np.array(full)) > 0:
            return math.nan
        if self._is_cost:
            return full / ENOUGH
        chance = self.chance or 0.0
        return chance + ENOUGH * (full - chance)

    @property
    def _is_cost(self) -> bool:
        return self.chance is None and not self.higher_is_better

    def _gain(self, values: Floats) -> Floats:
        sign = -1.0 if self.chance is not None and not self.higher_is_better else 1.0
        return np.asarray(sign * (values - (self.chance or 0.0)))


def enough_radii(radii: Sequence[int], shares: Floats) -> NDArray[np.float64]:
    """Return the smallest radius from which on every share is `ENOUGH`.

    Args:
        radii: in bp, the smallest first, `(radii,)`.
        shares: `(radii, draws)`.

    Returns:
        Shape `(draws,)`; NaN where not even the last share is.
    """
    enough = shares >= ENOUGH
    onwards = np.logical_and.accumulate(enough[::-1], axis=0).sum(axis=0)
    found = np.array([math.nan, *reversed(radii)], dtype=np.float64)
    return np.asarray(found[onwards])


def enough_interval(radii: Sequence[int], draws: Floats) -> tuple[int | None, int | None, str]:
    """Return the 95 % interval of the smallest radius that is enough, and why there is none.

    Args:
        radii: in bp, the smallest first, `(radii,)`.
        draws: shares in draws of blocks, `(radii, draws)`.
    """
    found = enough_radii(radii, draws)
    lost = np.isnan(found)
    if lost.mean() > MOST_UNDEFINED:
        return None, None, f"undefined in {lost.mean():.0%} of draws: no interval"
    low, high = np.quantile(found[~lost], [0.025, 0.975], method="inverted_cdf")
    return int(low), int(high), ""

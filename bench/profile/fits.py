"""How cost grows with length: slopes on logarithmic axes, and where a part passes half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, nan, sqrt

ASYMPTOTIC = 8.0
"""The last so many-fold of the lengths are the asymptotic part: four points of a doubling grid."""
FEWEST = 4
"""Points of a fit."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A power law `y = factor * x ** exponent` over the points from `first` to `last`.

    `low` and `high` are the ends of the exponent's 95 % interval, a t interval of the slope of the
    logarithms.
    """

    exponent: float
    low: float
    high: float
    factor: float
    first: float
    last: float
    points: int

    def at(self, x: float) -> float:
        """Return the fitted value."""
        return float(self.factor * x**self.exponent)


def power_law(xs: Sequence[float], ys: Sequence[float]) -> Fit | None:
    """Fit a power law to the asymptotic part; None where that has fewer than `FEWEST` points.

    Args:
        xs: lengths, above 0.
        ys: costs at them; what is not above 0 is left out.
    """
    from scipy.stats import t

    given = sorted((x, y) for x, y in zip(xs, ys, strict=True) if y > 0)
    if not given:
        return None
    used = [(log(x), log(y)) for x, y in given if x * ASYMPTOTIC >= given[-1][0]]
    count = len(used)
    if count < FEWEST:
        return None
    mean_x = sum(x for x, _ in used) / count
    mean_y = sum(y for _, y in used) / count
    spread = sum((x - mean_x) ** 2 for x, _ in used)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in used) / spread
    level = mean_y - slope * mean_x
    rest = sum((y - level - slope * x) ** 2 for x, y in used)
    half = float(t.ppf(0.975, count - 2)) * sqrt(rest / (count - 2) / spread)
    return Fit(
        slope, slope - half, slope + half, exp(level), exp(used[0][0]), exp(used[-1][0]), count
    )


def passes_half(lengths: Sequence[int], shares: Sequence[float]) -> float:
    """Return the length from which on a share is above one half.

    Between points it is told by the logarithms of their lengths.

    Args:
        lengths: in bp, the smallest first.
        shares: of a part at them.

    Returns:
        `inf` where it is not reached, the first length where the share is above half at all.
    """
    if not lengths:
        return nan
    below = [place for place, share in enumerate(shares) if share <= 0.5]
    if not below:
        return float(lengths[0])
    last = below[-1]
    if last == len(lengths) - 1:
        return inf
    before, after = shares[last], shares[last + 1]
    part = (0.5 - before) / (after - before)
    return exp(log(lengths[last]) + part * (log(lengths[last + 1]) - log(lengths[last])))

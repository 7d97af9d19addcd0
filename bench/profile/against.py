"""What became slower or faster since another profile, by more than noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, inf, log, sqrt
from statistics import median, stdev

from bench.profile.folder import Curve
from bench.profile.records import LARGEST, Mode, Point
from bench.run.result import Status

LEAST_CHANGE = 0.10
"""Change of a median that is told, as a part of the earlier one."""
BETWEEN_PROCESSES = 0.03
"""Standard deviation of the logarithm of a median from one process to the next, which no samples
of one process tell."""
LEVEL = 0.003
"""Two-sided level at which a change is more than noise."""
FEWEST = 20
"""Points that tell how much a machine's speed differs from profile to profile."""
DEVIATION = 1.4826
"""Standard deviation over the median distance from the median, of normal numbers."""
TOLD_SPREAD = 0.05
MEDIAN_ERROR = 1.2533
"""Standard error of a median over that of a mean, of normal samples."""


@dataclass(frozen=True, slots=True)
class Change:
    """A point that is in both profiles."""

    label: str
    length: int
    sequences: int
    before: float
    """Seconds of one sequence, or of a whole fit."""
    now: float
    error: float
    """Standard error of the logarithm of the ratio."""
    freedom: float
    """Degrees of freedom of that error."""
    is_fit: bool = False
    """Whether it is a whole fit."""

    @property
    def ratio(self) -> float:
        """Seconds now over seconds before."""
        return self.now / self.before

    @property
    def is_real(self) -> bool:
        """Whether it is more than noise and more than `LEAST_CHANGE`."""
        from scipy.stats import t

        size = abs(log(self.ratio))
        noise = float(t.ppf(1 - LEVEL / 2, self.freedom)) * self.error
        return abs(self.ratio - 1) > LEAST_CHANGE and size > noise

    def told(self) -> str:
        """Say it in a line."""
        low, high = (exp(log(self.ratio) + sign * 1.96 * self.error) for sign in (-1, 1))
        word = "slower" if self.ratio > 1 else "faster"
        each = " a sequence" if self.sequences > 1 and not self.is_fit else ""
        return (
            f"{word}: {self.label}, {self.length:,} bp x {self.sequences:,}: {self.before:.4g} s "
            f"-> {self.now:.4g} s{each}, {self.ratio:.2f} times [{low:.2f}, {high:.2f}]"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Points of two profiles.

    Attributes:
        changes: of all points that both have.
        missing: what the earlier profile has and this one was not asked for.
        lost: what this one was asked for, and no longer reaches.
        spread: standard deviation of the logarithms of ratios over all points; see `spread_of`.
    """

    changes: tuple[Change, ...]
    missing: tuple[str, ...]
    lost: tuple[str, ...] = ()
    spread: float = 0.0

    @property
    def slower(self) -> list[Change]:
        """Points that became slower by more than noise."""
        return [change for change in self.changes if change.is_real and change.ratio > 1]

    @property
    def faster(self) -> list[Change]:
        """Points that became faster by more than noise."""
        return [change for change in self.changes if change.is_real and change.ratio < 1]

    def told(self) -> Iterator[str]:
        """Say what changed, line by line."""
        for change in self.slower + self.faster:
            yield change.told()
        yield from self.lost
        yield from self.missing
        same = len(self.changes) - len(self.slower) - len(self.faster)
        told = f", which differ by {100 * self.spread:.0f} % from profile to profile"
        noise = told if self.spread > TOLD_SPREAD else ""
        yield f"{same} of {len(self.changes)} points show no difference beyond noise{noise}"


def compare(before: Sequence[Curve], now: Sequence[Curve]) -> Comparison:
    """Compare the points that two profiles share.

    Curves are the same where they were asked for in the same way, whatever code and versions.
    """
    later = {curve.spec.asked: curve for curve in now}
    changes: list[Change] = []
    missing: list[str] = []
    lost: list[str] = []
    for curve in before:
        other = later.get(curve.spec.asked)
        if other is None:
            missing.append(f"not measured: {curve.spec.label}")
            continue
        points = {_place(curve, point): point for point in other.points}
        for point in curve.points:
            same = points.get(_place(curve, point))
            if not point.seconds:
                continue
            what = f"{curve.spec.label}, {point.length:,} bp x {point.sequences:,}"
            if same is None:
                missing.append(f"not measured: {what}")
            elif not same.seconds:
                lost.append(f"not reached: {what}: {same.status}: {same.reason}")
            else:
                changes.append(_change(curve, point, same))
    spread = spread_of(changes)
    changes = [replace(change, error=max(change.error, spread)) for change in changes]
    return Comparison(tuple(changes), tuple(missing), tuple(lost), spread)


def spread_of(changes: Sequence[Change]) -> float:
    """Return the standard deviation of the logarithms of ratios, from their middle half.

    Neighbours on a shared machine make it slower for minutes, which the samples of a point do not
    tell; most points differ by no more than that. A change of all points alike adds nothing, and
    one of a few points does not move the middle. 0 where there are fewer than `FEWEST` points.
    """
    if len(changes) < FEWEST:
        return 0.0
    logs = [log(change.ratio) for change in changes]
    middle = median(logs)
    return DEVIATION * median(abs(one - middle) for one in logs)


def _place(curve: Curve, point: Point) -> tuple[int, int]:
    """Return what makes a point the same: the largest batch may be another one."""
    return point.length, 0 if curve.spec.batch == LARGEST else point.sequences


def _change(curve: Curve, before: Point, now: Point) -> Change:
    per = [1 if curve.spec.mode is Mode.FIT else point.sequences for point in (before, now)]
    errors = [_squared_error(point) for point in (before, now)]
    freedoms = [max(1, len(point.seconds) - 1) for point in (before, now)]
    spread = sum(error**2 / freedom for error, freedom in zip(errors, freedoms, strict=True))
    sampled = sum(errors)
    return Change(
        curve.spec.label,
        now.length,
        now.sequences,
        before.median / per[0],
        now.median / per[1],
        sqrt(sampled + 2 * BETWEEN_PROCESSES**2),
        # Welch and Satterthwaite; what is between processes is taken for known.
        max(1.0, sampled**2 / spread) if spread else inf,
        is_fit=curve.spec.mode is Mode.FIT,
    )


def _squared_error(point: Point) -> float:
    """Return the variance of the logarithm of a median, as samples of one process tell it."""
    if point.status is not Status.OK or len(point.seconds) < 2:
        return inf
    logs = [log(seconds) for seconds in point.seconds]
    return (MEDIAN_ERROR * stdev(logs)) ** 2 / len(logs)

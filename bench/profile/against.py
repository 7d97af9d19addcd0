"""What became slower or faster since another profile, by more than noise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import stdev

from bench.profile.folder import Curve
from bench.profile.records import Point
from bench.run.result import Status

LEAST_CHANGE = 0.10
"""Change of a median that is told, as a part of the earlier one."""
DEVIATIONS = 3.0
"""Standard errors of the logarithm of the ratio that it has to exceed as well."""
MEDIAN_ERROR = 1.2533
"""Standard error of a median over that of a mean, of normal samples."""


@dataclass(frozen=True, slots=True)
class Change:
    """A point that is in both profiles."""

    label: str
    length: int
    sequences: int
    before: float
    now: float
    error: float
    """Standard error of the logarithm of the ratio."""

    @property
    def ratio(self) -> float:
        """Seconds now over seconds before."""
        return self.now / self.before

    @property
    def is_real(self) -> bool:
        """Whether it is more than noise and more than `LEAST_CHANGE`."""
        size = abs(log(self.ratio))
        return size > log(1 + LEAST_CHANGE) and size > DEVIATIONS * self.error

    def told(self) -> str:
        """Say it in a line."""
        low, high = (exp(log(self.ratio) + sign * 1.96 * self.error) for sign in (-1, 1))
        word = "slower" if self.ratio > 1 else "faster"
        return (
            f"{word}: {self.label}, {self.length:,} bp x {self.sequences:,}: {self.before:.4g} s "
            f"-> {self.now:.4g} s, {self.ratio:.2f} times [{low:.2f}, {high:.2f}]"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Points of two profiles.

    Attributes:
        changes: of all points that both have.
        missing: what the earlier profile has and this one has not, or no longer reaches.
    """

    changes: tuple[Change, ...]
    missing: tuple[str, ...]

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
        yield from self.missing
        same = len(self.changes) - len(self.slower) - len(self.faster)
        yield f"{same} of {len(self.changes)} points are as fast as before"


def compare(before: Sequence[Curve], now: Sequence[Curve]) -> Comparison:
    """Compare the points that two profiles share.

    Curves are the same where they were asked for in the same way, whatever code and versions.
    """
    later = {_asked(curve): curve for curve in now}
    changes, missing = [], []
    for curve in before:
        other = later.get(_asked(curve))
        if other is None:
            missing.append(f"not measured: {curve.spec.label}")
            continue
        points = {(point.length, point.sequences): point for point in other.points}
        for point in curve.points:
            same = points.get((point.length, point.sequences))
            if not point.seconds:
                continue
            if same is None or not same.seconds:
                why = "not measured" if same is None else f"{same.status}: {same.reason}"
                what = f"{point.length:,} bp x {point.sequences:,}"
                missing.append(f"not reached: {curve.spec.label}, {what}: {why}")
                continue
            changes.append(_change(curve.spec.label, point, same))
    return Comparison(tuple(changes), tuple(missing))


def _asked(curve: Curve) -> str:
    fields = ("model", "preset", "changes", "mode", "batch", "targets", "device", "precision",
              "compiled", "threads")  # fmt: skip
    asked = curve.spec.model_dump(mode="json", include=set(fields))
    return json.dumps(asked, sort_keys=True)


def _change(label: str, before: Point, now: Point) -> Change:
    return Change(
        label, now.length, now.sequences, before.median, now.median,
        sqrt(_squared_error(before) + _squared_error(now)),
    )  # fmt: skip


def _squared_error(point: Point) -> float:
    """Return the variance of the logarithm of a median."""
    if point.status is not Status.OK or len(point.seconds) < 2:
        return float("inf")
    logs = [log(seconds) for seconds in point.seconds]
    return (MEDIAN_ERROR * stdev(logs)) ** 2 / len(logs)

"""Rounds in which the samples of points are taken.

What slows a shared processor, such as another machine on the same cores, lasts for seconds to
minutes. Samples taken at once agree with each other and not with those of the next profile; those
of two rounds, with other points in between, tell more of how far a median can be trusted.
"""

from __future__ import annotations

from collections.abc import Iterable

from bench.profile.records import CurveSpec, Point
from bench.run.result import Status

AGAIN = "again"
"""Asks a child for another round."""
ON_CPU = 2
SPAN = 10.0
"""Seconds that samples stretch over at once which are not parted into rounds."""


def rounds_of(spec: CurveSpec) -> int:
    """Return in how many rounds short steps of a curve are sampled.

    A GPU is lent as a whole, and a program that is compiled anew for another round is another one.
    """
    return ON_CPU if spec.device == "cpu" and not spec.compiled else 1


def left_to_sample(spec: CurveSpec, points: Iterable[Point]) -> list[Point]:
    """Return the points that another round of samples is still to be taken of."""
    return [point for point in points if _is_left(spec, point)]


def _is_left(spec: CurveSpec, point: Point) -> bool:
    if point.status is not Status.OK or point.round_failed or point.rounds >= rounds_of(spec):
        return False
    return sum(point.seconds) * point.repeats < SPAN

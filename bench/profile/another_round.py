"""Samples of a point in another round."""

from __future__ import annotations

from bench.profile.energy import energy_meter
from bench.profile.point import Bench, settled, time_parts
from bench.profile.records import Mode, Point
from bench.profile.timing import Step, sampled_again


def measure_again(bench: Bench, point: Point) -> Point:
    """Return a point with samples of another round, as many as in the first.

    What goes wrong on the way is raised as it is.
    """
    settled()
    if not bench.is_network:
        return _sampled_again(bench, point, _estimated(bench, point))
    from bench.profile.networks import NetworkSteps

    steps = NetworkSteps(bench.model_class(**bench.spec.settings), bench.spec, point.length)
    found = _sampled_again(bench, point, steps.step(point.sequences))
    more = time_parts(bench, steps, point.sequences) if point.parts else {}
    parts = {part: samples + more.get(part, ()) for part, samples in point.parts.items()}
    return found.model_copy(update={"parts": parts})


def _sampled_again(bench: Bench, point: Point, step: Step) -> Point:
    count = len(point.seconds) // point.rounds
    meter = energy_meter(bench.spec.device)
    found = sampled_again(step, bench.clock, count, point.repeats, meter)
    joules = point.energy_joules
    if joules is not None and found.joules is not None:
        joules += (found.joules - joules) / (point.rounds + 1)
    return point.model_copy(
        update={
            "seconds": point.seconds + found.seconds,
            "rounds": point.rounds + 1,
            "energy_joules": joules,
        }
    )


def _estimated(bench: Bench, point: Point) -> Step:
    steps = bench.estimator()
    if bench.spec.mode is Mode.FIT:
        return steps.fit(point.sequences)
    return steps.predict(point.length, point.sequences)

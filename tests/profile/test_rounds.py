"""Samples of a further round stand beside those of earlier ones."""

from __future__ import annotations

import pytest

from bench.profile import point as points
from bench.profile.point import Bench, measure, measure_again, rounds_of
from bench.profile.records import CurveSpec, Mode, Point
from bench.run.result import Status
from bench_basset import COMPACT
from bench_basset.model import Basset

SPEC = CurveSpec(
    model="basset", preset="compact", settings=COMPACT.as_preset(),
    target="bench_basset.model:Basset", plugin="basset",
    mode=Mode.INFERENCE, batch="2", targets=1, device="cpu", precision="float32", threads=1,
    seconds=0.1, point_limit=10.0, memory_limit=1 << 30,
)  # fmt: skip


def test_energy_is_the_mean_of_all_rounds(monkeypatch):
    bench = Bench(SPEC, Basset, is_network=True)
    joules = {"first": 2.0, "second": 4.0}

    def meter_of(joules_of_all):
        readings = iter((10.0, 10.0 + joules_of_all))
        return lambda: next(readings)

    monkeypatch.setattr(points, "energy_meter", lambda _: meter_of(joules["first"]))
    (first,) = measure(bench, 600)
    steps = len(first.seconds) * first.repeats
    assert first.energy_joules == pytest.approx(2.0 / steps)
    monkeypatch.setattr(points, "energy_meter", lambda _: meter_of(joules["second"]))
    again = measure_again(bench, first)
    assert again.energy_joules == pytest.approx(3.0 / steps)
    assert (again.rounds, len(again.seconds)) == (2, 2 * len(first.seconds))
    assert again.seconds[: len(first.seconds)] == first.seconds
    assert {len(samples) for samples in first.parts.values()} == {2}
    assert {len(samples) for samples in again.parts.values()} == {4}
    assert again.peak_host_bytes == first.peak_host_bytes


@pytest.mark.parametrize(
    ("device", "seconds", "rounds"), [("cpu", 9.0, 2), ("cpu", 10.0, 1), ("cuda", 0.1, 1)]
)
def test_long_steps_and_those_of_a_gpu_have_one_round(device, seconds, rounds):
    spec = SPEC.model_copy(update={"device": device})
    point = Point(length=512, sequences=1, status=Status.OK, seconds=(seconds,) * 3)
    assert rounds_of(spec, point) == rounds
    failed = Point(length=512, sequences=1, status=Status.FAILED)
    assert rounds_of(spec, failed) == 1

"""Samples of a further round stand beside those of earlier ones."""

from __future__ import annotations

import pytest

from bench.cli.profile import _Lines
from bench.profile import another_round, runner
from bench.profile import point as points
from bench.profile.another_round import measure_again
from bench.profile.folder import ProfileFolder
from bench.profile.point import Bench, measure
from bench.profile.records import CurveSpec, Mode, Point, Probe
from bench.profile.rounds import left_to_sample
from bench.profile.runner import ProfileRequest, profile
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
    monkeypatch.setattr(another_round, "energy_meter", lambda _: meter_of(joules["second"]))
    again = measure_again(bench, first)
    assert again.energy_joules == pytest.approx(3.0 / steps)
    assert (again.rounds, len(again.seconds)) == (2, 2 * len(first.seconds))
    assert again.seconds[: len(first.seconds)] == first.seconds
    assert {len(samples) for samples in first.parts.values()} == {3}
    assert {len(samples) for samples in again.parts.values()} == {6}
    assert again.peak_host_bytes == first.peak_host_bytes


@pytest.mark.parametrize(
    ("changes", "seconds", "left"),
    [
        ({}, (3.0, 3.0, 3.0), True),
        ({}, (3.0, 3.0, 4.0), False),
        ({"device": "cuda"}, (0.1, 0.1), False),
        ({"compiled": True}, (0.1, 0.1), False),
    ],
)
def test_of_what_another_round_is_taken(changes, seconds, left):
    spec = SPEC.model_copy(update=changes)
    point = Point(length=512, sequences=1, status=Status.OK, seconds=seconds)
    others = [
        point.model_copy(update={"rounds": 2}),
        point.model_copy(update={"round_failed": "crash"}),
        Point(length=512, sequences=1, status=Status.FAILED),
    ]
    assert left_to_sample(spec, [point, *others]) == [point] * left


@pytest.mark.parametrize("minutes", [None, 60.0])
def test_where_time_is_short_all_points_come_before_further_rounds(minutes, tmp_path, monkeypatch):
    done: list[tuple[str, tuple[int, ...], bool]] = []

    def run_curve(folder, spec, places, on_point, deadline, *, again):
        done.append((spec.curve_id, places, again))
        point = Point(length=1, sequences=1, status=Status.OK, seconds=(1.0,))
        folder.add_points(
            spec.curve_id, [point.model_copy(update={"length": place}) for place in places]
        )

    def sample_again(folder, spec, on_point, deadline):
        done.append((spec.curve_id, (), True))

    monkeypatch.setattr(runner, "run_curve", run_curve)
    monkeypatch.setattr(runner, "sample_again", sample_again)
    monkeypatch.setattr(
        runner, "run_probe", lambda *_: Probe(flops_per_second=1.0, bytes_per_second=1.0)
    )
    curves = tuple(SPEC.model_copy(update={"curve_id": name}) for name in "ab")
    request = ProfileRequest(
        curves=curves, lengths=(1, 2, 3), counts=(), minutes=minutes, counting=False
    )
    assert profile(request, ProfileFolder(tmp_path), _Lines())
    if minutes is None:
        first = [("a", (1, 2, 3), True), ("b", (1, 2, 3), True)]
    else:
        first = [("a", (1, 3), False), ("b", (1, 3), False), ("a", (2,), False), ("b", (2,), False)]
    assert done == [*first, ("a", (), True), ("b", (), True)]

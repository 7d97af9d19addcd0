"""Points as they are kept, and two profiles compared."""

from __future__ import annotations

import numpy as np
import pytest

from bench.interface import BenchError, DataError
from bench.profile.against import compare
from bench.profile.folder import Curve, ProfileFolder
from bench.profile.records import CurveSpec, Mode, Point, ProfileIndex
from bench.profile.runner import left_to_measure
from bench.run.machine import provenance
from bench.run.result import Status

SPEC = CurveSpec(
    curve_id="abc", model="toy", preset="default", settings={}, target="toy:Toy", plugin="toy",
    mode=Mode.INFERENCE, batch="1", targets=1, device="cpu", precision="float32", threads=1,
    seconds=1.0, point_limit=10.0, memory_limit=1 << 30,
)  # fmt: skip


def point(length: int, *seconds: float, status: Status = Status.OK, **more) -> Point:
    return Point(length=length, sequences=1, status=status, seconds=seconds, **more)


def test_a_point_tells_its_median_and_noise():
    quiet = point(1000, 1.0, 1.01, 0.99, 1.0, 1.02)
    assert quiet.median == 1.0
    assert quiet.quartiles == (1.0, 1.01)
    assert not quiet.is_noisy
    assert point(1000, 1.0, 1.2, 0.8, 1.0, 1.3).is_noisy
    assert quiet.bases_per_second == 1000
    assert np.isnan(point(1000, status=Status.OOM).median)
    held = point(1000, 1.0, peak_host_bytes=500, base_host_bytes=200)
    assert held.memory_bytes == 300
    assert held.model_copy(update={"peak_device_bytes": 70}).memory_bytes == 70


def test_points_are_replaced_one_by_one(tmp_path):
    folder = ProfileFolder(tmp_path)
    folder.write_spec(SPEC)
    others = [point(1024, 0.1), point(2048, 0.2), point(4096, status=Status.OOM)]
    folder.add_points("abc", others)
    changed = others[1].model_copy(update={"flops": 5.0})
    folder.replace_points("abc", [changed])
    assert folder.points("abc") == [others[0], changed, others[2]]
    folder.replace_points("abc", [])
    assert folder.points("abc") == [others[0], changed, others[2]]


def test_points_are_read_back(tmp_path):
    folder = ProfileFolder(tmp_path)
    folder.write_spec(SPEC)
    points = [point(1024, 0.1, 0.2), point(2048, status=Status.OOM, reason="full")]
    folder.add_points("abc", points)
    assert folder.points("abc") == points
    assert folder.spec("abc") == SPEC


def test_a_line_that_a_kill_has_cut_is_left_out(tmp_path):
    folder = ProfileFolder(tmp_path)
    folder.write_spec(SPEC)
    folder.add_points("abc", [point(1024, 0.1)])
    path = folder.curve("abc") / "points.jsonl"
    whole = path.read_text()
    path.write_text(whole + whole[:30])
    assert len(folder.points("abc")) == 1
    folder.add_points("abc", [point(2048, 0.2)])
    assert [one.length for one in folder.points("abc")] == [1024, 2048]
    path.write_text("nonsense\n" + whole)
    with pytest.raises(DataError, match=r"points.jsonl.*line 1: no point of a profile"):
        folder.points("abc")


def test_a_folder_without_a_profile(tmp_path):
    with pytest.raises(BenchError, match=r"no profile here \(expected a folder with profile.json"):
        ProfileFolder(tmp_path).index()


def test_what_is_left_to_measure():
    lengths = (1024, 2048, 4096, 8192)
    assert left_to_measure([], SPEC, lengths) == lengths
    assert left_to_measure([point(2048, 0.1)], SPEC, lengths) == (1024, 4096, 8192)
    ended = [point(1024, 0.1), point(4096, status=Status.OOM)]
    assert left_to_measure(ended, SPEC, lengths) == (2048,)
    skipped = [point(1024, status=Status.SKIPPED)]
    assert left_to_measure(skipped, SPEC, lengths) == (2048, 4096, 8192)
    fits = SPEC.model_copy(update={"mode": Mode.FIT})
    done = [Point(length=300, sequences=500, status=Status.OK, seconds=(1.0,))]
    assert left_to_measure(done, fits, (500, 1000)) == (1000,)


def curve(*points: Point, **changes) -> Curve:
    return Curve(SPEC.model_copy(update=changes), points)


def samples(rng, seconds: float, noise: float = 0.02) -> tuple[float, ...]:
    return tuple(seconds * rng.lognormal(0, noise, 15))


def test_what_became_slower_by_more_than_noise():
    rng = np.random.default_rng(0)
    before = [curve(*(point(length, *samples(rng, 1.0)) for length in (1024, 2048, 4096)))]
    now = [
        curve(
            point(1024, *samples(rng, 1.5)),
            point(2048, *samples(rng, 1.05)),
            point(4096, *samples(rng, 0.5)),
            curve_id="another version",
        )
    ]
    found = compare(before, now)
    assert [change.length for change in found.slower] == [1024]
    assert [change.length for change in found.faster] == [4096]
    told = list(found.told())
    assert told[0].startswith("slower: toy:default: inference, batch 1, float32, 1,024 bp x 1: ")
    assert told[-1] == "1 of 3 points show no difference beyond noise"


def test_noise_is_no_change():
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(200):
        before, now = ([curve(point(1024, *samples(rng, 1.0, 0.3)))] for _ in range(2))
        wrong += len(compare(before, now).slower)
    assert wrong <= 2


def drifting(rng, drift: float, slow: frozenset[int] = frozenset()) -> list[Curve]:
    """Sixty points on a machine whose speed differs from point to point."""
    return [
        curve(
            *(
                point(length, *samples(rng, rng.lognormal(0, drift) * (6 if length in slow else 1)))
                for length in range(1000, 1060)
            )
        )
    ]


def test_a_machine_that_drifts_makes_nothing_slower():
    rng = np.random.default_rng(4)
    alike = [compare(drifting(rng, 0.15), drifting(rng, 0.15)) for _ in range(20)]
    assert sum(len(found.slower) for found in alike) <= 4
    assert np.mean([found.spread for found in alike]) == pytest.approx(0.15 * 2**0.5, rel=0.2)
    slow = frozenset(range(1000, 1012))
    found = compare(drifting(rng, 0.15), drifting(rng, 0.15, slow))
    assert {change.length for change in found.slower} <= slow
    assert len(found.slower) >= 10
    assert "which differ by" in list(found.told())[-1]
    # On a quiet machine a change of few points is no smaller for that.
    quiet = compare(drifting(rng, 0.01), drifting(rng, 0.01, slow))
    assert {change.length for change in quiet.slower} == slow
    assert list(quiet.told())[-1] == "48 of 60 points show no difference beyond noise"


def test_what_is_no_longer_reached_is_told():
    before = [
        curve(point(1024, 1.0, 1.0), point(2048, 1.0, 1.0)),
        curve(point(1024, 1.0, 1.0), mode=Mode.TRAINING),
    ]
    now = [curve(point(1024, 1.0, 1.0), point(2048, status=Status.OOM, reason="full"))]
    found = compare(before, now)
    assert found.lost == (
        "not reached: toy:default: inference, batch 1, float32, 2,048 bp x 1: oom: full",
    )
    assert found.missing == ("not measured: toy:default: training, batch 1, float32",)


def test_largest_batches_are_compared_by_the_sequence():
    rng = np.random.default_rng(2)
    one = point(1024, *samples(rng, 1.0)).model_copy(update={"sequences": 8})
    other = point(1024, *samples(rng, 4.0)).model_copy(update={"sequences": 16})
    (change,) = compare([curve(one, batch="max")], [curve(other, batch="max")]).slower
    assert change.ratio == pytest.approx(2, rel=0.05)


def test_of_curves_that_were_asked_for_in_the_same_way_the_latest_is_read(tmp_path):
    folder = ProfileFolder(tmp_path)
    for name, seconds in (("old", 1.0), ("new", 2.0)):
        folder.write_spec(SPEC.model_copy(update={"curve_id": name, "hashes": {"code": name}}))
        folder.add_points(name, [point(1024, seconds)])
    machine = provenance((), "cpu", 1, 1)
    folder.write_index(
        ProfileIndex(created="", machine=machine, curves=("old", "new"), lengths=(), counts=())
    )
    (found,) = folder.curves()
    assert found.spec.curve_id == "new"


def test_ends_of_curves_are_forgotten(tmp_path):
    folder = ProfileFolder(tmp_path)
    folder.write_spec(SPEC)
    folder.add_points("abc", [point(1024, 0.1), point(2048, status=Status.OOM)])
    folder.forget_ends("abc")
    assert [one.length for one in folder.points("abc")] == [1024]

"""What the report of a profile makes of its points."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.interface import BenchError
from bench.profile.folder import ProfileFolder
from bench.profile.probe import probe_key
from bench.profile.records import CurveSpec, Mode, Point, Probe, ProfileIndex
from bench.report.pareto import pareto_front
from bench.report.speed.figures import short
from bench.report.speed.tables import core_table, growth_table, points_table
from bench.report.speed.view import view_profile
from bench.report.speed.write import write_profile
from bench.run.machine import provenance
from bench.run.result import Status

LENGTHS = tuple(2048 * 2**step for step in range(6))


def spec(curve_id: str, **changes) -> CurveSpec:
    given = {
        "model": "toy", "preset": "compact", "settings": {}, "target": "toy:Toy", "plugin": "toy",
        "mode": Mode.INFERENCE, "batch": "1", "targets": 1, "device": "cpu",
        "precision": "float32", "threads": 1, "seconds": 1.0, "point_limit": 10.0,
        "memory_limit": 1 << 30, **changes,
    }  # fmt: skip
    return CurveSpec(curve_id=curve_id, **given)


def point(length: int) -> Point:
    """Attention grows with the square of the length, and is as much as the rest at 16,384 bp."""
    attention, rest = (length / 16_384) ** 2, length / 16_384
    seconds = attention + rest
    parts = {"attention": attention, "convolution": rest / 2, "other": rest / 2}
    return Point(
        length=length, sequences=1, status=Status.OK, seconds=(seconds,) * 5,
        parts={part: (each,) * 3 for part, each in parts.items()}, flops=1e9 * seconds,
        flops_of_parts={"attention": 1e8 * attention, "convolution": 9e8 * rest},
        base_host_bytes=1000, peak_host_bytes=1000 + 64 * length, predicted_seconds=seconds / 4,
        uncounted={"softmax": 3},
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    made = ProfileFolder(tmp_path / "profile")
    curves = [
        spec("one"),
        spec("two", mode=Mode.FIT, model="machine"),
        spec("three", precision="bfloat16"),
    ]
    for curve in curves:
        made.write_spec(curve)
    made.add_points("one", map(point, LENGTHS))
    end = Point(length=131_072, sequences=1, status=Status.OOM, reason="held more than 1 GiB")
    made.add_points("one", [end])
    fits = [
        Point(length=300, sequences=count, status=Status.OK, seconds=(0.01 * count,) * 5)
        for count in (100, 200, 400, 800)
    ]
    made.add_points("two", fits)
    made.add_points("three", [point(2048)])
    made.write_index(
        ProfileIndex(
            created="2026-01-01T00:00:00+00:00",
            machine=provenance(("numpy",), "cpu", 1, 1),
            probes={probe_key(curves[0]): Probe(flops_per_second=1e10, bytes_per_second=1e9)},
            curves=("one", "two", "three"),
            lengths=LENGTHS,
            counts=(100, 200, 400, 800),
        )
    )
    return made


def test_rows_are_told_apart(folder):
    view = view_profile(folder)
    assert view.labels == ["toy:compact float32", "machine:compact", "toy:compact bfloat16"]
    assert view.batches == ["1"]


def test_exponents(folder):
    rows = {row[:3]: row[3:] for row in growth_table(view_profile(folder)).rows}
    toy = ("toy:compact float32", "inference, batch 1")
    assert rows[*toy, "time of attention"] == ("2.00", "[2.00, 2.00]", "8,192 bp", "65,536 bp")
    assert rows[*toy, "time of convolution"][0] == "1.00"
    assert rows[*toy, "FLOPs of attention"][0] == "2.00"
    assert rows[*toy, "memory"][0] == "1.00"
    assert rows["machine:compact", "fit", "time"] == (
        "1.00", "[1.00, 1.00]", "100 sequences", "800 sequences",
    )  # fmt: skip


def test_exponents_of_the_largest_batches_are_of_one_sequence(tmp_path, folder):
    largest = spec("four", model="large", batch="max")
    folder.write_spec(largest)
    for length in LENGTHS:
        count = 2**20 // length
        one = point(length)
        seconds = tuple(count * value for value in one.seconds)
        parts = {part: tuple(count * each for each in taken) for part, taken in one.parts.items()}
        more = {"sequences": count, "seconds": seconds, "parts": parts}
        folder.add_points("four", [one.model_copy(update=more)])
    index = folder.index()
    folder.write_index(index.model_copy(update={"curves": (*index.curves, "four")}))
    rows = {row[:3]: row[3] for row in growth_table(view_profile(folder)).rows}
    large = {key[2]: value for key, value in rows.items() if key[0] == "large:compact"}
    assert large["time of attention"] == "2.00"
    assert large["time of convolution"] == "1.00"
    assert not {"memory", "FLOPs of attention"} & set(large)


def test_where_attention_passes_half(folder):
    (row, *_) = core_table(view_profile(folder)).rows
    assert row[:4] == ("toy:compact float32", "attention", "65,536 bp", "80%")
    assert row[4] == "16,384 bp"
    assert row[5:] == ("31%", "not reached")


def test_points(folder):
    table = points_table(view_profile(folder).series[0])
    rows = {row[0]: row for row in table.rows}
    # 2 GFLOP in 2 s on a machine of 10 GFLOP/s.
    assert rows["16,384"][2:9] == (
        "2", "[2, 2]", "8,192", "1", "2", "10%", "0.25",
    )  # fmt: skip
    assert rows["131,072"][-1] == "oom: held more than 1 GiB"
    assert "softmax" in table.notes[-1]


def test_everything_is_written(folder, tmp_path):
    page = write_profile(folder, tmp_path / "out")
    text = page.read_text()
    assert "When attention passes half" in text
    assert "src='http" not in text
    names = {path.name for path in (tmp_path / "out" / "figures").glob("*.svg")}
    assert names == {"latency.svg", "memory.svg", "fits.svg", "shares.svg"}
    again = write_profile(folder, tmp_path / "again")
    for path in (tmp_path / "out").rglob("*.svg"):
        assert path.read_bytes() == (again.parent / "figures" / path.name).read_bytes()


def test_an_empty_profile(folder):
    for path in folder.path.glob("curves/*/points.jsonl"):
        path.unlink()
    with pytest.raises(BenchError, match="nothing was measured yet"):
        view_profile(folder)


@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(0, 1)), min_size=1, max_size=20))
def test_the_front_is_what_none_beats_in_both(points):
    front = pareto_front(points)
    beaten = [
        one
        for one in points
        if any(other[0] <= one[0] and other[1] >= one[1] and other != one for other in points)
    ]
    assert set(front) == set(points) - set(beaten)


def test_lengths_are_short():
    assert [short(value) for value in (512, 2048, 131_072, 3 << 20)] == ["512", "2k", "128k", "3M"]

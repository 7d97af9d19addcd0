"""Steps are counted as on the curve's device, whichever machine counts."""

from __future__ import annotations

import sys

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from bench.interface import device_kind
from bench.interface.errors import BenchError
from bench.profile import counts
from bench.profile.counted_steps import count_steps
from bench.profile.counting import Speeds, count
from bench.profile.counts import count_points
from bench.profile.folder import ProfileFolder
from bench.profile.probe import probe_key
from bench.profile.records import CurveSpec, Mode, Point, Probe, ProfileIndex
from bench.run.machine import provenance
from bench.run.result import Status
from bench_basset import COMPACT as BASSET
from bench_basset.model import Basset
from bench_enformer.model import EnformerModel
from bench_enformer.settings import COMPACT

SPEC = CurveSpec(
    curve_id="abc", model="enformer", preset="compact", settings=COMPACT.as_preset(),
    target="bench_enformer.model:EnformerModel", plugin="enformer", mode=Mode.TRAINING, batch="1",
    targets=3, device="cpu", precision="float32", threads=1, seconds=1.0, point_limit=10.0,
    memory_limit=1 << 30,
)  # fmt: skip


def test_tensors_stand_for_those_of_the_curves_device() -> None:
    model = EnformerModel(**SPEC.settings)
    found = {
        device: count_steps(
            model, SPEC.model_copy(update={"device": device}), 2048, Speeds(1e9, 1e9)
        )
        for device in ("cpu", "cuda")
    }
    published = [counts[0].on(1) for counts in found.values()]
    assert published[0].flops == published[1].flops
    assert published[0].flops_of_parts == published[1].flops_of_parts
    # Of a forward pass, though the step is one of training.
    assert sum(published[0].flops_of_parts.values()) < published[0].flops / 2
    computed = {device: counts[1].on(1) for device, counts in found.items()}
    assert "one_pass" not in computed["cpu"].uncounted
    assert computed["cuda"].uncounted["one_pass"] > 10
    assert computed["cuda"].bytes_moved < computed["cpu"].bytes_moved


def test_a_tensor_with_values_lies_where_it_lies() -> None:
    assert device_kind(torch.zeros(1)) == "cpu"
    assert device_kind(torch.zeros(1, device="meta")) == "meta"


@pytest.mark.parametrize("said", [b"", b'{"place": "abc/1024:1", "cou'])
def test_a_process_that_ends_badly_leaves_what_it_told(tmp_path, monkeypatch, said) -> None:
    folder = ProfileFolder(tmp_path)
    folder.write_spec(SPEC)
    points = [
        Point(length=length, sequences=1, status=Status.OK, seconds=(1.0,), parameters=1)
        for length in (512, 1024)
    ]
    folder.add_points("abc", points)
    told = (
        b'{"place": "abc/512:1", "counts": {"1": {"flops": 7.0, "flops_of_parts": {}, '
        b'"bytes_moved": 1.0, '
        b'"uncounted": {}, "predicted_seconds": 1.0}}}\n'
    )
    program = (
        f"import sys; sys.stdout.buffer.write({told + said!r}); sys.stdout.flush(); "
        "sys.stderr.write('out of luck'); sys.exit(3)"
    )

    def spawn(module, arguments, threads, log):
        import subprocess

        return subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=log, start_new_session=True,
        )  # fmt: skip

    monkeypatch.setattr(counts, "spawn", spawn)
    assert count_points(folder, [SPEC]) == [f"{SPEC.label}: arithmetic is not counted: out of luck"]
    assert [point.flops for point in folder.points("abc")] == [7.0, None]


def test_what_cannot_be_counted_leaves_the_others(tmp_path) -> None:
    folder = ProfileFolder(tmp_path)
    broken = SPEC.model_copy(update={"curve_id": "broken", "target": "nothing:Here"})
    index = ProfileIndex(
        created="now", machine=provenance((), "cpu", 1, 1), curves=("abc", "broken"),
        probes={probe_key(SPEC): Probe(flops_per_second=1e9, bytes_per_second=1e9)},
        lengths=(512,), counts=(),
    )  # fmt: skip
    folder.write_index(index)
    for spec in (broken, SPEC):
        folder.write_spec(spec)
        point = Point(length=512, sequences=1, status=Status.OK, seconds=(1.0,), parameters=1)
        folder.add_points(spec.curve_id, [point])
    (line,) = count_points(folder, [broken, SPEC])
    assert "arithmetic is not counted: " in line
    assert "nothing" in line
    assert folder.points("broken")[0].flops is None
    assert folder.points("abc")[0].flops > 0
    assert count_points(folder, [SPEC]) == []


def test_points_that_differ_in_windows_alone_are_counted_together(tmp_path, monkeypatch) -> None:
    """Each as by itself: batches of a curve, of other batches, and lengths that are tiled."""
    folder = ProfileFolder(tmp_path)
    basset = SPEC.model_copy(
        update={
            "model": "basset", "target": "bench_basset.model:Basset", "plugin": "basset",
            "settings": BASSET.as_preset(), "mode": Mode.INFERENCE, "curve_id": "basset",
        }
    )  # fmt: skip
    largest = basset.model_copy(update={"batch": "max", "curve_id": "basset-max"})
    training = basset.model_copy(update={"mode": Mode.TRAINING, "curve_id": "basset-training"})
    window = Basset(**basset.settings).workload(4096, 3).length
    folder.write_index(
        ProfileIndex(
            created="now", machine=provenance((), "cpu", 1, 1), curves=(),
            probes={probe_key(SPEC): Probe(flops_per_second=1e9, bytes_per_second=1e9)},
            lengths=(), counts=(),
        )
    )  # fmt: skip
    curves = (basset, largest, training)
    sizes = ([(4096, 1), (8192, 1)], [(4096, 8)], [(4096, 1)])
    for spec, points in zip(curves, sizes, strict=True):
        folder.write_spec(spec)
        folder.add_points(
            spec.curve_id,
            [
                Point(
                    length=length, sequences=sequences, status=Status.OK, seconds=(1.0,),
                    parameters=1, window=window, passes=-(-length // window),
                )
                for length, sequences in points
            ],
        )  # fmt: skip
    places: list[str] = []
    told_by = counts._told_by

    def noted(folder, number, share):
        places.extend(share)
        return told_by(folder, number, share)

    monkeypatch.setattr(counts, "_told_by", noted)
    assert count_points(folder, curves) == []
    of_4096, of_8192 = -(-4096 // window), -(-8192 // window)
    assert sorted(places) == [
        f"basset-training/4096:{of_4096}",
        f"basset/4096:{of_4096},{of_8192},{8 * of_4096}",
    ]
    one, longer = folder.points("basset")
    (eight,) = folder.points("basset-max")
    (update,) = folder.points("basset-training")
    assert eight.flops == pytest.approx(8 * one.flops)
    assert longer.flops == pytest.approx(one.flops * of_8192 / of_4096)
    assert update.flops > 2 * one.flops
    with FakeTensorMode(), torch.device("cpu"):
        workload = Basset(**basset.settings).workload(4096, 3, as_published=True)
        workload.network.eval()
        codes = torch.zeros(8 * of_4096, window, dtype=torch.uint8)
        with torch.no_grad():
            straight = count(workload.network, lambda: workload.forward(codes), Speeds(1e9, 1e9))
    assert eight.flops == pytest.approx(straight.flops)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("settings", {"other": 1}), ("target", "another:Model"), ("plugin", "another"),
        ("plugin_files", ("another.py",)), ("mode", Mode.INFERENCE), ("targets", 4),
        ("device", "cuda"), ("precision", "bfloat16"), ("threads", 2),
    ],
)  # fmt: skip
def test_what_changes_counts_keeps_curves_apart(field, value):
    assert SPEC.model_copy(update={field: value}).counted != SPEC.counted
    alike = {
        "batch": "max",
        "compiled": True,
        "recorded": True,
        "seconds": 2.0,
        "curve_id": "other",
    }
    assert SPEC.model_copy(update=alike).counted == SPEC.counted


def test_the_published_form_reads_as_much_as_the_other(monkeypatch):
    made = Basset.workload

    def workload(model, length, targets, *, as_published=False):
        short = Basset(**BASSET.as_preset() | {"length": 300})
        return made(short if as_published else model, length, targets, as_published=as_published)

    monkeypatch.setattr(Basset, "workload", workload)
    spec = SPEC.model_copy(update={"model": "basset", "mode": Mode.INFERENCE})
    with pytest.raises(BenchError, match="basset reads 300 bp, the one that is timed 600 bp"):
        count_steps(Basset(**BASSET.as_preset()), spec, 4096, Speeds(1e9, 1e9))

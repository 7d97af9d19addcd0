from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

MODELS = "toy-model,toy-seeded"


def command(manifest, out, touched):
    plugin = os.path.join(os.path.dirname(__file__), "toy_models.py")
    settings = [f"--set={name}.touch={touched}" for name in MODELS.split(",")]
    slow = "--set=toy-seeded.behave=slow"
    return [
        sys.executable, "-m", "bench", "run", str(manifest), "--models", MODELS, "--seeds", "3",
        "--plugin", plugin, "--out", str(out), *settings, slow,
    ]  # fmt: skip


def tables(out):
    subprocess.run([sys.executable, "-m", "bench", "report", str(out)], check=True)
    report = out / "report"
    return {name: (report / name).read_bytes() for name in os.listdir(report) if "leader" in name}


def test_nothing_finished_is_repeated(run_toy, tmp_path):
    touched = tmp_path / "touched"
    settings = (f"toy-seeded.touch={touched}",)
    assert run_toy("toy-seeded", settings=settings, seeds=2).display.begun == (2, 0)
    again = run_toy("toy-seeded", settings=settings, seeds=3, workers=2)
    assert again.display.begun == (3, 2)
    assert sorted(touched.read_text().split()) == ["0", "1", "2"]
    assert len(again.folder.results()) == 3


def test_failed_cells_run_again_only_when_asked(run_toy):
    settings = ("toy-model.behave=raise",)
    run_toy("toy-model", settings=settings)
    assert run_toy("toy-model", settings=settings).display.begun == (1, 1)
    assert run_toy("toy-model", settings=settings, retry=True).display.begun == (1, 0)


def test_a_changed_dataset_replaces_its_slot(run_toy, toy):
    first = run_toy("toy-fixed")
    manifest = toy()
    path = manifest.parent / "positives.fa"
    path.write_text(path.read_text().replace(">s0\nA", ">s0\nC").replace(">s0\nT", ">s0\nG"))
    text = path.read_text()
    path.write_text(text + ">extra\n" + "ACGT" * 20 + "\n")
    second = run_toy("toy-fixed", manifest=manifest)
    assert second.display.begun == (1, 0)
    (result,) = second.folder.results()
    assert result.cell.cell_id != first.display.results[0].cell.cell_id


def test_another_kind_makes_new_cells(run_toy, toy):
    first = run_toy("toy-fixed")
    manifest = toy()
    text = manifest.read_text()
    manifest.write_text(text.replace('kind = "classification"', 'kind = "regression"'))
    second = run_toy("toy-fixed", manifest=manifest)
    assert second.display.begun == (1, 0)
    (result,) = second.folder.results()
    assert result.cell.cell_id != first.display.results[0].cell.cell_id
    assert {metric.metric for metric in result.metrics} == {"pearson", "spearman", "r2"}


def test_an_interrupt_ends_running_cells_at_once(toy, tmp_path):
    plugin = os.path.join(os.path.dirname(__file__), "toy_models.py")
    running = subprocess.Popen(
        [
            sys.executable, "-m", "bench", "run", str(toy()), "--models", "toy-fixed",
            "--plugin", plugin, "--set=toy-fixed.behave=hang", "--out", str(tmp_path / "run"),
        ],
        stderr=subprocess.PIPE,
        # A shell starts what it runs in the background with interrupts ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list((tmp_path / "run").glob("cells/*/scratch")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=10)
    assert running.returncode == 130
    assert b"the same command goes on" in said
    assert not list((tmp_path / "run").glob("cells/*/result.json"))


def test_a_killed_run_repeats_nothing_and_gives_the_same_tables(toy, tmp_path):
    manifest = toy()
    touched = tmp_path / "touched"
    killed = subprocess.Popen(
        command(manifest, tmp_path / "killed", touched), start_new_session=True
    )
    deadline = time.monotonic() + 60
    while len(list((tmp_path / "killed").glob("cells/*/result.json"))) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.7)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    time.sleep(1)
    finished = {
        path: path.stat().st_mtime_ns for path in (tmp_path / "killed").glob("cells/*/result.json")
    }
    assert 4 <= len(finished) < 6
    starts = len(touched.read_text().split())
    time.sleep(2)
    # Had the child gone on without its parent, there would be one result more by now.
    assert len(list((tmp_path / "killed").glob("cells/*/result.json"))) == len(finished)
    subprocess.run(command(manifest, tmp_path / "killed", touched), check=True)
    assert len(touched.read_text().split()) - starts == 6 - len(finished)
    assert all(path.stat().st_mtime_ns == before for path, before in finished.items())
    subprocess.run(command(manifest, tmp_path / "whole", touched), check=True)
    assert tables(tmp_path / "killed") == tables(tmp_path / "whole")

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from bench.interface.errors import BenchError, DataError
from bench.registry.discovery import discover
from bench.run.child import load_fitted
from bench.run.lock import locked
from bench.run.request import Changes, make_request
from bench.run.result import Status
from bench.run.runner import open_run_folder, run, writing
from bench.run.scoring import score_cell
from bench.run.store import RunFolder
from bench.tasks.catalogue import TaskCatalogue
from tests.run.conftest import SilentDisplay


def test_a_cell_that_goes_well(run_toy):
    outcome = run_toy("toy-fixed")
    (result,) = outcome.folder.results()
    assert outcome.well
    assert result.status is Status.OK
    assert {metric.metric for metric in result.metrics} == {"auroc", "auprc"}
    assert 0 <= result.metrics[0].low <= result.metrics[0].value <= result.metrics[0].high <= 1
    assert result.cost.fit_seconds >= 0
    assert 10e6 < result.cost.peak_memory_bytes < 1e9
    assert result.provenance.packages["numpy"]
    folder = outcome.folder.cell(result.cell.cell_id)
    assert "a model may print" in (folder / "log.txt").read_text()
    assert {event.stage for event in outcome.display.stages} >= {"fit"}
    assert not (folder / "scratch").exists()
    assert {path.name for path in folder.iterdir()} == {
        "cell.json", "log.txt", "model", "predictions.npz", "result.json",
    }  # fmt: skip


def test_stored_predictions_give_the_stored_scores_and_the_model_comes_back(run_toy):
    outcome = run_toy("toy-fixed")
    (result,) = outcome.folder.results()
    assert score_cell(outcome.folder, result.cell) == result.metrics
    truth = outcome.folder.truth(result.cell.task_key)
    predictions = outcome.folder.predictions(result.cell.cell_id)
    assert predictions.shape == truth.targets.shape
    assert len(truth.items) == len(predictions)
    assert load_fitted(outcome.folder, result.cell.cell_id).base == 0


@pytest.mark.parametrize(
    ("behave", "status", "reason"),
    [
        ("raise", "failed", "RuntimeError: no luck"),
        ("user-error", "failed", "k is too large"),
        ("nan", "failed", "prediction of test item 0, target 0 is not finite"),
        ("shape", "failed", r"predictions have shape \(\d+,\), expected"),
        ("peek", "failed", "targets are shown in fit only"),
        ("die", "failed", "ended by SIGKILL"),
        ("exit", "failed", "child ended with code 3"),
        ("memory-error", "oom", "out of memory"),
    ],
)
def test_a_model_that_misbehaves_fails_alone(run_toy, behave, status, reason):
    outcome = run_toy("toy-model,toy-fixed", settings=(f"toy-model.behave={behave}",))
    assert not outcome.well
    failed = outcome.results["toy-model"]
    assert failed.status == status
    import re

    assert re.search(reason, failed.reason)
    assert "\n" not in failed.reason
    assert outcome.results["toy-fixed"].status is Status.OK
    if behave == "raise":
        log = outcome.folder.cell(failed.cell.cell_id) / "log.txt"
        assert "Traceback" in log.read_text()


def test_a_child_imports_only_what_its_model_needs(run_toy, tmp_path):
    told = tmp_path / "imports"
    settings = ("toy-fixed.behave=tell-imports", f"toy-fixed.touch={told}")
    assert run_toy("toy-fixed", settings=settings).well
    loaded = set(told.read_text().split())
    assert "numpy" in loaded
    assert not loaded & {"torch", "sklearn", "scipy", "pandas", "matplotlib", "pyarrow"}


def test_limits_of_time_and_memory(run_toy):
    slow = run_toy("toy-model", settings=("toy-model.behave=hang",), time_limit="2s")
    result = slow.results["toy-model"]
    assert result.status is Status.TIMEOUT
    assert result.reason == "ran longer than 2 s"
    assert result.cost.wall_seconds < 20
    hungry = run_toy(
        "toy-model", settings=("toy-model.behave=eat",), time_limit="60s", memory_limit="500mb"
    )
    result = next(r for r in hungry.folder.results() if r.cell.settings["behave"] == "eat")
    assert result.status is Status.OOM
    assert result.reason == "held more than 0.488 GiB"


def test_a_full_disk_ends_the_run(run_toy):
    with pytest.raises(BenchError, match=r"cannot write .*model\.bin: No space left on device"):
        run_toy("toy-model", settings=("toy-model.behave=full-disk",))


def test_what_cannot_run_is_skipped(run_toy):
    outcome = run_toy("toy-regressor,toy-needy")
    assert outcome.well
    assert {result.status for result in outcome.folder.results()} == {Status.SKIPPED}
    again = run_toy("toy-regressor,toy-needy")
    assert again.display.begun == (2, 0)


@pytest.mark.parametrize(
    ("model", "message"),
    [("toy-absent", "has no 'NoSuchClass'"), ("toy-no-model", "no subclass of bench.interface")],
)
def test_a_class_that_is_none(run_toy, model, message):
    assert message in run_toy(model).results[model].reason


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


def test_a_model_gets_the_one_that_it_stands_on(run_toy):
    outcome = run_toy("standing", workers=2)
    assert outcome.results["standing"].status is Status.OK
    cells = {name: result.cell.cell_id for name, result in outcome.results.items()}
    assert outcome.results["standing"].cell.upstream == {"below": cells["toy-model"]}
    assert np.isfinite(outcome.folder.predictions(cells["standing"])).all()
    assert load_fitted(outcome.folder, cells["standing"]).base == 1


def test_a_model_is_skipped_when_the_one_below_failed(run_toy):
    outcome = run_toy(
        "toy-model,standing",
        settings=("standing.below=toy-absent",),
    )
    assert outcome.results["standing"].status is Status.SKIPPED
    assert "its below (toy-absent) ended as failed" in outcome.results["standing"].reason


def test_a_broken_plugin_spoils_no_other_model(toy, tmp_path, forget_plugins):
    broken = tmp_path / "broken_plugin.py"
    broken.write_text("import no_such_module_at_all")
    registry = discover([broken])
    assert registry.problems
    request = make_request(str(toy()), Changes(models="gc"), registry, TaskCatalogue(registry))
    with writing(tmp_path / "run") as folder:
        assert run(request, folder, registry, SilentDisplay())


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


def test_other_metrics_are_scored_from_what_is_stored(run_toy, toy):
    (before,) = run_toy("toy-fixed").folder.results()
    manifest = toy('metrics = ["auroc", "spearman"]\nnotes = ["new"]')
    again = run_toy("toy-fixed", manifest=manifest)
    assert again.display.begun == (1, 1)
    (after,) = again.folder.results()
    assert [metric.metric for metric in after.metrics] == ["auroc", "spearman"]
    assert after.metrics[0] == before.metrics[0]
    assert after.finished == before.finished
    assert again.folder.task(after.cell.task_key).notes == ("new",)


def test_a_metric_with_other_code_is_scored_again(run_toy, monkeypatch):
    (before,) = run_toy("toy-fixed").folder.results()
    monkeypatch.setattr("bench.run.rescore.metric_code_hash", lambda target: "newer")
    again = run_toy("toy-fixed")
    assert again.display.begun == (1, 1)
    (after,) = again.folder.results()
    assert {metric.code for metric in after.metrics} == {"newer"}
    assert [metric.value for metric in after.metrics] == [metric.value for metric in before.metrics]


def test_a_metric_that_fails_is_named(run_toy, monkeypatch):
    outcome = run_toy("toy-fixed")
    (result,) = outcome.folder.results()
    spec = result.cell.model_copy(update={"metrics": {"odd": "statistics:mean"}})
    with pytest.raises(BenchError, match="metric odd: "):
        score_cell(outcome.folder, spec)


def test_code_that_is_edited_under_way_is_not_run(run_toy, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("bench.run.plan.plugin_code_hash", lambda target: "older")
        patch.setattr("bench.run.plan.sources_hash", lambda target: "older")
        outcome = run_toy("toy-fixed")
    (result,) = outcome.folder.results()
    assert not outcome.well
    assert result.status is Status.SKIPPED
    assert "changed after planning" in result.reason
    with monkeypatch.context() as patch:
        # Other bytes but the same syntax tree: a comment was edited.
        patch.setattr("bench.run.plan.sources_hash", lambda target: "older")
        assert run_toy("toy-fixed").well


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


def test_a_folder_in_which_nothing_was_written_is_removed(tmp_path):
    with pytest.raises(BenchError, match="no"), writing(tmp_path / "new"):
        raise BenchError("no")
    assert not list(tmp_path.iterdir())
    (tmp_path / "old").mkdir()
    with pytest.raises(BenchError, match="no"), writing(tmp_path / "old"):
        raise BenchError("no")
    assert (tmp_path / "old").is_dir()


def test_a_run_killed_while_it_began_can_go_on(tmp_path):
    (tmp_path / "run.lock").touch()
    (tmp_path / ".run.json.17.tmp").write_text("{")
    with writing(tmp_path):
        assert not (tmp_path / ".run.json.17.tmp").exists()


@pytest.mark.parametrize("file", ["task.json", "truth.npz", "cell.json", "predictions.npz"])
@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"{}"])
def test_damaged_files_of_a_run_are_named(run_toy, file, content):
    folder = run_toy("toy-fixed").folder
    (result,) = folder.results()
    cell = result.cell
    place = folder.cell(cell.cell_id)
    if file in {"task.json", "truth.npz"}:
        place = folder.path / "tasks" / cell.task_key
    (place / file).write_bytes(content)
    read = {
        "task.json": lambda: folder.task(cell.task_key),
        "truth.npz": lambda: folder.truth(cell.task_key),
        "cell.json": lambda: folder.spec(cell.cell_id),
        "predictions.npz": lambda: folder.predictions(cell.cell_id),
    }[file]
    with pytest.raises(DataError, match=rf"{file}: (not a|damaged)"):
        read()


def test_two_processes_do_not_write_one_folder(tmp_path):
    with (
        locked(tmp_path / "lock"),
        pytest.raises(BenchError, match="another bench process"),
        locked(tmp_path / "lock"),
    ):
        pass


def test_run_folders(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchError, match="it or a parent is a file"):
        open_run_folder(tmp_path / "file" / "run")
    with pytest.raises(BenchError, match="holds other files"):
        open_run_folder(tmp_path)
    with pytest.raises(BenchError, match="no run here"):
        RunFolder(tmp_path).index()
    (tmp_path / "run.json").write_text('{"suite": 3}')
    with pytest.raises(BenchError, match="not a run index"):
        RunFolder(tmp_path).index()


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

from __future__ import annotations

import pytest

from bench.interface.errors import BenchError, DataError
from bench.registry.discovery import discover
from bench.run.request import Changes, make_request
from bench.run.result import Status
from bench.run.runner import run, writing
from bench.tasks.catalogue import TaskCatalogue
from tests.run.conftest import SilentDisplay


@pytest.mark.parametrize(
    ("behave", "status", "reason"),
    [
        ("raise", "failed", r"RuntimeError: no luck \(toy_models\.py:\d+\)"),
        ("user-error", "failed", "k is too large"),
        ("nan", "failed", "prediction of test item 0, target 0 is not finite"),
        ("shape", "failed", r"predictions have shape \(\d+,\), expected"),
        ("whole", "failed", "predictions have type int64, expected floating-point numbers"),
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


def test_a_model_that_cannot_tell_what_it_sees_keeps_its_predictions(run_toy):
    outcome = run_toy("toy-model,toy-fixed", settings=("toy-model.behave=blind",))
    assert outcome.well
    fields = {name: found.cost.receptive_field for name, found in outcome.results.items()}
    assert fields == {"toy-model": None, "toy-fixed": 1}
    log = outcome.folder.cell(outcome.results["toy-model"].cell.cell_id) / "log.txt"
    assert "no receptive field" in log.read_text()


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


@pytest.mark.parametrize(
    ("model", "message"),
    [("toy-absent", "has no 'NoSuchClass'"), ("toy-no-model", "no subclass of bench.interface")],
)
def test_a_class_that_is_none(run_toy, model, message):
    assert message in run_toy(model).results[model].reason


def test_a_broken_plugin_spoils_no_other_model(toy, tmp_path, forget_plugins):
    broken = tmp_path / "broken_plugin.py"
    broken.write_text("import no_such_module_at_all")
    registry = discover([broken])
    assert registry.problems
    request = make_request(str(toy()), Changes(models="gc"), registry, TaskCatalogue(registry))
    with writing(tmp_path / "run") as folder:
        assert run(request, folder, registry, SilentDisplay()).is_well


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

"""Scores follow from what is stored, and what was tampered with is found."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from bench.cli.app import run_app
from bench.run.recompute import Difference, Unreadable, recompute


@pytest.fixture
def finished(run_toy):
    return run_toy("toy-fixed,gc").folder


def only_cell(folder, model="toy-fixed"):
    (result,) = [one for one in folder.results() if one.cell.model == model]
    return result.cell.cell_id, folder.cell(result.cell.cell_id)


def tamper(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_a_fresh_run_follows_from_what_it_stores(finished):
    told = []
    assert list(recompute(finished, 2, lambda done, total: told.append((done, total)))) == []
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_neither_models_nor_the_cache_are_needed(finished, monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "no-cache"))
    for result in finished.results():
        shutil.rmtree(result.cell.task_folder, ignore_errors=True)
        shutil.rmtree(finished.cell(result.cell.cell_id) / "model")
    assert list(recompute(finished, 1)) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda metric: metric.update(value=metric["value"] + 1e-9), "auroc"),
        (lambda metric: metric.update(low=None), "auroc, low"),
        (lambda metric: metric.update(blocks=1), "auroc, blocks"),
        (lambda metric: metric["targets"][0].update(value=0.5), "auroc, {target}"),
        (lambda metric: metric["targets"][0].update(items=1), "auroc, {target}, items"),
        (lambda metric: metric["targets"][0].update(note="good"), "auroc, {target}, note"),
    ],
)
def test_a_value_that_was_changed_is_found(finished, change, place):
    cell_id, folder = only_cell(finished)
    before = finished.result(cell_id).metrics[0]
    tamper(folder / "result.json", lambda content: change(content["metrics"][0]))
    (found,) = recompute(finished, 1)
    assert isinstance(found, Difference)
    assert (found.cell_id, found.is_old_code) == (cell_id, False)
    assert found.place == place.format(target=before.targets[0].target)
    assert str(found).startswith(f"toy-fixed:only on toy, seed 0 ({cell_id}): auroc")


def test_rounding_of_another_machine_is_no_difference(finished):
    _, folder = only_cell(finished)
    tamper(
        folder / "result.json",
        lambda content: content["metrics"][0].update(value=content["metrics"][0]["value"] + 1e-15),
    )
    assert list(recompute(finished, 1)) == []


def test_a_metric_that_was_added_or_taken_away_is_found(finished):
    _, folder = only_cell(finished)
    tamper(folder / "result.json", lambda content: content["metrics"].pop(0))
    (found,) = recompute(finished, 1)
    assert (found.place, found.stored) == ("auroc", None)
    assert "stored none, recomputed 0." in str(found)


def test_predictions_that_were_changed_are_found(finished):
    cell_id, folder = only_cell(finished)
    predictions = finished.predictions(cell_id)
    np.savez(folder / "predictions.npz", default=predictions[::-1])
    found = list(recompute(finished, 1))
    assert {one.cell_id for one in found} == {cell_id}
    assert {"auroc", "auprc"} <= {one.place for one in found}


def test_a_difference_by_newer_code_is_told_as_such(finished, monkeypatch):
    _, folder = only_cell(finished)
    tamper(folder / "result.json", lambda content: content["metrics"][0].update(value=0.1))
    monkeypatch.setattr("bench.run.recompute.metric_code_hash", lambda target: "newer")
    (found,) = recompute(finished, 1)
    assert found.is_old_code
    assert str(found).endswith("(by newer code: bench run scores anew)")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: path.unlink(), "no such file"),
        (lambda path: path.write_bytes(path.read_bytes()[:100]), "damaged"),
        (
            lambda path: np.savez(path, default=np.zeros((3, 1), np.float32)),
            "predictions have shape (3, 1), expected (",
        ),
    ],
)
def test_predictions_that_cannot_be_read_are_told_with_the_file(finished, harm, message):
    cell_id, folder = only_cell(finished)
    harm(folder / "predictions.npz")
    (found,) = recompute(finished, 1)
    assert isinstance(found, Unreadable)
    assert f"({cell_id}): {folder / 'predictions.npz'}: {message}" in str(found)


def test_the_command(finished, capsys):
    assert run_app(["report", str(finished.path), "--verify"]) == 0
    assert capsys.readouterr().out == (
        f"{finished.path}: the scores of 2 cells follow from what is stored\n"
    )
    cell_id, folder = only_cell(finished, "gc")
    tamper(folder / "result.json", lambda content: content["metrics"][1].update(value=0.25))
    assert run_app(["report", str(finished.path), "--verify"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"gc:default on toy, seed 0 ({cell_id}): auprc: stored 0.25, recomputed")
    assert not (finished.path / "report").exists()


def test_of_a_profile_there_is_nothing_to_recompute(tmp_path, capsys):
    (tmp_path / "profile.json").write_text("{}")
    assert run_app(["report", str(tmp_path), "--verify"]) == 2
    assert "--verify belongs to a run" in capsys.readouterr().err

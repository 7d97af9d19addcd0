from __future__ import annotations

import numpy as np
import pytest

from bench.interface.errors import BenchError
from bench.run.child import load_fitted
from bench.run.lock import locked
from bench.run.result import Status
from bench.run.runner import open_run_folder, writing
from bench.run.scoring import score_cell
from bench.run.store import RunFolder


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
    titles = {event.title for event in outcome.display.stages}
    assert titles == {"toy-fixed:only on toy, seed 0"}
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


def test_a_child_imports_only_what_its_model_needs(run_toy, tmp_path):
    told = tmp_path / "imports"
    settings = ("toy-fixed.behave=tell-imports", f"toy-fixed.touch={told}")
    assert run_toy("toy-fixed", settings=settings).well
    loaded = set(told.read_text().split())
    assert "numpy" in loaded
    assert not loaded & {"torch", "sklearn", "scipy", "pandas", "matplotlib", "pyarrow"}


def test_what_cannot_run_is_skipped(run_toy):
    outcome = run_toy("toy-regressor,toy-needy")
    assert not outcome.well
    counts = outcome.counts
    assert (counts.well, counts.skipped, counts.failed, counts.asked_skipped) == (0, 2, 0, True)
    assert {result.status for result in outcome.folder.results()} == {Status.SKIPPED}
    again = run_toy("toy-regressor,toy-needy,toy-fixed")
    assert again.display.begun == (3, 0)
    assert again.well
    assert (again.counts.well, again.counts.skipped) == (1, 2)


def test_a_model_gets_the_one_that_it_stands_on(run_toy):
    outcome = run_toy("standing", workers=2)
    assert outcome.results["standing"].status is Status.OK
    cells = {name: result.cell.cell_id for name, result in outcome.results.items()}
    assert outcome.results["standing"].cell.upstream == {"below": cells["toy-model"]}
    assert np.isfinite(outcome.folder.predictions(cells["standing"])).all()
    assert load_fitted(outcome.folder, cells["standing"]).base == 1


def test_what_the_one_below_predicts_may_be_kept_elsewhere(run_toy, tmp_path):
    outcome = run_toy("standing")
    cells = {name: result.cell.cell_id for name, result in outcome.results.items()}
    own = outcome.folder.cell(cells["toy-model"]) / "cache"
    (own / "known").write_text("a prediction")
    assert load_fitted(outcome.folder, cells["standing"]).cache == {"below": own}
    copies = tmp_path / "copies"
    (cache,) = load_fitted(outcome.folder, cells["standing"], copies=copies).cache.values()
    assert cache.is_relative_to(copies)
    assert (cache / "known").read_text() == "a prediction"
    (cache / "new").write_text("another")
    assert [path.name for path in own.iterdir()] == ["known"]


def test_a_model_is_skipped_when_the_one_below_failed(run_toy):
    outcome = run_toy(
        "toy-model,standing",
        settings=("standing.below=toy-absent",),
    )
    assert outcome.results["standing"].status is Status.SKIPPED
    assert "its below (toy-absent) ended as failed" in outcome.results["standing"].reason


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


def test_two_processes_do_not_write_one_folder(tmp_path):
    with (
        locked(tmp_path / "lock"),
        pytest.raises(BenchError, match="another bench process"),
        locked(tmp_path / "lock"),
    ):
        pass


def test_a_folder_in_which_nothing_was_written_is_removed(tmp_path):
    with pytest.raises(BenchError, match="no"), writing(tmp_path / "new"):
        raise BenchError("no")
    assert not list(tmp_path.iterdir())
    with pytest.raises(BenchError, match="no"), writing(tmp_path / "runs" / "new"):
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

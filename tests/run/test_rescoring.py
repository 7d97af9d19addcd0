from __future__ import annotations

import pytest

from bench.interface.errors import BenchError
from bench.run.scoring import score_cell


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

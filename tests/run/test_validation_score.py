"""The main metric of a task, as a model may choose its weights by it."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from bench.run.result import CellSpec
from bench.run.scoring import validation_score


def spec(metric: str, target: str, direction: str = "higher") -> CellSpec:
    return CellSpec(
        cell_id="c", model="m", target="m:M", plugin="p", plugin_files=(), preset="d", settings={},
        input_length=None, task="t", seed=0, hashes={"metric": f"{metric} code {direction}"},
        metrics={metric: target},
    )  # fmt: skip


def test_targets_are_averaged_over_what_was_measured() -> None:
    score = validation_score(spec("auroc", "bench.metrics.ranking:AUROC"))
    assert score is not None
    predictions = np.array([[0.1, 0.9], [0.4, 0.2], [0.8, 0.5], [0.9, 0.1]], dtype=np.float32)
    targets = np.array([[0, 1], [1, 0], [0, np.nan], [1, 0]], dtype=np.float32)
    # The first target orders three of four pairs, the second both of its two.
    assert score(predictions, targets) == pytest.approx((0.75 + 1) / 2)


def test_targets_without_a_score_are_passed_over() -> None:
    score = validation_score(spec("auroc", "bench.metrics.ranking:AUROC"))
    assert score is not None
    predictions = np.array([[0.1, 0.9], [0.4, 0.2]], dtype=np.float32)
    targets = np.array([[0, 1], [1, 1]], dtype=np.float32)
    assert score(predictions, targets) == 1
    assert math.isnan(score(predictions, np.ones((2, 2), dtype=np.float32)))


def test_a_metric_that_is_better_where_it_is_low_is_turned() -> None:
    score = validation_score(spec("auroc", "bench.metrics.ranking:AUROC", "lower"))
    assert score is not None
    predictions = np.array([[0.1], [0.4]], dtype=np.float32)
    assert score(predictions, np.array([[0], [1]], dtype=np.float32)) == -1


def test_a_model_that_does_not_ask_gets_none() -> None:
    plain = spec("auroc", "bench.metrics.ranking:AUROC").model_copy(update={"hashes": {}})
    assert validation_score(plain) is None


def test_other_processes_can_be_sent_it() -> None:
    score = pickle.loads(
        pickle.dumps(validation_score(spec("auroc", "bench.metrics.ranking:AUROC")))
    )
    predictions = np.array([[0.1], [0.4]], dtype=np.float32)
    assert score(predictions, np.array([[0], [1]], dtype=np.float32)) == 1

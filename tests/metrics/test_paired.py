"""Differences of models on the same items."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bench.metrics.bootstrap import block_weights
from bench.metrics.paired import difference, mean_of_seeds
from bench.metrics.ranking import AUROC


def study(rng, effect=0.0, blocks=60, per_block=8, targets=2):
    """Truth with predictions of two models that share most of their noise."""
    rows = np.repeat(np.arange(blocks), per_block)
    truth = (rng.random((len(rows), targets)) < 0.4).astype(float)
    shared = truth + rng.normal(0, 1.5, truth.shape) + rng.normal(0, 0.7, (blocks, 1))[rows]
    ours = shared + effect * truth + rng.normal(0, 0.3, truth.shape)
    theirs = shared + rng.normal(0, 0.3, truth.shape)
    return truth, rows, ours, theirs


def compared(truth, rows, ours, theirs, draws=500):
    return difference(
        mean_of_seeds(AUROC(), ours, truth, rows, draws),
        mean_of_seeds(AUROC(), theirs, truth, rows, draws),
    )


def test_a_model_does_not_differ_from_itself():
    truth, rows, ours, _ = study(np.random.default_rng(0))
    found = compared(truth, rows, [ours], [ours])
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_the_difference_is_that_of_the_means_over_targets_and_seeds():
    rng = np.random.default_rng(1)
    truth, rows, ours, theirs = study(rng)
    truth[::9, 0] = np.nan
    again = ours + rng.normal(0, 1, ours.shape)

    def mean(predictions):
        areas = []
        for target in range(2):
            known = ~np.isnan(truth[:, target])
            areas.append(roc_auc_score(truth[known, target], predictions[known, target]))
        return np.mean(areas)

    found = compared(truth, rows, [ours, again], [theirs])
    expected = (mean(ours) + mean(again)) / 2 - mean(theirs)
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.low < found.value < found.high


def test_turning_the_question_round_turns_the_answer():
    truth, rows, ours, theirs = study(np.random.default_rng(2), effect=0.5)
    one, other = compared(truth, rows, [ours], [theirs]), compared(truth, rows, [theirs], [ours])
    assert (other.value, other.low, other.high) == (-one.value, -one.high, -one.low)


def test_draws_are_paired():
    truth, rows, ours, theirs = study(np.random.default_rng(3))
    weights = block_weights(60, 100, 0)
    scored = [mean_of_seeds(AUROC(), [each], truth, rows, 100) for each in (ours, theirs)]
    for draw in (0, 57):
        counts = weights[draw][rows]
        areas = [
            np.mean([roc_auc_score(truth[:, t], each[:, t], sample_weight=counts) for t in (0, 1)])
            for each in (ours, theirs)
        ]
        found = scored[0].draws[draw] - scored[1].draws[draw]
        assert found == pytest.approx(areas[0] - areas[1], abs=1e-9)


def test_intervals_are_narrower_than_those_of_models_apart():
    truth, rows, ours, theirs = study(np.random.default_rng(4))
    scored = [mean_of_seeds(AUROC(), [each], truth, rows, 500) for each in (ours, theirs)]
    apart = np.hypot(*[one.draws.std() for one in scored])
    found = difference(*scored)
    assert (found.high - found.low) / 4 < 0.6 * apart


@pytest.mark.slow
def test_equal_models_are_seldom_told_apart():
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(400):
        truth, rows, ours, theirs = study(rng, blocks=40, per_block=6, targets=1)
        found = compared(truth, rows, [ours], [theirs], draws=200)
        wrong += not found.low <= 0 <= found.high
    # 5 % of 400, and three standard errors.
    assert wrong <= 33


def test_an_undefined_score_has_no_difference():
    truth, rows, ours, theirs = study(np.random.default_rng(6))
    found = compared(np.zeros_like(truth), rows, [ours], [theirs])
    assert np.isnan(found.value)
    assert found.note

"""Differences of models on the same items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t
from sklearn.metrics import roc_auc_score

from bench.metrics.bootstrap import block_weights
from bench.metrics.correlation import Pearson
from bench.metrics.paired import MeanScore, difference, mean_of_seeds, over_seeds
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
            np.mean(
                [
                    roc_auc_score(truth[:, target], each[:, target], sample_weight=counts)
                    for target in (0, 1)
                ]
            )
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
    assert np.isnan(found.p)


@pytest.mark.parametrize("effect", [0.0, 0.15, 0.25, 0.8])
def test_the_p_value_goes_with_the_interval(effect):
    truth, rows, ours, theirs = study(np.random.default_rng(7), effect)
    found = compared(truth, rows, [ours], [theirs])
    assert (found.p < 0.05) == (not found.low <= 0 <= found.high)
    assert found.p == pytest.approx(2 * t.sf(abs(found.value) / found.error, found.freedom))
    assert found.error == found.sampling_error
    assert np.isnan(found.seed_error)
    reach = t.ppf(0.95, found.freedom) * found.error
    assert found.reach(0.9) == pytest.approx(reach, rel=1e-7)


def scores(values, noise=0.0, rng=None):
    """One score for each seed; `noise` is what the draws of a seed have of their own."""
    rng = np.random.default_rng(8) if rng is None else rng
    common, groups = rng.normal(0, 0.02, 400), rng.normal(0, 0.02 / 30, 30)
    return [
        MeanScore(value=value, draws=value + common + noise * rng.normal(size=400),
                  jackknife=value + groups, blocks=30, targets=1)
        for value in values
    ]  # fmt: skip


def test_the_variance_of_training_is_added():
    rng = np.random.default_rng(9)
    several, one = scores((0.80, 0.84, 0.88), rng=rng), scores((0.7,), rng=rng)
    found = difference(over_seeds(several), over_seeds(one))
    # 0.04 over three seeds, whose draws do not differ: nothing of it is due to the items.
    assert found.seed_error == pytest.approx(0.04 / np.sqrt(3))
    assert found.error == pytest.approx(np.hypot(found.sampling_error, found.seed_error))
    alone = difference(over_seeds(several[1:2]), over_seeds(one))
    assert found.value == pytest.approx(alone.value)
    assert found.sampling_error == pytest.approx(alone.sampling_error)
    assert found.freedom < alone.freedom
    assert found.p > alone.p
    parts = found.sampling_error**4 / alone.freedom + (0.04**2 / 3) ** 2 / 2
    assert found.freedom == pytest.approx(found.error**4 / parts)


def test_what_the_items_make_of_a_seed_is_no_variance_of_training():
    values = (0.80, 0.81, 0.82)
    assert over_seeds(scores(values)).seed_variance == pytest.approx(0.01**2 / 3)
    some = over_seeds(scores(values, noise=0.005))
    assert some.seed_variance == pytest.approx((0.01**2 - 0.005**2) / 3, rel=0.1)
    assert some.spread_of_seeds == pytest.approx(0.01**2 / 3)
    assert over_seeds(scores(values, noise=0.05)).seed_variance == 0
    assert np.isnan(over_seeds(scores(values[:1])).seed_variance)


def test_without_a_spread_there_is_no_p_value():
    truth, rows, ours, theirs = study(np.random.default_rng(10))
    same = compared(truth, rows, [ours], [ours])
    assert np.isnan(same.p)
    assert (same.value, same.error, same.note) == (0, 0, "no draw differs: no P-value")
    single = compared(truth, np.zeros_like(rows), [ours], [theirs])
    assert np.isnan(single.p)
    assert np.isnan(single.error)
    assert single.note == "one block: no interval"


def test_rounding_makes_no_difference():
    rng = np.random.default_rng(11)
    rows, truth = np.repeat(np.arange(40), 6), rng.normal(size=(240, 1))
    predicted = truth + rng.normal(size=truth.shape)
    one, other = (
        mean_of_seeds(Pearson(), [each], truth, rows, 300)
        for each in (predicted, 3.7 * predicted + 1.3)
    )
    found = difference(one, other)
    assert (found.value, found.error, found.note) == (0, 0, "no draw differs: no P-value")
    assert np.isnan(found.p)


def test_means_over_other_targets_are_said_to_be():
    one, other = scores((0.8, 0.8), noise=0.01)
    few = over_seeds([replace(other, targets=0)])
    assert difference(over_seeds([one]), few).note == "means over 1 and 0 targets"

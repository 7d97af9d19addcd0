"""Metrics along their axes, against loops over items, bins and targets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from bench.metrics.across_targets import PearsonAcrossTargets, SpearmanAcrossTargets
from bench.metrics.axis import Axis, arranged, standardised
from bench.metrics.bootstrap import block_weights
from bench.metrics.deviance import LEAST_RATE, PoissonDeviance
from bench.metrics.metric import Metric
from bench.metrics.over_bins import (
    PearsonOverBins,
    PearsonOverLoci,
    SpearmanOverBins,
    SpearmanOverLoci,
)
from bench.metrics.paired import difference, mean_of_seeds
from bench.metrics.score import score

RNG = np.random.default_rng(5)
ITEMS, BINS, TARGETS = 24, 6, 4
TRUTH = RNG.gamma(1.0, 3.0, (ITEMS, BINS, TARGETS))
PREDICTIONS = TRUTH * RNG.gamma(2.0, 0.5, TRUTH.shape) + 0.1
TRUTH[RNG.random(TRUTH.shape) < 0.1] = np.nan
BLOCKS = np.arange(ITEMS) // 3


def scored(metric: Metric):
    return score(metric, "m", PREDICTIONS, TRUTH, BLOCKS, draws=50)


def means_of_bins():
    known = np.where(np.isnan(TRUTH), np.nan, PREDICTIONS)
    return np.nanmean(known, axis=1), np.nanmean(TRUTH, axis=1)


@pytest.mark.parametrize(
    ("metric", "reference"), [(PearsonOverBins, pearsonr), (SpearmanOverBins, spearmanr)]
)
def test_over_bins_is_over_every_measured_bin(metric, reference):
    for target, found in enumerate(scored(metric()).per_target):
        x, y = PREDICTIONS[..., target].ravel(), TRUTH[..., target].ravel()
        known = ~np.isnan(y)
        assert found.value == pytest.approx(reference(x[known], y[known])[0], abs=1e-12)
        assert found.items == known.sum()


@pytest.mark.parametrize(
    ("metric", "reference"), [(PearsonOverLoci, pearsonr), (SpearmanOverLoci, spearmanr)]
)
def test_over_loci_is_over_means_of_measured_bins(metric, reference):
    x, y = means_of_bins()
    for target, found in enumerate(scored(metric()).per_target):
        assert found.value == pytest.approx(reference(x[:, target], y[:, target])[0], abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "reference"), [(PearsonAcrossTargets, pearsonr), (SpearmanAcrossTargets, spearmanr)]
)
def test_across_targets_is_the_mean_over_items(metric, reference):
    x, y = ((side - side.mean(axis=0)) / side.std(axis=0) for side in means_of_bins())
    expected = np.mean([reference(a, b)[0] for a, b in zip(x, y, strict=True)])
    found = scored(metric())
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert len(found.per_target) == 1
    assert found.low < found.value < found.high


def test_across_targets_leaves_out_items_with_two_targets_and_constant_targets():
    truth = np.array([[1.0, 2, 3, 5], [4, 2, 1, 5], [2, np.nan, np.nan, 5], [0, 1, 7, 5]])
    metric = PearsonAcrossTargets()
    rows = metric.arrange(truth + 1, truth, np.arange(4))
    np.testing.assert_allclose(rows.truth[[0, 1, 3], 0], 1)
    assert np.isnan(rows.truth[2, 0])
    assert metric.columns(("a", "b")) == ("across targets",)


def test_a_constant_prediction_knows_nothing_across_targets():
    truth = RNG.random((30, 5))
    rows = PearsonAcrossTargets().arrange(
        np.tile(truth.mean(axis=0), (30, 1)), truth, np.arange(30)
    )
    np.testing.assert_array_equal(rows.truth, 0)


def test_standardised_targets_have_mean_0_and_deviation_1():
    predictions, truth = standardised(*means_of_bins())
    for side in (predictions, truth):
        np.testing.assert_allclose(side.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(side.std(axis=0), 1)


def test_poisson_deviance_is_twice_the_difference_of_log_likelihoods():
    from scipy.stats import poisson

    counts, rates = RNG.poisson(3.0, 40).astype(float), RNG.gamma(3.0, 1.0, 40)
    expected = 2 * np.mean(poisson.logpmf(counts, counts) - poisson.logpmf(counts, rates))
    assert PoissonDeviance().value(rates, counts) == pytest.approx(expected)
    assert PoissonDeviance().value(counts, counts) == pytest.approx(0, abs=2e-6)
    at_nothing = 2 * (4 * np.log(4 / LEAST_RATE) - 4 + LEAST_RATE)
    assert PoissonDeviance().value([0.0], [4.0]) == pytest.approx(at_nothing)
    with pytest.raises(ValueError, match="count -1"):
        PoissonDeviance().value([1.0], [-1.0])


@pytest.mark.parametrize("metric", [PoissonDeviance, PearsonAcrossTargets])
def test_fast_draws_equal_one_by_one(metric):
    rows = metric().arrange(PREDICTIONS, TRUTH, BLOCKS)
    weights = block_weights(8, 20, 1)
    x, y = rows.predictions[:, 0], rows.truth[:, 0]
    slow = Metric.draws(metric(), x, y, rows.blocks, weights)
    np.testing.assert_allclose(metric().draws(x, y, rows.blocks, weights), slow)


def test_models_are_compared_along_the_axis():
    metric = PearsonOverBins()
    better, worse = (
        mean_of_seeds(metric, [side], TRUTH, BLOCKS, draws=50)
        for side in (PREDICTIONS, RNG.random(TRUTH.shape))
    )
    found = difference(better, worse)
    assert found.low > 0
    expected = (
        scored(metric).value
        - score(metric, "m", RNG.random(TRUTH.shape), TRUTH, BLOCKS, draws=50).value
    )
    assert found.value == pytest.approx(expected, abs=0.2)


def test_all_bins_of_an_item_stay_in_its_block():
    values = np.arange(2 * 3 * 2.0).reshape(2, 3, 2)
    rows = arranged(Axis.BINS, values, values, np.array([7, 4]))
    np.testing.assert_array_equal(rows.blocks, [7, 7, 7, 4, 4, 4])
    np.testing.assert_array_equal(rows.truth[:3], values[0])
    np.testing.assert_array_equal(rows.predictions[3:], values[1])
    assert scored(PearsonOverBins()).blocks == len(set(BLOCKS))


@pytest.mark.parametrize(
    ("axis", "predictions", "truth"),
    [
        (Axis.BINS, np.zeros((3, 2)), np.zeros((3, 2))),
        (Axis.LOCI, np.zeros((3, 2)), np.zeros((3, 2))),
        (Axis.ITEMS, np.zeros((3, 4, 2)), np.zeros((3, 4, 2))),
        (Axis.ITEMS, np.zeros((3, 2)), np.zeros((3, 1))),
        (Axis.ITEMS, np.zeros((2, 2)), np.zeros((2, 2))),
    ],
)
def test_shapes_that_do_not_fit_are_told(axis, predictions, truth):
    with pytest.raises(ValueError, match=r"expected|have bins"):
        arranged(axis, predictions, truth, np.arange(3))

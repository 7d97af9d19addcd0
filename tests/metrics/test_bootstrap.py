"""Block weights, and the interval made from draws and jackknife."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t

from bench.metrics.bootstrap import block_weights, interval, jackknife_weights
from bench.metrics.scale import FISHER, LOGIT


def test_every_draw_takes_as_many_blocks_as_there_are():
    weights = block_weights(30, 5000, seed=1)
    assert weights.shape == (5000, 30)
    assert (weights.sum(axis=1) == 30).all()
    # Counts of a multinomial: mean 1, variance 1 - 1/30, covariance -1/30.
    assert weights.mean(axis=0) == pytest.approx(np.ones(30), abs=0.06)
    covariance = np.cov(weights.T)
    assert np.diag(covariance).mean() == pytest.approx(1 - 1 / 30, abs=0.01)
    assert covariance[~np.eye(30, dtype=bool)].mean() == pytest.approx(-1 / 30, abs=0.001)


def test_draws_depend_on_seed_and_blocks_alone():
    assert np.array_equal(block_weights(9, 50, 3), block_weights(9, 50, 3))
    assert not np.array_equal(block_weights(9, 50, 3), block_weights(9, 50, 4))


def test_draws_made_in_several_calls_are_whole(monkeypatch):
    monkeypatch.setattr("bench.metrics.bootstrap.DRAWN_AT_ONCE", 70)
    weights = block_weights(9, 50, 3)
    assert (weights.sum(axis=1) == 9).all()
    assert len(np.unique(weights, axis=0)) > 45


def test_jackknife_leaves_out_each_block_once():
    assert np.array_equal(jackknife_weights(5), 1 - np.eye(5))
    many = jackknife_weights(1003)
    assert many.shape == (200, 1003)
    assert ((1 - many).sum(axis=0) == 1).all()
    assert set((1 - many).sum(axis=1)) == {5, 6}


def mean_of_blocks(values, draws=20_000):
    """Value, draws and jackknife of a plain mean of block values."""
    weights = np.concatenate((block_weights(len(values), draws, 0), jackknife_weights(len(values))))
    scores = weights @ values / weights.sum(axis=1)
    return values.mean(), scores[:draws], scores[draws:]


def test_interval_of_a_mean_is_that_of_the_t_test():
    values = np.random.default_rng(0).normal(size=40) + 7
    low, high, note = interval(*mean_of_blocks(values), blocks=40)
    deviations = (values - values.mean()) ** 2
    freedom = min(39, 3 * deviations.sum() ** 2 / (deviations**2).sum() - 2)
    reach = t.ppf(0.975, freedom) * values.std(ddof=1) / math.sqrt(40)
    assert (low, high) == pytest.approx((values.mean() - reach, values.mean() + reach), rel=1e-6)
    assert note == ""


def test_degrees_of_freedom_fall_where_few_blocks_carry_the_variance():
    rng = np.random.default_rng(0)
    even, uneven = rng.normal(size=40), rng.normal(size=40) * np.repeat([0.1, 10], [36, 4])

    def reach_in_errors(values):
        low, high, _ = interval(*mean_of_blocks(values), blocks=40)
        return (high - low) / 2 / (values.std(ddof=1) / math.sqrt(40))

    assert reach_in_errors(even) == pytest.approx(t.ppf(0.975, 39), rel=0.02)
    assert reach_in_errors(uneven) > t.ppf(0.975, 6)


def test_one_block_that_carries_the_variance_does_not_blow_up_the_interval():
    values = np.full(40, 0.5)
    values[0] = 0.0
    low, high, _ = interval(*mean_of_blocks(values), blocks=40)
    reach = (high - low) / 2 / (values.std(ddof=1) / math.sqrt(40))
    assert reach == pytest.approx(t.ppf(0.975, 4), rel=0.05)


def test_the_larger_standard_error_counts():
    jackknife = np.array([0.5, 0.52, 0.48, 0.5])
    wide, narrow = np.array([0.3, 0.7] * 50), np.array([0.499, 0.501] * 50)
    low, high, _ = interval(0.5, wide, jackknife, 4)
    assert high - low > 0.8
    low, high, _ = interval(0.5, narrow, jackknife, 4)
    assert high - low > 0.05


@pytest.mark.parametrize("scale", [LOGIT, FISHER])
def test_interval_stays_in_range(scale):
    draws = np.clip(np.random.default_rng(0).normal(0.97, 0.05, 500), 0, 1)
    jackknife = np.linspace(0.9, 0.999, 30)
    low, high, _ = interval(0.97, draws, jackknife, 30, scale)
    assert scale.low < low < 0.97 < high < scale.high


def test_a_score_at_its_limit():
    draws, jackknife = np.ones(100), np.ones(10)
    assert interval(1.0, draws, jackknife, 10, LOGIT)[:2] == (1.0, 1.0)
    assert "without width" in interval(1.0, draws, jackknife, 10, LOGIT).note
    draws[:40] = 0.9
    low, high, _ = interval(1.0, draws, jackknife, 10, LOGIT)
    assert low < 1 == high


def none(found):
    return math.isnan(found.low) and math.isnan(found.high)


def test_one_block_has_no_interval():
    found = interval(0.5, np.full(10, 0.5), np.array([np.nan]), 1)
    assert none(found)
    assert found.note == "one block: no interval"


def test_an_undefined_score_has_no_interval():
    assert none(interval(math.nan, np.full(10, np.nan), np.full(4, np.nan), 4))


def test_many_undefined_draws_leave_no_interval():
    draws = np.random.default_rng(0).normal(size=100)
    jackknife = np.linspace(0, 1, 10)
    draws[:5] = np.nan
    assert not none(interval(0.5, draws, jackknife, 10))
    draws[:6] = np.nan
    found = interval(0.5, draws, jackknife, 10)
    assert none(found)
    assert found.note == "undefined in 6% of draws: no interval"


def test_an_undefined_jackknife_leaves_no_interval():
    draws = np.random.default_rng(0).normal(size=100)
    found = interval(0.5, draws, np.array([0.4, np.nan, 0.6]), 3)
    assert none(found)
    assert found.note == "undefined without some block: no interval"


def test_equal_jackknife_values_take_the_error_of_the_draws():
    draws = np.random.default_rng(0).normal(0.5, 0.1, 1000)
    low, high, _ = interval(0.5, draws, np.full(10, 0.5), 10)
    assert high - low == pytest.approx(2 * t.ppf(0.975, 9) * draws.std(ddof=1), rel=1e-9)

"""Pearson, Spearman and R2 against scipy and scikit-learn, and the known ways to get them wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr, rankdata, spearmanr
from sklearn.metrics import r2_score

from bench.metrics import midranks
from bench.metrics.correlation import R2, Pearson, Spearman
from bench.metrics.metric import Metric


def constant(values):
    return len(values) < 2 or values.min() == values.max()


def pearson(x, y):
    return np.nan if constant(x) or constant(y) else pearsonr(x, y).statistic


def spearman(x, y):
    return np.nan if constant(x) or constant(y) else spearmanr(x, y).statistic


def r2(x, y):
    return np.nan if constant(y) else r2_score(y, x)


ALL = pytest.mark.parametrize(
    ("metric", "reference"), [(Pearson(), pearson), (Spearman(), spearman), (R2(), r2)]
)


@ALL
@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_equals_the_reference_on_ties(metric, reference, studies, data):
    predictions, _, known, *_ = data.draw(studies)
    expected = reference(predictions, known)
    assert metric.value(predictions, known) == pytest.approx(
        expected, rel=1e-11, abs=1e-11, nan_ok=True
    )


@ALL
@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_draws_equal_repeated_items(metric, reference, by_replication, studies, data):
    predictions, _, known, rows, weights = data.draw(studies)
    expected = by_replication(reference, predictions, known, rows, weights)
    for draws in (metric.draws, lambda *given: Metric.draws(metric, *given)):
        found = draws(predictions, known, rows, weights)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_spearman_by_blocks_and_by_items_agree(studies, data):
    predictions, _, known, rows, weights = data.draw(studies)
    x, y = midranks._ties(predictions, rows), midranks._ties(known, rows)
    np.testing.assert_allclose(
        midranks._covariance_by_blocks(x, y, rows, weights),
        midranks._covariance_by_items(x, y, weights),
        atol=1e-8,
    )


@ALL
@pytest.mark.parametrize("blocks", [10, 1500])
def test_many_items_and_blocks(metric, reference, by_replication, blocks):
    rng = np.random.default_rng(blocks)
    known = np.maximum(rng.normal(size=1500), 0.3)
    predictions = known + rng.normal(size=1500)
    rows = rng.permutation(np.arange(1500) % blocks)
    weights = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=4).astype(np.int16)
    expected = by_replication(reference, predictions, known, rows, weights)
    np.testing.assert_allclose(metric.draws(predictions, known, rows, weights), expected, rtol=1e-9)


@settings(deadline=None, max_examples=100)
@given(values=st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_average_ranks_are_those_of_scipy(values):
    np.testing.assert_array_equal(
        midranks.average_ranks(np.array(values, dtype=float)), rankdata(values)
    )


def test_spearman_with_many_zeros_is_not_that_of_a_double_argsort():
    rng = np.random.default_rng(0)
    signal = rng.normal(size=5000)
    known = np.where(signal > np.quantile(signal, 0.6), signal, 0.0)
    predictions = np.where(signal > np.quantile(signal, 0.6), signal, 0.0) + 0.0
    shuffled = rng.permutation(5000)[:900]
    predictions[shuffled] = rng.permutation(predictions[shuffled])

    def double_argsort(values):
        return np.argsort(np.argsort(values, kind="stable"), kind="stable")

    true = spearmanr(predictions, known).statistic
    order = rng.permutation(5000)
    wrong = np.corrcoef(double_argsort(predictions[order]), double_argsort(known))[0, 1]
    assert abs(wrong - true) > 0.05
    assert Spearman().value(predictions, known) == pytest.approx(true, abs=1e-12)
    assert Spearman().value(predictions[order], known[order]) == pytest.approx(true, abs=1e-12)


def test_pearson_of_float32_with_a_large_mean_keeps_its_digits():
    rng = np.random.default_rng(0)
    signal, noise = rng.normal(size=(2, 20_000))
    x = (1e4 + 0.01 * signal).astype(np.float32)
    y = (1e4 + 0.01 * (0.5 * signal + noise)).astype(np.float32)
    exact = two_pass_in_integers(x, y)
    assert Pearson().value(x, y) == pytest.approx(exact, abs=1e-12)
    blocks = np.arange(20_000) % 40
    found = Pearson().draws(x, y, blocks, np.ones((1, 40), dtype=int))
    assert found[0] == pytest.approx(exact, abs=1e-12)


def two_pass_in_integers(x, y):
    """Correlation without rounding: float32 near 1e4 are multiples of 2**-10."""
    a, b = ([int(value * 1024) for value in side.astype(float)] for side in (x, y))
    n, sum_a, sum_b = len(a), sum(a), sum(b)

    def moment(u, v, sum_u, sum_v):
        return n * sum(p * q for p, q in zip(u, v, strict=True)) - sum_u * sum_v

    spread = math.sqrt(moment(a, a, sum_a, sum_a)) * math.sqrt(moment(b, b, sum_b, sum_b))
    return moment(a, b, sum_a, sum_b) / spread


@pytest.mark.parametrize("metric", [Pearson(), R2()])
def test_a_draw_without_the_outlier_is_as_exact_as_without_it_in_the_data(metric):
    rng = np.random.default_rng(3)
    known = np.append(1e-3 * rng.normal(size=30), 1e9)
    predictions = known + 1e-3 * rng.normal(size=31)
    blocks = np.append(np.arange(30) % 3, 3)
    found = metric.draws(predictions, known, blocks, [[1, 1, 1, 0]])
    assert found[0] == pytest.approx(metric.value(predictions[:30], known[:30]), rel=1e-9)


@ALL
def test_a_draw_of_constant_blocks_has_no_score(metric, reference):
    known = np.array([0.1, 0.1, 0.3, 0.3])
    predictions = np.array([0.2, 0.2, 0.7, 0.7])
    blocks = np.array([0, 0, 1, 1])
    found = metric.draws(predictions, known, blocks, [[2, 0], [1, 1], [0, 2], [0, 0]])
    assert np.isnan(found).tolist() == [True, False, True, True]


@ALL
@pytest.mark.parametrize("known", [[], [1.0], [2.0, 2.0, 2.0], [1.0, np.nan]])
def test_constant_truth_has_no_score(metric, reference, known):
    predictions = np.arange(len(known), dtype=float)
    assert math.isnan(metric.value(predictions, known))
    blocks = np.zeros(len(known), dtype=int)
    assert np.isnan(metric.draws(predictions, known, blocks, [[1]])).all()


def test_a_constant_prediction_has_r2_but_no_correlation():
    known = np.array([1.0, 2.0, 3.0])
    assert math.isnan(Pearson().value(np.ones(3), known))
    assert math.isnan(Spearman().value(np.ones(3), known))
    assert R2().value(np.full(3, 2.0), known) == 0


@ALL
def test_weights_repeat_items(metric, reference):
    rng = np.random.default_rng(1)
    predictions, known = rng.integers(0, 9, size=(2, 50)).astype(float)
    times = rng.integers(0, 4, 50)
    expected = reference(np.repeat(predictions, times), np.repeat(known, times))
    assert metric.value(predictions, known, times) == pytest.approx(expected, abs=1e-12)


def test_perfect_predictions():
    known = np.array([1.0, 5.0, 2.0, 8.0])
    assert Pearson().value(known, known) == 1
    assert Spearman().value(-known, known) == -1
    assert R2().value(known, known) == 1


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_tiny_and_huge_values(scale):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 50))
    assert Pearson().value(x * scale, y) == pytest.approx(pearsonr(x, y).statistic, abs=1e-12)
    assert R2().value(x * scale, y * scale) == pytest.approx(r2_score(y, x), abs=1e-12)

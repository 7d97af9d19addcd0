from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import average_precision_score, roc_auc_score

from bench.metrics.score import score
from bench.metrics.variant_effects import CausalAUPRC, CausalAUROC, SignAccuracy

EFFECTS = hnp.arrays(np.float64, 20, elements=st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0]))


def test_the_direction_counts_and_nothing_predicted_is_half_right():
    metric = SignAccuracy()
    assert metric.value([1, -2, 0.5, -0.1], [3, -1, 2, -4]) == 1
    assert metric.value([1, -2, 0.5, -0.1], [-3, 1, -2, 4]) == 0
    assert metric.value([0, 0, 0], [1, -1, 1]) == 0.5
    assert metric.value([1, 1, 0], [1, -1, -1]) == 0.5
    # Neither what was not measured nor an effect of 0 has a direction.
    assert metric.value([1, -1, 1], [2, np.nan, 0]) == 1
    assert np.isnan(metric.value([1, 1], [0, np.nan]))


@given(EFFECTS, EFFECTS)
def test_swapped_alleles_change_nothing(predictions, truth):
    metric = SignAccuracy()
    value = metric.value(predictions, truth)
    np.testing.assert_equal(metric.value(-predictions, -truth), value)
    np.testing.assert_allclose(metric.value(-predictions, truth), 1 - value)


@given(EFFECTS, EFFECTS, st.integers(0, 9))
def test_draws_are_the_values_of_repeated_items(predictions, truth, seed):
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 6, len(truth))
    weights = rng.integers(0, 3, (7, 6))
    found = SignAccuracy().draws(predictions, truth, blocks, weights)
    for draw, times in zip(found, weights, strict=True):
        rows = np.repeat(np.arange(len(truth)), times[blocks])
        expected = SignAccuracy().value(predictions[rows], truth[rows])
        np.testing.assert_allclose(draw, expected)


@pytest.mark.parametrize(
    ("metric", "reference"),
    [(CausalAUROC, roc_auc_score), (CausalAUPRC, average_precision_score)],
)
def test_causal_variants_are_told_by_the_size_of_their_effect(metric, reference):
    rng = np.random.default_rng(3)
    truth = (rng.random((80, 1)) < 0.3).astype(float)
    effects = rng.normal(0, 1 + truth)
    scored = score(metric(), "m", effects, truth, np.arange(80), draws=50)
    assert scored.value == pytest.approx(reference(truth, np.abs(effects)))
    assert score(metric(), "m", -effects, truth, np.arange(80), draws=50).value == scored.value
    assert scored.prevalence == (pytest.approx(truth.mean()),)

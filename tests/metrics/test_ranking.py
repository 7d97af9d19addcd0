"""AUROC and AUPRC against scikit-learn, on ties and on resampled blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from bench.metrics import ranked_draws
from bench.metrics.metric import Metric
from bench.metrics.ranking import AUPRC, AUROC

BOTH = pytest.mark.parametrize(
    ("metric", "reference"), [(AUROC(), roc_auc_score), (AUPRC(), average_precision_score)]
)


def or_nan(reference):
    """The reference where both classes are there, else NaN."""

    def scored(predictions, truth):
        if len(np.unique(truth)) < 2:
            return np.nan
        return reference(truth, predictions)

    return scored


@BOTH
@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_equals_scikit_learn_on_ties(metric, reference, studies, data):
    predictions, labels, *_ = data.draw(studies)
    expected = or_nan(reference)(predictions, labels)
    assert metric.value(predictions, labels) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@BOTH
@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_draws_equal_repeated_items(metric, reference, by_replication, studies, data):
    predictions, labels, _, rows, weights = data.draw(studies)
    expected = by_replication(or_nan(reference), predictions, labels, rows, weights)
    np.testing.assert_allclose(
        metric.draws(predictions, labels, rows, weights), expected, atol=1e-12
    )
    np.testing.assert_allclose(
        Metric.draws(metric, predictions, labels, rows, weights), expected, atol=1e-12
    )


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_dense_and_sparse_forms_agree(studies, data):
    predictions, labels, _, rows, weights = data.draw(studies)
    classes = ranked_draws.split_classes(predictions, labels, rows)
    np.testing.assert_allclose(
        ranked_draws._auroc_by_block_pairs(classes, weights),
        ranked_draws._auroc_by_items(classes, weights),
        atol=1e-12,
    )
    thresholds = np.unique(-classes.positive)
    if len(thresholds):
        np.testing.assert_allclose(
            ranked_draws._auprc_by_blocks(classes, thresholds, weights),
            ranked_draws._auprc_by_items(classes, thresholds, weights),
            atol=1e-12,
        )


@BOTH
@pytest.mark.parametrize("blocks", [7, 2000])
def test_many_items_and_blocks(metric, reference, by_replication, blocks):
    rng = np.random.default_rng(blocks)
    labels = (rng.random(2000) < 0.3).astype(float)
    predictions = np.round(rng.normal(size=2000) + labels, 2)
    rows = rng.permutation(np.arange(2000) % blocks)
    weights = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=4).astype(np.int16)
    expected = by_replication(or_nan(reference), predictions, labels, rows, weights)
    np.testing.assert_allclose(
        metric.draws(predictions, labels, rows, weights), expected, rtol=1e-12
    )


def test_counts_too_large_for_float32():
    labels = np.array([0.0, 1, 0, 1])
    predictions = np.array([0.1, 0.4, 0.35, 0.3])
    big = np.array([[2**24 + 1, 2**24 + 3]])
    blocks = np.array([0, 0, 1, 1])
    weight = big[0][blocks].astype(float)
    found = AUPRC().draws(predictions, labels, blocks, big)
    assert found[0] == pytest.approx(AUPRC().value(predictions, labels, weight), abs=1e-15)


def test_values_by_hand():
    predictions, labels = [1, 2, 2, 3], [0, 1, 0, 1]
    # Pairs: 2>1, 2=2, 3>1, 3>2.
    assert AUROC().value(predictions, labels) == 3.5 / 4
    # At 3: precision 1, half of the recall; at 2: 2 of 3.
    assert AUPRC().value(predictions, labels) == pytest.approx(0.5 + 0.5 * 2 / 3)


@BOTH
def test_weights_repeat_items(metric, reference):
    rng = np.random.default_rng(1)
    predictions, labels = rng.integers(0, 9, 50), rng.integers(0, 2, 50)
    times = rng.integers(0, 4, 50)
    expected = reference(np.repeat(labels, times), np.repeat(predictions, times))
    assert metric.value(predictions, labels, times) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", [AUROC(), AUPRC()])
@pytest.mark.parametrize("labels", [[1, 1], [0, 0], [1, np.nan], [np.nan, np.nan], []])
def test_one_class_has_no_score(metric, labels):
    predictions = np.arange(len(labels))
    assert np.isnan(metric.value(predictions, labels))
    blocks = np.zeros(len(labels), dtype=int)
    assert np.isnan(metric.draws(predictions, labels, blocks, [[1], [2]])).all()


@pytest.mark.parametrize("metric", [AUROC(), AUPRC()])
def test_items_without_truth_are_dropped(metric):
    predictions = np.array([0.1, 0.9, 0.8, 0.4, 0.7])
    labels = np.array([0, 1, np.nan, 1, 0])
    kept = ~np.isnan(labels)
    assert metric.value(predictions, labels) == metric.value(predictions[kept], labels[kept])
    blocks = np.array([0, 1, 1, 0, 1])
    np.testing.assert_array_equal(
        metric.draws(predictions, labels, blocks, [[1, 1], [2, 0]]),
        metric.draws(predictions[kept], labels[kept], blocks[kept], [[1, 1], [2, 0]]),
    )


def test_a_constant_prediction_is_chance():
    labels = np.array([0, 1, 0, 0, 1.0])
    assert AUROC().value(np.ones(5), labels) == 0.5
    assert AUPRC().value(np.ones(5), labels) == 0.4


@pytest.mark.parametrize("metric", [AUROC(), AUPRC()])
def test_refuses_what_is_no_class(metric):
    with pytest.raises(ValueError, match="truth 2: expected class 0 or 1"):
        metric.value([0.1, 0.2], [0, 2])

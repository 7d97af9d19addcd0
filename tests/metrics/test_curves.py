"""Curves against scikit-learn, thinned, and with bands."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from bench.metrics.curves import precision_recall_curve, roc_curve
from bench.metrics.ranking import AUPRC, AUROC


def study(items=300, digits=1, seed=0, prevalence=0.3):
    rng = np.random.default_rng(seed)
    labels = (rng.random(items) < prevalence).astype(float)
    return np.round(rng.normal(size=items) + 1.5 * labels, digits), labels


def test_roc_is_that_of_scikit_learn():
    predictions, labels = study()
    x, y, _ = reference.roc_curve(labels, predictions, drop_intermediate=False)
    curve = roc_curve(predictions, labels)
    np.testing.assert_allclose(curve.x, x)
    np.testing.assert_allclose(curve.y, y)
    assert curve.low is None


def test_precision_recall_is_that_of_scikit_learn_but_for_its_start():
    predictions, labels = study()
    precision, recall, _ = reference.precision_recall_curve(labels, predictions)
    # Scikit-learn stops at full recall, and starts from precision 1.
    curve = precision_recall_curve(predictions, labels)
    whole = np.searchsorted(curve.x, 1.0)
    np.testing.assert_allclose(curve.x[1 : whole + 1], recall[::-1][1 : whole + 1])
    np.testing.assert_allclose(curve.y[1 : whole + 1], precision[::-1][1 : whole + 1])
    assert curve.x[0] == 0
    assert curve.y[0] == curve.y[1]
    steps = np.sum(np.diff(curve.x) * curve.y[1:])
    assert steps == pytest.approx(AUPRC().value(predictions, labels))


def test_items_without_truth_are_dropped():
    predictions, labels = study()
    holes = np.append(labels, np.nan)
    np.testing.assert_array_equal(
        roc_curve(np.append(predictions, 9.0), holes).y, roc_curve(predictions, labels).y
    )


@pytest.mark.parametrize("curve_of", [roc_curve, precision_recall_curve])
def test_long_curves_are_thinned(curve_of):
    predictions, labels = study(items=20_000, digits=12)
    whole = curve_of(predictions, labels, points=10**9)
    thin = curve_of(predictions, labels)
    assert len(whole.x) > 15_000
    assert 300 < len(thin.x) <= 500
    assert (thin.x[0], thin.x[-1], thin.y[-1]) == (whole.x[0], whole.x[-1], whole.y[-1])
    assert (np.diff(thin.x) >= 0).all()
    kept = thin.x > 0.05
    distance = np.abs(thin.y - np.interp(thin.x, whole.x, whole.y))
    assert distance[kept].max() < 0.02


def test_area_of_a_thinned_curve():
    predictions, labels = study(items=20_000, digits=12)
    curve = roc_curve(predictions, labels)
    area = np.trapezoid(curve.y, curve.x)
    assert area == pytest.approx(AUROC().value(predictions, labels), abs=2e-3)


@pytest.mark.parametrize("curve_of", [roc_curve, precision_recall_curve])
def test_bands_hold_the_curve(curve_of):
    predictions, labels = study(items=2000, digits=3)
    blocks = np.arange(2000) % 50
    curve = curve_of(predictions, labels, blocks, draws=200)
    assert curve.low is not None
    assert curve.low.shape == curve.high.shape == curve.x.shape
    inside = (curve.low <= curve.y + 1e-9) & (curve.y <= curve.high + 1e-9)
    assert inside.mean() > 0.97
    middle = len(curve.x) // 2
    assert 0 < curve.high[middle] - curve.low[middle] < 0.2
    again = curve_of(predictions, labels, blocks, draws=200)
    np.testing.assert_array_equal(again.low, curve.low)


def test_the_band_of_independent_items_is_as_wide_as_theory():
    predictions, labels = study(items=4000, digits=9, prevalence=0.5)
    curve = roc_curve(predictions, labels, np.arange(4000), draws=400)
    at = np.searchsorted(curve.x, 0.2)
    rate, positives, negatives = curve.y[at], labels.sum(), (1 - labels).sum()
    # Binomial error of the rate at a threshold, and that of the threshold times the slope there.
    step = slice(at - 25, at + 25)
    slope = np.polyfit(curve.x[step], curve.y[step], 1)[0]
    error = np.sqrt(rate * (1 - rate) / positives + slope**2 * 0.2 * 0.8 / negatives)
    assert curve.high[at] - curve.low[at] == pytest.approx(2 * 1.96 * error, rel=0.25)


def test_no_band_where_it_would_mislead():
    predictions, labels = study(items=40)
    assert roc_curve(predictions, labels, np.zeros(40)).low is None
    labels = (np.arange(40) < 2).astype(float)
    assert roc_curve(predictions, labels, np.arange(40) // 2).low is None


@pytest.mark.parametrize("labels", [np.ones(5), np.zeros(5)])
def test_refuses_one_class(labels):
    with pytest.raises(ValueError, match="expected 0 and 1"):
        roc_curve(np.arange(5.0), labels)

"""What every metric shares: checks of its input, and plain functions as metrics."""

from __future__ import annotations

import numpy as np
import pytest

from bench.metrics.correlation import R2, Pearson, Spearman
from bench.metrics.metric import FunctionMetric, Metric, as_metric
from bench.metrics.ranking import AUPRC, AUROC

BUILT_IN = [AUROC(), AUPRC(), Pearson(), Spearman(), R2()]


def mean_error(predictions, truth):
    return float(np.abs(predictions - truth).mean()) if len(truth) else float("nan")


@pytest.mark.parametrize("metric", [*BUILT_IN, FunctionMetric(mean_error)])
@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_refuses_predictions_that_are_no_numbers(metric, odd):
    with pytest.raises(ValueError, match=r"prediction (nan|inf) at 1: expected a finite number"):
        metric.value([0.1, odd, 0.3], [0, 1, 1])
    with pytest.raises(ValueError, match=r"prediction (nan|inf) at 1: expected a finite number"):
        metric.draws([0.1, odd, 0.3], [0, np.nan, 1], [0, 0, 1], [[1, 1]])


@pytest.mark.parametrize("metric", BUILT_IN)
def test_refuses_shapes_that_differ(metric):
    with pytest.raises(ValueError, match=r"predictions \(2,\) and truth \(3,\)"):
        metric.value([0.1, 0.2], [0, 1, 1])


def test_refuses_infinite_truth():
    with pytest.raises(ValueError, match="truth inf at 0"):
        Pearson().value([0.1, 0.2], [np.inf, 1])


def test_a_plain_function_is_a_metric():
    metric = as_metric(mean_error)
    predictions, truth = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, np.nan])
    assert metric.value(predictions, truth) == 1
    assert metric.value(predictions, truth, [3, 1, 9]) == 0.5
    found = metric.draws(predictions, truth, [0, 1, 1], [[1, 1], [2, 0], [0, 2], [0, 0]])
    np.testing.assert_array_equal(found, [1, 0, 2, np.nan])


def test_a_metric_class_or_instance_is_taken_as_it_is():
    assert isinstance(as_metric(AUROC), AUROC)
    metric = AUPRC()
    assert as_metric(metric) is metric


@pytest.mark.parametrize("target", [3, int])
def test_refuses_what_is_no_metric(target):
    with pytest.raises(TypeError, match="expected a Metric or a function"):
        as_metric(target)


def test_the_default_draws_see_drawn_items_only():
    seen = []

    class Spy(Metric):
        def value(self, predictions, truth, weights=None):
            seen.append((predictions.tolist(), weights.tolist()))
            return 0.0

    Spy().draws([1.0, 2.0, 3.0], [0, 1, np.nan], [0, 1, 1], [[2, 0], [1, 1]])
    assert seen == [([1.0], [2.0]), ([1.0, 2.0], [1.0, 1.0])]

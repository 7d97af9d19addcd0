"""Average ranks over tasks and their critical difference."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import friedmanchisquare

from bench.metrics.critical_difference import (
    average_ranks,
    critical_difference,
    friedman_p,
    joined,
)

RANKS = np.array([3.143, 2.000, 2.893, 1.964])
"""Four classifiers on 14 data sets, the example of Demsar (2006, section 3.2.2)."""


def test_the_critical_difference_of_the_papers_example():
    assert critical_difference(4, 14, 0.05) == pytest.approx(1.25, abs=0.005)
    assert critical_difference(4, 14, 0.10) == pytest.approx(1.12, abs=0.005)


@pytest.mark.parametrize(("models", "quantile"), [(2, 1.960), (5, 2.728), (10, 3.164)])
def test_quantiles_of_the_papers_table(models, quantile):
    unit = np.sqrt(models * (models + 1) / 6)
    assert critical_difference(models, 1) / unit == pytest.approx(quantile, abs=6e-4)


def test_friedmans_test_of_the_papers_example():
    # F = 3.69 with 3 and 39 degrees of freedom.
    assert friedman_p(RANKS, 14) == pytest.approx(0.0198, abs=3e-4)


def test_friedmans_statistic_is_that_of_scipy():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(9, 4)) + np.arange(4) * 0.5
    chi_square = friedmanchisquare(*scores.T).statistic
    ranks = average_ranks(scores)
    found = 12 * 9 / 20 * (np.sum(ranks**2) - 25)
    assert found == pytest.approx(chi_square)
    assert friedman_p(ranks, 9) < friedman_p(np.full(4, 2.5), 9) == 1


def test_models_that_keep_their_order_on_all_tasks_differ():
    assert friedman_p(np.array([1.0, 2.0, 3.0]), 5) == 0


def test_ties_share_the_mean_of_their_ranks():
    scores = np.array([[0.9, 0.8, 0.8], [0.5, 0.7, 0.6]])
    assert average_ranks(scores).tolist() == [2.0, 1.75, 2.25]


def test_groups_are_the_largest_ones():
    ranks = [1.0, 1.5, 2.4, 4.0, 4.1]
    assert joined(ranks, 1.0) == [(0, 1), (1, 2), (3, 4)]
    assert joined(ranks, 1.5) == [(0, 2), (3, 4)]
    assert joined(ranks, 9) == [(0, 4)]
    assert joined([1.0, 2.0], 0.5) == []

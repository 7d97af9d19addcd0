"""Holm's correction."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.metrics.holm import holm


def by_closed_testing(p_values):
    """Holm's procedure is the closure of Bonferroni's: a P-value is the largest of all families."""
    places = range(len(p_values))
    families = [f for size in places for f in combinations(places, size + 1)]
    return [
        max(min(1.0, len(f) * min(p_values[i] for i in f)) for f in families if place in f)
        for place in places
    ]


@settings(deadline=None, max_examples=60)
@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=7))
def test_equals_closed_testing(p_values):
    assert holm(p_values) == pytest.approx(by_closed_testing(p_values), rel=1e-12, abs=1e-300)


def test_a_worked_example():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_equal_p_values_and_those_at_the_limit():
    assert holm([0.02, 0.02]) == pytest.approx([0.04, 0.04])
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])
    assert len(holm([])) == 0


def test_what_was_not_tested_is_not_counted():
    found = holm([float("nan"), 0.01, float("nan"), 0.04])
    assert np.isnan(found[[0, 2]]).all()
    assert found[[1, 3]] == pytest.approx([0.02, 0.04])

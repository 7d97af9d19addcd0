"""Student's t without scipy equals scipy's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from bench.metrics.student import t_quantile


@settings(deadline=None, max_examples=100)
@given(probability=st.floats(0.501, 0.9999), freedom=st.floats(4, 1e4))
def test_equals_scipy(probability, freedom):
    expected = t.ppf(probability, freedom)
    assert t_quantile(probability, freedom) == pytest.approx(expected, rel=1e-8)


@settings(deadline=None, max_examples=100)
@given(freedom=st.floats(1, 1e4))
def test_the_quantile_of_a_95_percent_interval(freedom):
    assert t_quantile(0.975, freedom) == pytest.approx(t.ppf(0.975, freedom), rel=1e-8)


def test_the_table_of_every_textbook():
    assert t_quantile(0.975, 1) == pytest.approx(12.706, abs=5e-4)
    assert t_quantile(0.975, 29) == pytest.approx(2.045, abs=5e-4)


@pytest.mark.parametrize(("probability", "freedom"), [(0.5, 3), (1.0, 3), (0.975, 0.5)])
def test_refuses_what_has_no_quantile(probability, freedom):
    with pytest.raises(ValueError, match="expected"):
        t_quantile(probability, freedom)

"""Student's t."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import t

from bench.metrics.student import t_quantile, two_sided_p


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


@settings(deadline=None, max_examples=100)
@given(size=st.floats(0, 40), freedom=st.floats(1, 1e4))
def test_the_tail_is_the_integral_of_the_density(size, freedom):
    inside, _ = quad(lambda x: t.pdf(x, freedom), -size, size, points=(0,), limit=200)
    assert two_sided_p(-size, freedom) == two_sided_p(size, freedom)
    assert two_sided_p(size, freedom) == pytest.approx(1 - inside, abs=1e-7)


def test_far_out_the_tail_keeps_its_digits():
    # With two degrees of freedom, P(|T| >= t) = 1 - t / sqrt(t^2 + 2), here about 1 / t^2.
    assert two_sided_p(1e4, 2) == pytest.approx(1e-8, rel=1e-6)
    assert 0 < two_sided_p(30, 50) < 1e-30


@settings(deadline=None, max_examples=100)
@given(freedom=st.floats(1, 1e4), step=st.sampled_from([-1e-6, 1e-6]))
def test_below_five_percent_exactly_outside_the_interval(freedom, step):
    size = t_quantile(0.975, freedom) * (1 + step)
    assert (two_sided_p(size, freedom) < 0.05) == (step > 0)

"""Slopes of planted growth, and where a share passes one half."""

from __future__ import annotations

from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress, t

from bench.profile.fits import passes_half, power_law

LENGTHS = [2048 * 2**step for step in range(7)]


@given(st.floats(0.1, 3), st.floats(1e-9, 1e3))
def test_a_power_law_is_found_again(exponent, factor):
    fit = power_law(LENGTHS, [factor * length**exponent for length in LENGTHS])
    assert fit is not None
    assert fit.exponent == pytest.approx(exponent, abs=1e-6)
    assert fit.at(LENGTHS[0]) == pytest.approx(factor * LENGTHS[0] ** exponent, rel=1e-4)
    assert (fit.first, fit.last, fit.points) == (pytest.approx(16_384), pytest.approx(131_072), 4)


def test_the_interval_is_that_of_a_regression():
    rng = np.random.default_rng(0)
    costs = [length**2 * rng.lognormal(0, 0.1) for length in LENGTHS]
    fit = power_law(LENGTHS, costs)
    expected = linregress(np.log(LENGTHS[-4:]), np.log(costs[-4:]))
    half = t.ppf(0.975, 2) * expected.stderr
    assert fit is not None
    assert fit.exponent == pytest.approx(expected.slope)
    assert (fit.low, fit.high) == pytest.approx((expected.slope - half, expected.slope + half))


def test_what_is_constant_at_first_is_left_out():
    costs = [1.0 + (length / 1e3) ** 2 for length in LENGTHS]
    fit = power_law(LENGTHS, costs)
    assert fit is not None
    assert fit.exponent == pytest.approx(2, abs=0.01)


def test_too_few_points_have_no_slope():
    assert power_law(LENGTHS[:3], [1, 2, 4]) is None
    assert power_law([1024, 131_072], [1, 2]) is None
    assert power_law(LENGTHS, [0] * 7) is None


def test_half_is_passed_between_points():
    assert passes_half([1024, 4096], [0.25, 0.75]) == pytest.approx(2048)
    assert passes_half([1024, 2048, 4096], [0.6, 0.4, 0.6]) == pytest.approx(2896.3, abs=0.1)
    assert passes_half([1024, 2048], [0.1, 0.5]) == inf
    assert passes_half([1024, 2048], [0.6, 0.7]) == 1024
    assert isnan(passes_half([], []))

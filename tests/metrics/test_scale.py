"""Scales are inverted by their inverse and have the slope that they claim."""

from __future__ import annotations

import math

import pytest

from bench.metrics.scale import FISHER, LOG_REST, LOGIT, PLAIN

CASES = [
    (scale, score)
    for scale, scores in (
        (PLAIN, (-3.0, 0.0, 2.0)),
        (LOGIT, (1e-9, 0.2, 0.5, 0.999)),
        (FISHER, (-0.99, 0.0, 0.6)),
        (LOG_REST, (-50.0, 0.0, 0.9)),
    )
    for score in scores
]


@pytest.mark.parametrize(("scale", "score"), CASES)
def test_inverse_and_slope(scale, score):
    assert scale.inverse(scale.forward(score)) == pytest.approx(score, rel=1e-12, abs=1e-15)
    step = 1e-6 * min(score - scale.low, scale.high - score, 1.0)
    slope = (scale.forward(score + step) - scale.forward(score - step)) / (2 * step)
    assert scale.slope(score) == pytest.approx(slope, rel=1e-4)


@pytest.mark.parametrize("scale", [LOGIT, FISHER, LOG_REST])
@pytest.mark.parametrize("far", [-1e6, 1e6])
def test_far_out_is_still_a_number_in_range(scale, far):
    score = scale.inverse(far)
    assert math.isfinite(score)
    assert scale.low <= score <= scale.high

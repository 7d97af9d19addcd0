"""What a difference lets one say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.metrics.paired import Difference
from bench.metrics.verdict import Call, call, is_within, verdict


def found(value, error=0.01, freedom=40.0, p=0.5):
    reach = 2.021 * error
    return Difference(
        value=value, low=value - reach, high=value + reach, blocks=50, sampling_error=error,
        error=error, freedom=freedom, p=p,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "higher", "called", "said"),
    [
        (0.05, True, Call.BETTER, "A better by 0.0500 [0.0298, 0.0702]"),
        (-0.05, True, Call.WORSE, "B better by 0.0500 [0.0298, 0.0702]"),
        (0.05, False, Call.WORSE, "B better by 0.0500 [0.0298, 0.0702]"),
        (-0.05, False, Call.BETTER, "A better by 0.0500 [0.0298, 0.0702]"),
    ],
)
def test_the_better_model_is_named_whichever_way_is_better(value, higher, called, said):
    difference = found(value)
    assert call(difference, 0.01, higher_is_better=higher) is called
    assert verdict(difference, called, "A", "B") == said


def test_the_corrected_p_value_decides():
    difference = found(0.05, p=0.001)
    assert call(difference, 0.06, higher_is_better=True) is Call.OPEN
    assert verdict(difference, Call.OPEN, "A", "B") == "cannot be told apart"


@pytest.mark.parametrize(
    # The 90 % interval reaches 1.684 standard errors to either side.
    ("margin", "called"),
    [(None, Call.OPEN), (0.0218, Call.OPEN), (0.0219, Call.EQUIVALENT)],
)
def test_equivalence_is_the_90_percent_interval_inside_the_margin(margin, called):
    difference = found(0.005)
    assert call(difference, 0.9, higher_is_better=True, margin=margin) is called
    turned = found(-0.005)
    assert call(turned, 0.9, higher_is_better=True, margin=margin) is called


def test_equivalence_in_words():
    said = verdict(found(0.005), Call.EQUIVALENT, "A", "B", 0.05)
    assert said == "no further apart than 0.05"


@pytest.mark.parametrize(
    # The 90 % interval reaches 1.684 standard errors to either side, 0.0468.
    ("margin", "within", "said"),
    [
        (None, None, "A better by 0.0300 [0.0098, 0.0502]"),
        (0.0468, False, "A better by 0.0300 [0.0098, 0.0502]"),
        (0.0469, True, "A better by 0.0300 [0.0098, 0.0502], less than the margin of 0.0469"),
    ],
)
@pytest.mark.parametrize("higher", [True, False])
def test_a_difference_less_than_the_margin_is_told_as_both(margin, within, said, higher):
    difference = found(0.03 if higher else -0.03)
    called = call(difference, 0.01, higher_is_better=higher, margin=margin)
    assert called is Call.BETTER
    assert is_within(difference, margin) is within
    assert verdict(difference, called, "A", "B", margin) == said


@given(
    value=st.floats(-1, 1), error=st.floats(1e-6, 1), p=st.floats(0, 1),
    margin=st.floats(1e-6, 2), higher=st.booleans(),
)  # fmt: skip
def test_a_verdict_speaks_of_the_margin_exactly_where_the_difference_is_within_it(
    value, error, p, margin, higher
):
    difference = found(value, error, p=p)
    called = call(difference, p, higher_is_better=higher, margin=margin)
    said = verdict(difference, called, "A", "B", margin)
    told = any(words in said for words in ("less than the margin", "no further apart"))
    assert told == is_within(difference, margin)
    # A difference that may well be the margin or more is never said to be less.
    assert not told or abs(value) < margin


def test_without_a_test_nothing_is_said():
    nan = math.nan
    undefined = Difference(value=nan, low=nan, high=nan, blocks=1, note="score is undefined")
    assert call(undefined, nan, higher_is_better=True, margin=0.1) is Call.NONE
    assert verdict(undefined, Call.NONE, "A", "B", 0.1) == "N/A"
    always = found(0.2, error=0.0, p=nan)
    assert call(always, nan, higher_is_better=True, margin=0.1) is Call.NONE
    assert is_within(undefined, 0.1) is is_within(always, 0.5) is None


def test_equal_scores_in_every_draw_are_no_difference():
    same = found(0.0, error=0.0, p=math.nan)
    assert call(same, math.nan, higher_is_better=True) is Call.OPEN
    assert call(same, math.nan, higher_is_better=True, margin=0.001) is Call.EQUIVALENT

"""How two alleles are compared."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.effects.scores import Score, compare, default_score, refuse_unfit
from bench.interface import BenchError, Output, TaskKind

SIGNED = [score for score in Score if score is not Score.L2]
PROBABILITIES = st.floats(0, 1, width=32)


def profiles(seed):
    return np.random.default_rng(seed).gamma(1.0, 2.0, (3, 5, 2))


@pytest.mark.parametrize("score", SIGNED)
@given(one=PROBABILITIES, other=PROBABILITIES)
def test_swapped_alleles_have_the_other_sign(score, one, other):
    before, after = np.array([[one]]), np.array([[other]])
    there = compare(score, before, after).scores
    back = compare(score, after, before).scores
    assert np.array_equal(there, -back)
    assert np.array_equal(compare(score, before, before).scores, [[0.0]])
    assert there[0, 0] >= 0 or other <= one


@pytest.mark.parametrize("score", [Score.DIFFERENCE, Score.LOG_RATIO, Score.L2])
def test_profiles_are_summed_over_bins(score):
    before, after = profiles(1), profiles(2)
    found = compare(score, before, after)
    assert found.scores.shape == (3, 2)
    expected = {
        Score.DIFFERENCE: after.sum(axis=1) - before.sum(axis=1),
        Score.LOG_RATIO: np.log2((after.sum(axis=1) + 1) / (before.sum(axis=1) + 1)),
        Score.L2: np.linalg.norm(after - before, axis=1),
    }
    assert found.scores == pytest.approx(expected[score])
    assert found.references == pytest.approx(before.sum(axis=1))


def test_log_odds():
    found = compare(Score.LOG_ODDS, np.array([[0.5]]), np.array([[0.9]]))
    assert found.scores[0, 0] == pytest.approx(np.log(9))


def test_the_score_that_fits():
    assert default_score(TaskKind.CLASSIFICATION, Output.MARGIN) is Score.DIFFERENCE
    assert default_score(TaskKind.CLASSIFICATION, Output.PROBABILITY) is Score.LOG_ODDS
    assert default_score(TaskKind.REGRESSION, Output.VALUE) is Score.DIFFERENCE
    assert default_score(TaskKind.PROFILE, Output.VALUE) is Score.LOG_RATIO
    with pytest.raises(BenchError, match="expected one of difference"):
        refuse_unfit(Score.LOG_ODDS, TaskKind.CLASSIFICATION, Output.MARGIN)
    with pytest.raises(BenchError, match="log-ratio does not fit"):
        refuse_unfit(Score.LOG_RATIO, TaskKind.REGRESSION, Output.VALUE)

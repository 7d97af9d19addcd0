"""Motifs: matrices, scores and sampled sites."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.alphabet import encode, reverse_complement
from bench.simulate.factors import FACTORS, Grammar, Orientation
from bench.simulate.motifs import (
    information_content,
    pwm_from_consensus,
    reverse_complement_pwm,
    sample_sites,
    scan,
    site_scores,
)
from bench.simulate.streams import stream


def test_columns_are_probabilities_of_the_letters():
    pwm = pwm_from_consensus("AcRn")
    np.testing.assert_allclose(pwm.sum(axis=0), 1)
    np.testing.assert_allclose(pwm[:, 0], [0.91, 0.03, 0.03, 0.03])
    np.testing.assert_allclose(pwm[:, 1], [0.1, 0.7, 0.1, 0.1])
    np.testing.assert_allclose(pwm[:, 2], [0.47, 0.03, 0.47, 0.03])
    np.testing.assert_allclose(pwm[:, 3], 0.25)
    assert not pwm.flags.writeable


def test_an_unknown_letter_is_named():
    with pytest.raises(ValueError, match="'Z'"):
        pwm_from_consensus("ACZ")


def test_score_by_hand_and_n_adds_nothing():
    pwm = pwm_from_consensus("AcR")
    expected = np.log2(0.91 / 0.25) + np.log2(0.1 / 0.25) + np.log2(0.47 / 0.25)
    assert site_scores(pwm, encode("ATG")) == pytest.approx(expected)
    assert site_scores(pwm, encode("NNN")) == 0


def test_information_content_is_the_mean_score_of_its_sites():
    pwm = FACTORS[3].pwm
    sites = sample_sites(pwm, 20_000, -np.inf, np.random.default_rng(1))
    assert site_scores(pwm, sites).mean() == pytest.approx(information_content(pwm), abs=0.1)
    frequencies = np.stack([(sites == base).mean(axis=0) for base in range(4)])
    np.testing.assert_allclose(frequencies, pwm, atol=0.02)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, len(FACTORS) - 1), st.integers(0, 2**32 - 1))
def test_the_other_strand_scores_the_same(number, seed):
    pwm = FACTORS[number].pwm
    codes = np.random.default_rng(seed).integers(0, 5, (3, 40), dtype=np.uint8)
    other = scan(reverse_complement_pwm(pwm), reverse_complement(codes))[:, ::-1]
    np.testing.assert_allclose(scan(pwm, codes), other, atol=1e-9)


def test_sampled_sites_reach_the_threshold():
    factor = FACTORS[0]
    sites = sample_sites(factor.pwm, 500, factor.threshold, np.random.default_rng(2))
    assert sites.shape == (500, factor.width)
    assert site_scores(factor.pwm, sites).min() >= factor.threshold
    assert len(np.unique(sites, axis=0)) > 50


@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.name)
def test_factors_are_as_informative_as_real_ones(factor):
    assert 8 <= information_content(factor.pwm) <= 14
    assert factor.occupancy(np.array([factor.threshold]))[0] == 0.5
    strong = factor.site_effect(np.array([30.0]))[0]
    assert strong == pytest.approx(factor.effect, rel=1e-3)


def test_a_grammar_holds_on_both_strands():
    rule = Grammar("A", "B", Orientation.CONVERGENT, 4, 8)
    assert rule.partner_of("A") == "B"
    assert rule.partner_of("B") == "A"
    assert rule.allows((0, 8, "+"), (12, 20, "-"))
    assert rule.allows((12, 20, "-"), (0, 8, "+"))
    assert not rule.allows((0, 8, "-"), (12, 20, "+"))
    assert not rule.allows((0, 8, "+"), (12, 20, "+"))
    assert not rule.allows((0, 8, "+"), (17, 25, "-"))
    tandem = Grammar("A", "B", Orientation.TANDEM, 4, 8)
    assert tandem.allows((0, 8, "+"), (12, 20, "+"))
    assert tandem.allows((12, 20, "-"), (0, 8, "-"))
    assert not tandem.allows((12, 20, "+"), (0, 8, "+"))


def test_streams_depend_on_their_name_only():
    first = stream(1, "layout", "sim1").random(4)
    np.testing.assert_array_equal(first, stream(1, "layout", "sim1").random(4))
    assert not np.array_equal(first, stream(1, "layout", "sim2").random(4))
    assert not np.array_equal(first, stream(2, "layout", "sim1").random(4))

"""Whether targets of pairs go together: in the mean, and for one target among many."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audit.leakage.agreement import agreement as agreement_of


def agreement(ours, theirs, training, seed=0):
    return agreement_of(ours, theirs, training, True, seed)


def classes(rng, shape, share=0.5):
    return np.array(rng.random(shape) < share, dtype=np.float32)


def test_pairs_that_are_all_of_one_class():
    """Of half of the items it tells all; of nearly all, next to nothing."""
    rng = np.random.default_rng(0)
    half, most = (classes(rng, (1000, 1), share) for share in (0.5, 0.95))
    ones = np.ones((40, 1), dtype=np.float32)
    found = agreement(ones, ones, half)
    assert found.value == pytest.approx(1, abs=0.15)
    assert found.p == 0.001
    assert found.telling
    few = agreement(ones, ones, most)
    assert few.value < 0.1
    assert not few.telling
    others = classes(rng, (40, 1))
    mixed = agreement(others, rng.permutation(others), half)
    assert abs(mixed.value) < 0.4
    assert mixed.p > 0.01


def test_too_few_pairs_to_decide():
    rng = np.random.default_rng(0)
    half = classes(rng, (1000, 1))
    pairs = np.array([[0], [1], [1], [0], [1]], dtype=np.float32)
    same = agreement(pairs, pairs, half)
    assert not same.decidable
    assert same.p > 0.01
    assert same.telling
    assert "5 pairs are too few to tell from chance" in same.in_words(["t"])
    assert not agreement(pairs, 1 - pairs, half).telling
    assert agreement(classes(rng, (40, 1)), classes(rng, (40, 1)), half).decidable


def test_one_target_of_many():
    """A mean over targets would hide it."""
    rng = np.random.default_rng(1)
    training = classes(rng, (2000, 30))
    ours, theirs = classes(rng, (60, 30)), classes(rng, (60, 30))
    theirs[:, 17] = ours[:, 17]
    found = agreement(ours, theirs, training)
    assert not found.in_the_mean
    assert found.in_the_worst
    assert found.worst == 17
    assert "those of t17 by 1" in found.in_words([f"t{row}" for row in range(30)])


def test_no_target_of_many_by_chance():
    """The highest of 200 is as high as that of random partners."""
    rng = np.random.default_rng(2)
    training = classes(rng, (2000, 200), 0.1)
    told = [
        agreement(
            classes(rng, (40, 200), 0.1), classes(rng, (40, 200), 0.1), training, seed
        ).telling
        for seed in range(10)
    ]
    assert sum(told) <= 1


def test_targets_that_were_not_measured():
    rng = np.random.default_rng(3)
    training = classes(rng, (500, 3))
    ours, theirs = classes(rng, (40, 3)), classes(rng, (40, 3))
    ours[:, 0] = np.nan
    training[:, 1] = np.nan
    theirs[:, 2] = ours[:, 2]
    found = agreement(ours, theirs, training)
    assert found.worst == 2
    nothing = agreement(np.full((9, 3), np.nan), theirs[:9], training)
    assert nothing.value == 0
    assert not nothing.telling


def test_one_pair_or_three_tell_nothing():
    """They agree by chance every second and every eighth time."""
    half = classes(np.random.default_rng(0), (1000, 1))
    pairs = np.array([[0], [1], [1]], dtype=np.float32)
    assert not agreement(pairs, pairs, half).telling
    assert not agreement(pairs[:1], pairs[:1], half).telling
    assert "1 pair is too few" in agreement(pairs[:1], pairs[:1], half).in_words(["t"])


def test_half_of_few_pairs_is_no_agreement():
    """Three of four pairs agree by chance every third time."""
    rng = np.random.default_rng(0)
    ours = np.array([[0], [1], [1], [0]], dtype=np.float32)
    theirs = np.array([[0], [1], [1], [1]], dtype=np.float32)
    found = agreement(ours, theirs, classes(rng, (1000, 1)))
    assert found.value == pytest.approx(0.5, abs=0.05)
    assert not found.telling


def test_rare_targets_do_not_hide_a_common_one():
    rng = np.random.default_rng(1)
    training = np.hstack([classes(rng, (3000, 1)), classes(rng, (3000, 300), 0.01)])
    ours, theirs = (
        np.hstack([classes(rng, (40, 1)), classes(rng, (40, 300), 0.01)]) for _ in range(2)
    )
    theirs[:, 0] = ours[:, 0]
    found = agreement(ours, theirs, training)
    assert found.worst == 0
    assert found.in_the_worst


@pytest.mark.parametrize("pairs", [10, 40])
def test_values_with_a_heavy_tail(pairs):
    """One extreme value outweighs all others in a mean of products, and not among ranks."""
    told, by_chance = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        training = rng.lognormal(0, 3, (1000, 1))
        same = rng.lognormal(0, 3, (pairs, 1))
        told.append(agreement_of(same, same, training, False).telling)
        other = rng.lognormal(0, 3, (pairs, 1))
        by_chance.append(agreement_of(same, other, training, False).telling)
    assert all(told)
    assert sum(by_chance) <= 2


def test_partners_that_were_not_measured_make_no_pairs():
    rng = np.random.default_rng(4)
    training = classes(rng, (500, 1))
    told = []
    for _ in range(30):
        ours, theirs = classes(rng, (100, 1)), classes(rng, (100, 1))
        theirs[12:] = np.nan
        told.append(agreement(ours, theirs, training).telling)
    assert sum(told) <= 2


def test_many_pairs_and_targets_are_looked_at_in_part():
    rng = np.random.default_rng(5)
    ours = classes(rng, (3000, 400))
    found = agreement(ours, ours, classes(rng, (1000, 400)))
    assert found.pairs == 500
    assert found.value == pytest.approx(1, abs=0.05)

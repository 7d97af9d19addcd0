"""What a feature gains over chance: by simulation, and for one target of many."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audit.leakage.gains import gain_verdict, gains
from bench.tasks.certificate import Verdict


def noise(rng, items, targets, positives):
    truth = np.zeros((items, targets))
    for column in truth.T:
        column[rng.choice(items, positives, replace=False)] = 1
    return rng.integers(100, 200, items).astype(float), truth


@pytest.mark.parametrize("classes", [True, False])
def test_errors_are_those_of_simulated_noise(classes):
    rng = np.random.default_rng(0)
    values, truth = noise(rng, 60, 2000, 20)
    truth = truth if classes else rng.normal(size=(60, 2000))
    found = gains(values, truth, classes)
    assert found.errors[0] == pytest.approx(np.sqrt(np.mean(found.sizes**2)), rel=0.05)
    assert found.mean == pytest.approx(0, abs=0.005)


@pytest.mark.parametrize("positives", [1, 2, 5, 10])
def test_rare_positives_tell_nothing_by_chance(positives):
    rng = np.random.default_rng(1)
    judged = [gains(*noise(rng, 400, 100, positives), True).judged for _ in range(20)]
    assert sum(gain_verdict(one) is not Verdict.PASS for one in judged) <= 2


@pytest.mark.parametrize("items", [10, 20, 40])
def test_few_items_tell_little_by_chance(items):
    rng = np.random.default_rng(2)
    judged = [gains(*noise(rng, items, 1, items // 2), True).judged for _ in range(200)]
    assert np.mean([one > 0 for one in judged]) <= 0.07


def test_one_target_of_many():
    rng = np.random.default_rng(3)
    values, truth = noise(rng, 400, 100, 100)
    truth[:, 7] = values > 150
    found = gains(values, truth, True)
    assert found.worst == 7
    assert found.judged == pytest.approx(0.5, abs=0.01)
    assert found.mean < 0.05


def test_one_target_alone_is_told_by_its_gain():
    rng = np.random.default_rng(4)
    values, truth = noise(rng, 400, 1, 200)
    values += 25 * truth[:, 0]
    found = gains(values, truth, True)
    assert found.judged == found.judged_alone == found.sizes[0]
    few = gains(values[:6], truth[:6], True)
    assert few.targets == 0
    assert few.judged == few.judged_alone == few.mean == 0

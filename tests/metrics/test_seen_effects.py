"""Shares of planted effects that stand in predictions."""

from __future__ import annotations

import numpy as np
import pytest

from bench.metrics.seen_effects import seen_effects


@pytest.fixture
def effects():
    return np.random.default_rng(3).gamma(1.0, size=(900, 2, 3))


BLOCKS = np.arange(900) // 30


def test_shares_are_those_that_predictions_were_made_with(effects):
    predictions = effects @ np.array([1.0, 0.4, 0.0]) + np.array([5.0, -2.0])
    found = seen_effects(predictions, effects, BLOCKS)
    assert [one.share for one in found] == pytest.approx([1.0, 0.4, 0.0], abs=1e-9)


def test_intervals_hold_what_noise_hides_about_as_often_as_they_say(effects):
    rng = np.random.default_rng(4)
    held = []
    for _ in range(100):
        # Items of a block share a part of the noise.
        noise = rng.normal(size=(30, 2)).repeat(30, axis=0) + rng.normal(size=(900, 2))
        predictions = effects @ np.array([1.0, 0.4, 0.0]) + noise
        found = seen_effects(predictions, effects, BLOCKS)
        held.append(
            [low <= share <= high for share, (low, high, _) in
             zip((1.0, 0.4, 0.0), (one.interval for one in found), strict=True)]
        )  # fmt: skip
    assert 0.9 <= np.mean(held) <= 0.99


def test_a_kind_without_effects_is_undefined_alone(effects):
    effects[..., 1] = 0.0
    found = seen_effects(effects.sum(axis=2), effects, BLOCKS)
    assert [one.share for one in found] == pytest.approx([1.0, np.nan, 1.0], nan_ok=True)


def test_kinds_that_go_together_are_undefined(effects):
    effects[..., 1] = 2 * effects[..., 0]
    found = seen_effects(effects.sum(axis=2), effects, BLOCKS)
    assert all(np.isnan(one.share) for one in found)

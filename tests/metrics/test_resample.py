"""Means over targets draw by draw."""

from __future__ import annotations

import numpy as np
import pytest

from bench.metrics.correlation import Pearson
from bench.metrics.ranking import AUROC
from bench.metrics.resample import mean_over_targets, resample

NAN = np.nan


def test_mean_over_targets_leaves_degenerate_targets_out():
    table = np.array([[1.0, 2.0], [NAN, NAN], [3.0, 6.0]])
    assert mean_over_targets(np.array([1.5, NAN, 4.0]), table).tolist() == [2.0, 4.0]


def test_a_draw_without_one_target_takes_that_targets_mean():
    table = np.array([[0.9, 0.7, NAN], [0.1, 0.3, 0.2]])
    found = mean_over_targets(np.array([0.8, 0.2]), table)
    assert found == pytest.approx([0.5, 0.5, 0.5])


def test_a_draw_without_any_target_is_undefined():
    table = np.array([[0.9, NAN], [0.1, NAN]])
    assert np.isnan(mean_over_targets(np.array([0.9, 0.1]), table)).tolist() == [False, True]


def test_a_target_without_any_draw_keeps_its_score():
    table = np.array([[0.6, 0.8], [NAN, NAN]])
    assert mean_over_targets(np.array([0.7, 0.1]), table) == pytest.approx([0.35, 0.45])


def test_no_defined_target_has_no_mean():
    assert np.isnan(mean_over_targets(np.array([NAN]), np.full((1, 3), NAN))).all()


def test_targets_share_their_draws():
    rng = np.random.default_rng(0)
    column = rng.normal(size=(90, 1))
    truth = column + rng.normal(size=(90, 1))
    found = resample(
        Pearson(), np.repeat(column, 2, axis=1), np.repeat(truth, 2, axis=1), np.arange(90) // 3
    )
    assert np.array_equal(found.draws[0], found.draws[1])
    assert found.draws.shape == (2, 2000)
    assert found.jackknife.shape == (2, 30)


def test_items_and_blocks_are_counted_per_target():
    truth = np.array([[0, 1], [1, NAN], [0, NAN], [1, 0], [NAN, NAN]])
    found = resample(AUROC(), np.zeros((5, 2)), truth, [5, 5, 9, 9, 70], draws=10)
    assert found.items.tolist() == [4, 2]
    assert found.target_blocks.tolist() == [2, 2]
    assert found.blocks == 2


@pytest.mark.parametrize(
    ("predictions", "truth", "blocks", "message"),
    [
        (np.zeros(3), np.zeros(3), np.zeros(3), "expected one shape"),
        (np.zeros((3, 1)), np.zeros((3, 2)), np.zeros(3), "expected one shape"),
        (np.zeros((3, 1)), np.zeros((3, 1)), np.zeros(2), r"blocks \(2,\): expected \(3,\)"),
        (np.array([[0.0], [NAN]]), np.zeros((2, 1)), np.zeros(2), r"nan at \(1, 0\)"),
    ],
)
def test_refuses_what_does_not_fit(predictions, truth, blocks, message):
    with pytest.raises(ValueError, match=message):
        resample(Pearson(), predictions, truth, blocks)


def test_refuses_a_single_draw():
    with pytest.raises(ValueError, match="draws 1: expected at least 2"):
        resample(Pearson(), np.zeros((2, 1)), np.zeros((2, 1)), np.zeros(2), draws=1)

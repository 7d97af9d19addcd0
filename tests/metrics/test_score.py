"""Scores of a task: means, intervals, what is counted, and what must not matter."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from bench.metrics.correlation import R2, Pearson, Spearman
from bench.metrics.metric import FunctionMetric
from bench.metrics.ranking import AUPRC, AUROC
from bench.metrics.score import score

METRICS = [AUROC(), AUPRC(), Pearson(), Spearman(), R2()]
NAN = np.nan


def study(metric, items=400, targets=3, blocks=40, seed=0):
    """Predictions and truth with some values that were not measured."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, blocks, items)
    truth = rng.normal(size=(items, targets)) + rng.normal(size=(blocks, targets))[rows]
    predictions = truth + rng.normal(size=truth.shape)
    if metric.classes:
        truth = (truth > 0.8).astype(float)
    truth[rng.random(truth.shape) < 0.05] = NAN
    return predictions, truth, rows


def numbers(found):
    """All fields that are compared, NaN made equal to itself."""
    return repr(dataclasses.asdict(found))


@pytest.mark.parametrize("metric", METRICS)
def test_the_order_of_items_does_not_matter(metric):
    predictions, truth, blocks = study(metric)
    order = np.random.default_rng(9).permutation(len(blocks))
    found = score(metric, "m", predictions, truth, blocks, draws=300)
    moved = score(metric, "m", predictions[order], truth[order], blocks[order], draws=300)
    assert (moved.value, moved.low, moved.high) == pytest.approx(
        (found.value, found.low, found.high), rel=1e-11
    )
    if metric.classes:
        assert numbers(moved) == numbers(found)


@pytest.mark.parametrize("metric", METRICS)
def test_the_same_seed_gives_the_same_result_for_any_workers(metric):
    given = study(metric)
    one, again, three = (
        score(metric, "m", *given, draws=300, seed=5, workers=workers) for workers in (1, 1, 3)
    )
    other = score(metric, "m", *given, draws=300, seed=6)
    assert numbers(one) == numbers(again) == numbers(three)
    assert other.value == one.value


def test_another_seed_gives_other_draws():
    given = study(R2(), blocks=2000, items=2500)
    low = {score(R2(), "m", *given, draws=50, seed=seed).low for seed in range(4)}
    assert len(low) > 1


@pytest.mark.parametrize("metric", METRICS)
def test_the_names_of_blocks_do_not_matter(metric):
    predictions, truth, blocks = study(metric)
    found = score(metric, "m", predictions, truth, blocks, draws=100)
    named = score(metric, "m", predictions, truth, blocks * 1000 - 7, draws=100)
    assert numbers(found) == numbers(named)


@pytest.mark.parametrize("metric", [AUROC(), AUPRC(), Spearman()])
def test_rank_metrics_ignore_the_scale_of_predictions(metric):
    predictions, truth, blocks = study(metric)
    found = score(metric, "m", predictions, truth, blocks, draws=100)
    bent = score(metric, "m", np.exp(predictions), truth, blocks, draws=100)
    assert numbers(found) == numbers(bent)


@pytest.mark.parametrize("metric", METRICS)
def test_a_target_without_truth_for_an_item_is_scored_on_the_others(metric):
    predictions, truth, blocks = study(metric, targets=2)
    kept = ~np.isnan(truth[:, 0])
    both = score(metric, "m", predictions, truth, blocks, draws=50).per_target[0]
    alone = score(
        metric, "m", predictions[kept, :1], truth[kept, :1], blocks[kept], draws=50
    ).per_target[0]
    assert both.items == kept.sum()
    assert (both.value, both.low, both.high) == pytest.approx((alone.value, alone.low, alone.high))


def test_one_target_is_its_own_mean():
    found = score(AUROC(), "auroc", *study(AUROC(), targets=1), draws=200)
    (only,) = found.per_target
    assert (found.value, found.low, found.high) == (only.value, only.low, only.high)


def test_the_mean_and_its_interval():
    predictions, truth, blocks = study(Pearson(), targets=8)
    found = score(Pearson(), "pearson", predictions, truth, blocks, draws=500)
    values = [one.value for one in found.per_target]
    assert found.value == pytest.approx(np.mean(values))
    assert found.low < found.value < found.high
    # Targets are independent here, so their mean is known better than each of them.
    assert found.high - found.low < min(one.high - one.low for one in found.per_target)
    assert found.targets_defined == 8
    assert found.prevalence is None


def test_degenerate_targets_are_counted_and_left_out_of_the_mean():
    predictions, truth, blocks = study(AUROC(), targets=4)
    whole = score(AUROC(), "auroc", predictions[:, :2], truth[:, :2], blocks, draws=50)
    truth[:, 2] = 1
    truth[:, 3] = NAN
    found = score(AUROC(), "auroc", predictions, truth, blocks, draws=50)
    assert (found.targets_defined, found.targets_degenerate) == (2, 2)
    assert (found.value, found.low) == (whole.value, whole.low)
    assert [one.degenerate for one in found.per_target] == [False, False, True, True]
    assert found.per_target[2].note == "truth is 1 for every item"
    assert found.per_target[3].note == "0 measured items: expected at least 2"
    assert math.isnan(found.per_target[2].value)
    assert math.isnan(found.per_target[2].low)
    shares = [np.nanmean(truth[:, target]) for target in range(3)]
    assert found.prevalence == pytest.approx((*shares, NAN), nan_ok=True)


def test_why_a_correlation_is_undefined():
    predictions, truth, blocks = study(Pearson(), targets=2)
    predictions[:, 0] = 0.5
    found = score(Pearson(), "pearson", predictions, truth, blocks, draws=50)
    assert found.per_target[0].note == "prediction is 0.5 for every item"
    odd = score(FunctionMetric(lambda *_: NAN), "odd", predictions, truth, blocks, draws=50)
    assert odd.per_target[1].note == "undefined"
    assert math.isnan(odd.value)
    assert odd.targets_degenerate == 2


@pytest.mark.parametrize("metric", METRICS)
def test_one_block_has_a_value_and_no_interval(metric):
    predictions, truth, _ = study(metric, targets=1)
    found = score(metric, "m", predictions, truth, np.zeros(len(truth)), draws=50)
    assert math.isfinite(found.value)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.note == "one block: no interval"
    assert found.few_blocks


def test_positives_in_two_blocks_only_leave_no_interval():
    blocks = np.arange(60) // 2
    truth = (blocks < 2).astype(float)[:, None]
    predictions = np.random.default_rng(0).normal(size=(60, 1))
    (only,) = score(AUROC(), "auroc", predictions, truth, blocks).per_target
    assert not only.degenerate
    assert math.isnan(only.low)
    # Both blocks are missed with probability (1 - 2/30) ** 30.
    assert only.undefined_draws / 2000 == pytest.approx((1 - 2 / 30) ** 30, abs=0.03)
    assert "of draws: no interval" in only.note


def test_few_blocks_are_marked():
    assert score(AUROC(), "m", *study(AUROC(), blocks=29), draws=20).few_blocks
    assert not score(AUROC(), "m", *study(AUROC(), blocks=30), draws=20).few_blocks


def test_a_plain_function_gets_the_same_interval_as_the_built_in():
    given = study(Pearson(), targets=2)
    plain = FunctionMetric(lambda x, y: float(np.corrcoef(x, y)[0, 1]))
    plain.scale = Pearson.scale
    built_in = score(Pearson(), "m", *given, draws=60)
    found = score(plain, "m", *given, draws=60)
    assert (found.low, found.high) == pytest.approx((built_in.low, built_in.high), rel=1e-9)


@pytest.mark.parametrize("metric", METRICS)
def test_intervals_stay_in_range(metric):
    rng = np.random.default_rng(2)
    truth = np.repeat([[0.0], [1.0]], 30, axis=0)
    predictions = truth + 0.05 * rng.normal(size=truth.shape)
    predictions[0] = 2.0
    found = score(metric, "m", predictions, truth, np.arange(60) % 20, draws=300)
    assert found.low < found.value < found.high <= 1


def test_a_perfect_score():
    truth = np.repeat([[0.0], [1.0]], 30, axis=0)
    found = score(AUROC(), "auroc", truth, truth, np.arange(60) % 20, draws=100)
    assert (found.value, found.low, found.high) == (1, 1, 1)
    assert "without width" in found.note


def test_float32_and_integers_are_taken():
    predictions, truth, blocks = study(AUROC(), targets=1)
    truth = np.nan_to_num(truth)
    found = score(AUROC(), "m", predictions.astype(np.float32), truth, blocks, draws=20)
    whole = score(
        AUROC(), "m", predictions.astype(np.float32), truth.astype(np.int8), blocks, draws=20
    )
    assert numbers(found) == numbers(whole)


def test_no_targets_and_no_items():
    empty = score(AUROC(), "m", np.zeros((3, 0)), np.zeros((3, 0)), np.arange(3), draws=10)
    assert math.isnan(empty.value)
    assert empty.per_target == ()
    assert empty.targets_defined == 0
    missing = score(AUROC(), "m", np.zeros((3, 2)), np.full((3, 2), NAN), np.arange(3), draws=10)
    assert missing.targets_degenerate == 2
    assert missing.blocks == 0

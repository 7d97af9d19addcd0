"""Shares of scores that are kept, the radius that is enough, and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.interface import BenchError
from bench.interface.card import TaskKind
from bench.interface.hooks import MetricCard
from bench.metrics.bootstrap import block_weights
from bench.metrics.score import score
from bench.run.context_curve import context_curves, resampled_scores
from bench.run.kept_share import ShareRule, enough_interval, enough_radii
from bench.run.result import CellSpec
from bench.run.scoring import DRAWS, SEED, load_metric
from bench.run.store import Truth

METRICS = {
    "auroc": "bench.metrics.ranking:AUROC",
    "auprc": "bench.metrics.ranking:AUPRC",
}
CARDS = {
    "auroc": MetricCard(
        name="auroc", title="AUROC", kinds=[TaskKind.CLASSIFICATION], target=METRICS["auroc"],
        chance=0.5,
    )
}  # fmt: skip


def spec(metrics):
    return CellSpec(
        cell_id="c", model="m", target="t:M", plugin="p", plugin_files=(), preset="default",
        settings={}, input_length=None, task="t", seed=0, metrics=metrics,
    )  # fmt: skip


@pytest.fixture(scope="module")
def truth():
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 2, (300, 2)).astype(np.float32)
    targets[rng.random((300, 2)) < 0.1] = np.nan
    return Truth([str(row) for row in range(300)], targets, np.arange(300) // 6)


@pytest.fixture(scope="module")
def predictions(truth):
    """Of three radii, each with more signal than the one before."""
    rng = np.random.default_rng(1)
    noise = rng.normal(size=truth.targets.shape)
    return {
        radius: np.nan_to_num(truth.targets) * signal + noise
        for radius, signal in ((64, 0.0), (128, 1.95), (300, 2.0))
    }


@pytest.fixture(scope="module")
def curves(truth, predictions):
    cell = spec(METRICS)
    scores = {radius: resampled_scores(cell, one, truth) for radius, one in predictions.items()}
    return {curve.metric: curve for curve in context_curves(cell, CARDS, scores)}


@pytest.mark.parametrize("name", list(METRICS))
def test_each_point_is_scored_as_a_cell_is(curves, truth, predictions, name):
    metric = load_metric(METRICS[name])
    for point, one in zip(curves[name].points, predictions.values(), strict=True):
        whole = score(metric, name, one, truth.targets, truth.blocks, DRAWS, SEED)
        expected = (whole.value, whole.low, whole.high)
        assert (point.value, point.low, point.high) == pytest.approx(expected, abs=1e-12)


def test_shares_are_of_the_gain_over_chance_where_it_is_known(curves):
    auroc, auprc = curves["auroc"], curves["auprc"]
    assert (auroc.title, auroc.kept_of, auroc.chance) == ("AUROC", "gain over chance", 0.5)
    assert (auprc.title, auprc.kept_of, auprc.chance) == ("auprc", "score", None)
    for curve, chance in ((auroc, 0.5), (auprc, 0.0)):
        full = curve.points[-1].value - chance
        for point in curve.points:
            assert point.kept == pytest.approx((point.value - chance) / full)
            assert point.kept_low <= point.kept <= point.kept_high
        last = curve.points[-1]
        assert (last.kept, last.kept_low, last.kept_high) == (1.0, 1.0, 1.0)
        assert curve.threshold == pytest.approx(chance + 0.95 * full)
        assert (curve.enough, curve.enough_low, curve.enough_high) == (128, 128, 128)
        assert (curve.blocks, curve.few_blocks, curve.note) == (50, False, "")


def test_shares_are_paired(truth, predictions, curves):
    """Draw by draw, from the definition; a share is far more certain than a score."""
    metric = load_metric(METRICS["auroc"])
    shares = []
    for weights in block_weights(50, 300, SEED):
        rows = np.repeat(np.arange(300), np.repeat(weights, 6))
        gains = []
        for one in (predictions[128], predictions[300]):
            values = []
            for column in range(2):
                known = rows[~np.isnan(truth.targets[rows, column])]
                values.append(metric.value(one[known, column], truth.targets[known, column]))
            gains.append(np.mean(values) - 0.5)
        shares.append(gains[0] / gains[1])
    point = curves["auroc"].points[1]
    width = (point.kept_high - point.kept_low) / 2
    assert width == pytest.approx(2 * np.std(shares), rel=0.2)
    assert width < (point.high - point.low) / 5


def test_a_full_score_without_gain_has_no_shares(truth):
    cell = spec({"auroc": METRICS["auroc"]})
    constant = np.zeros((300, 2))
    worse = -np.nan_to_num(truth.targets)
    scores = {
        radius: resampled_scores(cell, one, truth) for radius, one in ((64, constant), (300, worse))
    }
    (curve,) = context_curves(cell, CARDS, scores)
    assert [point.kept for point in curve.points] == [None, None]
    assert (curve.enough, curve.enough_low, curve.threshold) == (None, None, None)
    assert curve.note == "the full score gains nothing over chance"


def test_a_metric_that_fails_is_named(truth):
    with pytest.raises(BenchError, match=r"metric auroc: ValueError: .*expected a finite number"):
        resampled_scores(spec({"auroc": METRICS["auroc"]}), np.full((300, 2), np.nan), truth)


@pytest.mark.parametrize(
    ("rule", "value", "full", "share", "threshold"),
    [
        (ShareRule(0.5, True), 0.7, 0.9, 0.5, 0.88),
        (ShareRule(0.0, True), -0.2, 0.8, -0.25, 0.76),
        (ShareRule(None, True), 0.2, 0.8, 0.25, 0.76),
        (ShareRule(None, False), 4.0, 1.0, 0.25, 1 / 0.95),
        (ShareRule(2.0, False), 1.5, 1.0, 0.5, 1.05),
        (ShareRule(0.5, True), 0.7, 0.5, math.nan, math.nan),
        (ShareRule(0.5, True), 0.7, 0.4, math.nan, math.nan),
        (ShareRule(2.0, False), 1.5, 2.5, math.nan, math.nan),
        (ShareRule(0.5, True), math.nan, 0.9, math.nan, 0.88),
    ],
)
def test_shares_by_hand(rule, value, full, share, threshold):
    assert rule.share(value, full) == pytest.approx(share, nan_ok=True)
    assert rule.threshold(full) == pytest.approx(threshold, nan_ok=True)
    if not math.isnan(share + threshold):
        assert rule.share(threshold, full) == pytest.approx(0.95)


def test_enough_is_the_smallest_radius_from_which_on_shares_stay():
    shares = np.array(
        [
            [0.1, 0.96, 0.99, 0.5, math.nan],
            [0.2, 0.90, 0.97, 0.95, math.nan],
            [0.96, 0.97, 1.10, math.nan, math.nan],
            [1.0, 1.0, 1.0, 1.0, math.nan],
        ]
    )
    expected = [100, 100, 10, 400, math.nan]
    assert enough_radii((10, 50, 100, 400), shares) == pytest.approx(expected, nan_ok=True)


def test_the_interval_of_a_radius_holds_the_middle_of_the_draws():
    draws = np.ones((3, 1000))
    draws[0, :960] = 0.5
    draws[1, :20] = 0.5
    assert enough_interval((10, 50, 100), draws) == (10, 50, "")
    draws[:, :60] = math.nan
    assert enough_interval((10, 50, 100), draws) == (
        None, None, "undefined in 6% of draws: no interval",
    )  # fmt: skip

"""The 95 % interval covers the truth in 93.5 to 96.5 % of simulated studies: 10,000 at 30 blocks.

The items of a block share random effects in score and label, so they are dependent, and blocks
differ in size. The truth is the score of a population of infinitely many blocks, computed from the
model of the simulation and not from simulated data. Each call of `score` takes 100 studies as the
targets of one task; draws are 300 here, since the noise of a bootstrap standard error from 300
draws (4 %) is small beside that from 30 blocks (13 %).
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from bench.metrics.correlation import R2, Pearson, Spearman
from bench.metrics.ranking import AUPRC, AUROC
from bench.metrics.score import score

AT_ONCE = 100
DRAWS = 300

LABEL_SHIFT, LABEL_EFFECT, SCORE_EFFECT, GAIN = -1.0, 0.7, 0.7, 1.0
BLOCK_SPREAD, BLOCK_R, ITEM_R = 1.0, 0.6, 0.6


def sizes(rng, blocks):
    """Block of each item; blocks hold 4 to some 20 items."""
    return np.repeat(np.arange(blocks), 4 + rng.poisson(6, blocks))


def classes(rng, rows, studies):
    """Labels by a probit model and scores, both moved by the block's effect."""
    shape = (len(rows), studies)
    effect = rng.normal(size=(rows[-1] + 1, studies))[rows]
    labels = (LABEL_SHIFT + LABEL_EFFECT * effect + rng.normal(size=shape) > 0).astype(float)
    return GAIN * labels + SCORE_EFFECT * effect + rng.normal(size=shape), labels


def areas():
    """AUROC and AUPRC of the population, by quadrature over the block effect."""
    effects, weights = np.polynomial.hermite_e.hermegauss(101)
    weights = weights / weights.sum()
    positive = norm.cdf(LABEL_SHIFT + LABEL_EFFECT * effects)
    prevalence = weights @ positive
    thresholds = np.linspace(-12, 14, 20_001)[:, None]
    centre = SCORE_EFFECT * effects
    sensitivity = norm.sf(thresholds - GAIN - centre) @ (weights * positive) / prevalence
    false_rate = norm.sf(thresholds - centre) @ (weights * (1 - positive)) / (1 - prevalence)
    called = prevalence * sensitivity + (1 - prevalence) * false_rate
    precision = prevalence * sensitivity / np.maximum(called, 1e-300)
    return -np.trapezoid(sensitivity, false_rate), -np.trapezoid(precision, sensitivity)


def values(rng, rows, studies):
    """Predictions and measurements, normal, correlated between and within blocks."""

    def pair(count, correlation):
        first, other = rng.normal(size=(2, count, studies))
        return first, correlation * first + np.sqrt(1 - correlation**2) * other

    between, within = pair(rows[-1] + 1, BLOCK_R), pair(len(rows), ITEM_R)
    return [BLOCK_SPREAD * b[rows] + w for b, w in zip(between, within, strict=True)]


def correlations():
    """Pearson, Spearman (of a bivariate normal) and R2 of the population, in closed form."""
    variance = BLOCK_SPREAD**2 + 1
    r = (BLOCK_SPREAD**2 * BLOCK_R + ITEM_R) / variance
    return r, 6 / np.pi * np.arcsin(r / 2), 2 * r - 1


def coverage(metric, simulate, truth, blocks, studies):
    """Share of studies whose interval holds the truth, and the share that lies above it."""
    rng = np.random.default_rng(blocks)
    ends = []
    for seed in range(studies // AT_ONCE):
        rows = sizes(rng, blocks)
        predictions, known = simulate(rng, rows, AT_ONCE)
        found = score(metric, "", predictions, known, rows, draws=DRAWS, seed=seed)
        ends += [(one.low, one.high) for one in found.per_target]
    low, high = np.array(ends).T
    assert np.isfinite(low).all()
    return np.mean((low <= truth) & (truth <= high)), np.mean(low > truth)


def check(metric, simulate, truth, blocks, studies):
    share, above = coverage(metric, simulate, truth, blocks, studies)
    print(f"{type(metric).__name__} {blocks} blocks: {share:.2%} covered, {above:.2%} above")
    assert 0.935 <= share <= 0.965


@pytest.mark.parametrize(("blocks", "studies"), [(30, 10_000), (60, 2_000)])
def test_auroc(blocks, studies):
    check(AUROC(), classes, areas()[0], blocks, studies)


@pytest.mark.parametrize("area", [0.97, 0.993])
def test_auroc_near_its_limit_is_covered_and_no_interval_is_absurd(area):
    """138 items, each its own block: coverage may be high here, but not at the cost of sense."""
    rng = np.random.default_rng(0)
    labels = np.repeat([1.0, 0.0], 69)[:, None].repeat(AT_ONCE, axis=1)
    shift = norm.ppf(area) * np.sqrt(2)
    found = []
    for seed in range(10):
        scores = rng.normal(size=labels.shape) + shift * labels
        task = score(AUROC(), "", scores, labels, np.arange(138), draws=DRAWS, seed=seed)
        found += task.per_target
    share = np.mean([one.low <= area <= one.high for one in found])
    assert 0.935 <= share <= 0.99
    assert np.quantile([one.low for one in found], 0.01) > 0.8


@pytest.mark.slow
@pytest.mark.parametrize(("blocks", "studies"), [(30, 10_000), (60, 2_000)])
def test_auprc(blocks, studies):
    check(AUPRC(), classes, areas()[1], blocks, studies)


@pytest.mark.parametrize(("blocks", "studies"), [(30, 10_000), (60, 2_000)])
def test_pearson(blocks, studies):
    check(Pearson(), values, correlations()[0], blocks, studies)


@pytest.mark.slow
@pytest.mark.parametrize(("blocks", "studies"), [(30, 10_000), (60, 1_000)])
def test_spearman(blocks, studies):
    check(Spearman(), values, correlations()[1], blocks, studies)


@pytest.mark.slow
@pytest.mark.parametrize(("blocks", "studies"), [(30, 10_000), (60, 2_000)])
def test_r2(blocks, studies):
    check(R2(), values, correlations()[2], blocks, studies)


def test_the_population_scores_are_those_of_a_large_simulation():
    rng = np.random.default_rng(0)
    rows = np.arange(400_000)
    predictions, labels = (column[:, 0] for column in classes(rng, rows, 1))
    assert AUROC().value(predictions, labels) == pytest.approx(areas()[0], abs=0.003)
    assert AUPRC().value(predictions, labels) == pytest.approx(areas()[1], abs=0.006)
    predictions, known = (column[:, 0] for column in values(rng, rows, 1))
    for metric, truth in zip((Pearson(), Spearman(), R2()), correlations(), strict=True):
        assert metric.value(predictions, known) == pytest.approx(truth, abs=0.006)

"""Time of the block bootstrap: 134 targets of 60,000 items in 122 blocks, 2,000 draws.

The requirement is AUROC and AUPRC together in under 60 s on two cores and 2 GB. The hard case is
one target in which every item is its own block.
"""

from __future__ import annotations

import resource
import time

import numpy as np
import pytest

from bench.metrics.correlation import R2, Pearson, Spearman
from bench.metrics.ranking import AUPRC, AUROC
from bench.metrics.score import score

ITEMS, TARGETS, BLOCKS = 60_000, 134, 122
DRAWS = 2000
WORKERS = 2
LIMIT_SECONDS = 60
LIMIT_KILOBYTES = 2_000_000


@pytest.fixture(scope="module")
def tracks():
    """Predictions, classes (1 to 5 % positive), values and blocks; targets differ in noise."""
    rng = np.random.default_rng(0)
    blocks = np.sort(rng.integers(0, BLOCKS, ITEMS))
    signal = rng.normal(size=(ITEMS, TARGETS)) + 0.4 * rng.normal(size=(BLOCKS, TARGETS))[blocks]
    prevalence = rng.uniform(0.01, 0.05, TARGETS)
    cuts = [
        np.quantile(column, 1 - share) for column, share in zip(signal.T, prevalence, strict=True)
    ]
    predictions = signal + rng.normal(size=signal.shape)
    return (
        predictions.astype(np.float32),
        (signal > cuts).astype(np.float32),
        signal.astype(np.float32),
        blocks,
    )


def run(metrics, predictions, truth, blocks):
    for metric in metrics:
        score(metric, "timed", predictions, truth, blocks, draws=DRAWS, workers=WORKERS)


def measure(benchmark, metrics, *given):
    began = time.perf_counter()
    benchmark.pedantic(run, args=(metrics, *given), rounds=1, iterations=1)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    benchmark.extra_info["peak kilobytes"] = peak
    names = ", ".join(type(metric).__name__ for metric in metrics)
    print(f"\n{names}: {given[0].shape[1]} targets, {seconds:.1f} s, peak {peak / 1e6:.2f} GB")
    return seconds, peak


def test_classes(benchmark, tracks):
    predictions, classes, _, blocks = tracks
    seconds, peak = measure(benchmark, [AUROC(), AUPRC()], predictions, classes, blocks)
    assert seconds < LIMIT_SECONDS
    assert peak < LIMIT_KILOBYTES


def test_values(benchmark, tracks):
    predictions, _, values, blocks = tracks
    _, peak = measure(benchmark, [Pearson(), Spearman(), R2()], predictions, values, blocks)
    assert peak < LIMIT_KILOBYTES


@pytest.mark.parametrize("metric", [AUROC(), AUPRC(), Pearson(), Spearman(), R2()])
def test_every_item_its_own_block(benchmark, tracks, metric):
    predictions, classes, values, _ = tracks
    truth = classes if metric.classes else values
    _, peak = measure(benchmark, [metric], predictions[:, :1], truth[:, :1], np.arange(ITEMS))
    assert peak < LIMIT_KILOBYTES

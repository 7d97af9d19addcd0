"""Baselines on profiles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench.data.examples import ArrayExamples
from bench.interface import BenchError, FitContext, HeadShape, TaskKind, TaskShape
from bench_baselines.mean_track import MeanTrack
from bench_baselines.promoter_distance import PromoterDistance

HEADS = {
    "default": HeadShape(targets=("a", "b"), bins=4, bin_width=10),
}
RNG = np.random.default_rng(6)


class Distances(ArrayExamples):
    """Items whose bins lie at given distances from a TSS."""

    def __init__(self, distances, targets=None):
        super().__init__(np.zeros((len(distances), 40), np.uint8), targets)
        self.distances = distances

    def tss_distances(self):
        return self.distances


def context(folder):
    return FitContext(
        shape=TaskShape(kind=TaskKind.PROFILE, heads=HEADS), seed=0, scratch=folder, settings={}
    )


def test_the_mean_track_is_the_mean_of_each_bin(tmp_path):
    targets = RNG.poisson(3, (6, 4, 2)).astype(np.float32)
    targets[0, 1, 0] = np.nan
    targets[:, 3, 1] = np.nan
    model = MeanTrack()
    codes = np.zeros((6, 40), np.uint8)
    model.fit(ArrayExamples(codes, targets), ArrayExamples(codes, targets), context(tmp_path))
    model.save(tmp_path)
    found = MeanTrack.load(tmp_path, context(tmp_path)).predict(ArrayExamples(codes[:3]))
    assert found.shape == (3, 4, 2)
    expected = [
        [np.nanmean(targets[:, place, target]) if (place, target) != (3, 1) else
         np.nanmean(targets[..., 1]) for target in range(2)]
        for place in range(4)
    ]  # fmt: skip
    np.testing.assert_allclose(found[2], expected)


def test_a_target_without_values_is_told(tmp_path):
    targets = np.ones((3, 4, 2), np.float32)
    targets[..., 1] = np.nan
    examples = ArrayExamples(np.zeros((3, 40), np.uint8), targets)
    with pytest.raises(BenchError, match="target 'b' has no measured value"):
        MeanTrack().fit(examples, examples, context(tmp_path))


def test_promoter_distance_is_a_curve_over_bins(tmp_path):
    distances = RNG.uniform(-500, 500, (200, 4))
    rates = np.where(np.abs(distances) < 100, 5.0, 1.0)
    targets = np.stack([rates, 2 * rates], axis=2).astype(np.float32)
    train = Distances(distances, targets)
    model = PromoterDistance(stretches=10, prior=1e-9)
    model.fit(train, train, context(tmp_path))
    at = np.array([[0.0, 50.0, 300.0, np.nan]])
    found = model.predict(Distances(at))
    assert found.shape == (1, 4, 2)
    np.testing.assert_allclose(found[0, :2, 0], 5, atol=0.5)
    assert found[0, 2, 0] == pytest.approx(1, abs=0.5)
    assert found[0, 3, 1] == pytest.approx(targets[..., 1].mean(), rel=1e-6)


def test_distances_of_items_are_those_of_their_table():
    items = pd.DataFrame({"item": ["x", "y"], "tss_distance": [3.0, np.nan]})
    examples = ArrayExamples(np.zeros((2, 40), np.uint8), items=items)
    np.testing.assert_array_equal(examples.tss_distances(), [3.0, np.nan])
    plain = ArrayExamples(np.zeros((2, 40), np.uint8), items=items[["item"]])
    assert np.isnan(plain.tss_distances()).all()

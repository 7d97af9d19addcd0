"""Bins and sums are those of the papers, computed here with plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.interface import BenchError
from bench_expecto.geometry import expecto_geometry
from bench_expecto.settings import ExpectoSettings
from bench_mentr.geometry import mentr_geometry
from bench_mentr.settings import MentrSettings

DECAYS = (0.01, 0.02, 0.05, 0.1, 0.2)


def test_expecto_has_the_published_bins():
    geometry = expecto_geometry(ExpectoSettings().bins, ExpectoSettings().step)
    assert geometry.offsets.tolist() == list(range(-20_000, 19_801, 200))
    assert len(geometry.offsets) == 200


def test_expecto_features_of_2002_targets():
    predictions = np.random.default_rng(0).random((2, 200, 2002)).astype(np.float32)
    features = expecto_geometry(100, 200).features(predictions)
    assert features.shape == (2, 20_020)
    expected = np.zeros((2, 10, 2002))
    for number, shift in enumerate(range(-20_000, 20_000, 200)):
        for basis, decay in enumerate(DECAYS):
            weight = math.exp(-decay * abs(shift) / 200)
            if shift <= 0:
                expected[:, basis] += weight * predictions[:, number]
            if shift >= 0:
                expected[:, 5 + basis] += weight * predictions[:, number]
    np.testing.assert_allclose(features, expected.reshape(2, -1), rtol=1e-6)
    # Basis times targets plus target.
    np.testing.assert_allclose(features[:, 7 * 2002 + 5], expected[:, 7, 5], rtol=1e-6)


def test_the_bin_at_the_tss_is_in_both_directions():
    weights = expecto_geometry(100, 200).weights
    assert (weights[:, 100] == 1).all()
    assert (weights[:5, 101:] == 0).all()
    assert (weights[5:, :100] == 0).all()
    assert ((weights > 0).sum(axis=1) == [101] * 5 + [100] * 5).all()


def test_decays_fall_to_1_in_e_over_the_published_distances():
    weights = expecto_geometry(100, 200).weights[5:, 100:]
    for row, bins in enumerate((100, 50, 20, 10, 5)):
        if bins < 100:
            assert weights[row, bins] == pytest.approx(1 / math.e)


def test_mentr_features_of_2002_targets():
    geometry = mentr_geometry(MentrSettings().bins, MentrSettings().step)
    predictions = np.random.default_rng(0).random((1, 1000, 2002)).astype(np.float32)
    features = geometry.features(predictions)
    assert features.shape == (1, 10_010)
    expected = np.zeros((5, 2002))
    for number, centre in enumerate(range(-99_900, 99_901, 200)):
        for basis, decay in enumerate(DECAYS):
            weight = math.exp(-decay * math.floor(abs(centre) / 200))
            expected[basis] += weight * predictions[0, number]
    np.testing.assert_allclose(features[0], expected.reshape(-1), rtol=1e-6)


def test_mentr_is_a_mirror_image_of_itself():
    geometry = mentr_geometry(500, 200)
    assert geometry.offsets[[0, 499, 500, 999]].tolist() == [-99_900, -100, 99, 99_899]
    np.testing.assert_array_equal(geometry.weights, geometry.weights[:, ::-1])
    # A window of 2,000 holds 999 bp before its place and 1,000 after it.
    firsts, lasts = geometry.offsets - 999, geometry.offsets + 1000
    np.testing.assert_array_equal(firsts, -lasts[::-1])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"length": 2000}, "length is 2000, expected a window of 2000 and as many steps of 200"),
        ({"length": 2500}, "length is 2500"),
        ({"grid": -1}, "grid is -1, expected 0 or more"),
        ({"window": 0}, "window is 0, expected 1 or more"),
        ({"step": 0}, "step is 0, expected 1 or more"),
        ({"eta": 0.0}, "eta is 0, expected more than 0"),
        ({"rounds": 0}, "rounds is 0, expected 1 or more"),
        ({"l2": -1.0}, "l2 is -1, expected 0 or more"),
    ],
)
@pytest.mark.parametrize("settings", [ExpectoSettings, MentrSettings])
def test_settings_out_of_range_are_told_in_one_line(settings, setting, words):
    with pytest.raises(BenchError, match=words) as caught:
        settings(**setting)
    assert "\n" not in str(caught.value)


def test_mentr_knows_its_ways_to_look_for_splits():
    with pytest.raises(BenchError, match="tree_method is 'best', expected one of exact, hist"):
        MentrSettings(tree_method="best")

"""Features of genes on a genome: places, strands, the grid, and what is kept."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import bench.training.chromatin.features
from bench.data.alphabet import reverse_complement
from bench.data.examples import ArrayExamples
from bench.interface import BenchError
from bench.training.chromatin.features import ChromatinFeatures
from bench.training.chromatin.keys import window_keys
from bench.training.chromatin.places import Loci
from bench.training.chromatin.store import PredictionStore
from bench.training.chromatin.windows import Span
from bench_expecto.geometry import expecto_geometry
from bench_mentr.geometry import mentr_geometry

PLACES = [("chr1", 100_000, "+"), ("chr1", 100_000, "-"), ("chr1", 130_400, "-")]
OFF_GRID = [("chr1", 51_237, "+"), ("chr1", 61_411, "-"), ("chr2", 300, "+"), ("chr2", 89_999, "-")]


def make(upstream, geometry=None, **more):
    settings = {"span": Span(6400, 400), "grid": 50, "directed": True} | more
    return ChromatinFeatures(upstream, geometry or expecto_geometry(15, 200), **settings)


def by_hand(store, summarise, chrom, tss, strand):
    """Compute ExPecto's features of a gene, in loops over bins and sums."""
    sign = 1 if strand == "+" else -1
    sums = np.zeros((10, 3))
    for shift in range(-20_000, 20_000, 200):
        place = tss + sign * shift
        predicted = summarise(store.sequence(chrom, place - 999, place + 1001)[None])[0]
        for basis, decay in enumerate((0.01, 0.02, 0.05, 0.1, 0.2)):
            weight = math.exp(-decay * abs(shift) / 200)
            sums[basis] += weight * predicted * (shift <= 0)
            sums[5 + basis] += weight * predicted * (shift >= 0)
    return sums.reshape(-1)


@pytest.mark.parametrize("grid", [0, 50])
def test_features_are_those_computed_by_hand(genes, store, upstream, summarise, grid):
    features = make(upstream, expecto_geometry(100, 200), span=Span(42_000, 2000), grid=grid)
    found = features.of(genes(PLACES))
    assert found.shape == (3, 30)
    for row, place in enumerate(PLACES):
        np.testing.assert_allclose(found[row], by_hand(store, summarise, *place), rtol=1e-5)


def test_a_gene_on_the_other_strand_is_mirrored(genes, upstream):
    offsets = expecto_geometry(15, 200).offsets
    # The farthest bin upstream has no counterpart downstream.
    only = make(upstream, expecto_geometry(15, 200), grid=0)
    only._geometry.weights[:, offsets == offsets.min()] = 0
    plus, minus = only.of(genes(PLACES[:2])).reshape(2, 2, 5, 3)
    np.testing.assert_allclose(plus, minus[::-1], rtol=1e-6)
    assert not np.allclose(plus, minus)


def test_mentr_features_are_those_computed_by_hand(genes, store, upstream, summarise):
    features = make(
        upstream, mentr_geometry(500, 200), span=Span(202_000, 2000), grid=0, directed=False
    )
    sums = np.zeros((5, 3))
    for bin_ in range(500):
        for place in (130_000 - 100 - 200 * bin_, 130_000 + 99 + 200 * bin_):
            predicted = summarise(store.sequence("chr1", place - 999, place + 1001)[None])[0]
            for basis, decay in enumerate((0.01, 0.02, 0.05, 0.1, 0.2)):
                sums[basis] += math.exp(-decay * bin_) * predicted
    found = features.of(genes([("chr1", 130_000, "-")], directed=False))
    np.testing.assert_allclose(found[0], sums.reshape(-1), rtol=1e-5)


@pytest.mark.parametrize("grid", [0, 50, 170])
def test_nothing_beyond_the_stated_length_is_read(genes, upstream, grid, monkeypatch):
    items = genes(
        [("chr1", place, strand) for place in range(99_950, 100_051, 7) for strand in "+-"]
    )
    asked = set()
    read = type(items).windows

    def watched(self, length=None, shift=0):
        asked.add((length, shift))
        return read(self, length, shift)

    monkeypatch.setattr(type(items), "windows", watched)
    features = make(upstream, expecto_geometry(100, 200), span=Span(42_000, 2000), grid=grid)
    assert np.isfinite(features.of(items)).all()
    assert asked == {(42_000, 0)}


@pytest.mark.parametrize("grid", [50, 170])
@pytest.mark.parametrize("window", [400, 401])
def test_places_are_rounded_to_the_nearest_within_what_is_read(genes, grid, window):
    items = genes([("chr1", place, strand) for place in range(50_000, 50_100) for strand in "+-"])
    loci, span = Loci.of(items, directed=True), Span(6000 + window, window)
    offsets = expecto_geometry(15, 200).offsets
    exact, rounded = loci.places(offsets, 0, span), loci.places(offsets, grid, span)
    assert ((loci.centres[:, None] + rounded) % grid == 0).all()
    begins = span.begins(loci, rounded)
    assert begins.min() >= 0
    assert begins.max() + window <= 6000 + window
    away = np.abs(rounded - exact)
    assert away.max() < grid
    # Only the farthest bin upstream stands at the very end of what is read.
    assert away[:, 1:].max() <= grid / 2


def test_grid_is_exact_on_the_grid(genes, upstream):
    exact, grid = make(upstream, grid=0), make(upstream)
    np.testing.assert_array_equal(grid.of(genes(PLACES)), exact.of(genes(PLACES)))


def test_grid_is_within_the_rounding_elsewhere(genes, upstream):
    exact, grid = make(upstream, grid=0), make(upstream)
    difference = np.abs(grid.of(genes(OFF_GRID)) - exact.of(genes(OFF_GRID))).reshape(4, 10, 3)
    assert difference[..., 0].max() > 0
    # A window moved by 25 bp exchanges at most 25 of its 400 bases.
    most = expecto_geometry(15, 200).weights.sum(axis=1) * 25 / 400
    assert (difference[..., :2] <= most[:, None]).all()


def test_shared_places_are_predicted_once(genes, upstream, tmp_path):
    # 20 bins are shared by genes 2,000 bp apart, on either strand, whatever the rounding.
    both = genes([("chr1", 50_010, "+"), ("chr1", 52_020, "-")])
    make(upstream, folder=tmp_path).of(both)
    first = upstream.asked
    steps = 200 * np.arange(-15, 15)
    assert first == len(np.union1d(50_000 + steps, 52_000 - steps))
    assert first < 60
    again = make(upstream, folder=tmp_path).of(both)
    assert upstream.asked == first
    exact = make(upstream, grid=0).of(both)
    assert upstream.asked == first + 60
    np.testing.assert_allclose(again[:, ::3], exact[:, ::3], rtol=0.1)


def test_a_second_cell_asks_for_what_is_new_alone(genes, upstream, tmp_path):
    make(upstream, folder=tmp_path).of(genes([("chr1", 50_000, "+")]))
    upstream.asked = 0
    make(upstream, folder=tmp_path).of(genes([("chr1", 50_200, "+")]))
    assert upstream.asked == 1


def test_one_gene_has_the_same_features_as_many(genes, upstream, monkeypatch):
    for grid in (0, 50):
        many = make(upstream, grid=grid).of(genes(PLACES + OFF_GRID))
        for row, place in enumerate(PLACES + OFF_GRID):
            alone = make(upstream, grid=grid).of(genes([place]))
            np.testing.assert_array_equal(alone[0], many[row])
        with monkeypatch.context() as patch:
            patch.setattr(bench.training.chromatin.features, "BATCH_BASES", 1)
            patch.setattr(bench.training.chromatin.features, "WINDOW_BASES", 2_000)
            small = make(upstream, grid=grid).of(genes(PLACES + OFF_GRID))
        np.testing.assert_array_equal(small, many)


def test_without_coordinates_places_are_exact(genes, upstream):
    hidden = genes(OFF_GRID, shown=False)
    found = make(upstream).of(hidden)
    exact = make(upstream, grid=0).of(genes(OFF_GRID))
    np.testing.assert_array_equal(found[[0, 2]], exact[[0, 2]])
    # The longer side of a window is on the right as it is read: one bp further on the other strand.
    difference = np.abs(found - exact).reshape(4, 10, 3)[..., :2]
    assert (difference <= expecto_geometry(15, 200).weights.sum(axis=1)[:, None] / 400).all()


def test_items_without_a_chromosome_are_exact(upstream):
    codes = np.random.default_rng(0).integers(0, 4, (2, 6_401), dtype=np.uint8)
    frame = pd.DataFrame(
        {"chrom": ["", None], "start": [0, np.nan], "end": [6_401, np.nan], "strand": ["+", None]}
    )
    found = make(upstream).of(ArrayExamples(codes, None, frame))
    exact = make(upstream, grid=0).of(ArrayExamples(codes, None, frame))
    np.testing.assert_array_equal(found, exact)


def test_another_allele_at_the_same_place_is_not_mistaken(upstream, tmp_path):
    codes = np.zeros((2, 6_401), dtype=np.uint8)
    codes[1, 3_200] = 1
    frame = pd.DataFrame({"chrom": "chr1", "start": [0, 0], "end": 6_401, "strand": "."})
    features = make(upstream, folder=tmp_path)
    reference = features.of(ArrayExamples(codes[:1], None, frame[:1]))
    other = features.of(ArrayExamples(codes[1:], None, frame[1:]))
    assert (reference[:, ::3] == 0).all()
    assert (other[:, ::3] > 0).all()


def test_symmetric_bins_do_not_depend_on_the_strand(genes, upstream):
    features = make(upstream, mentr_geometry(15, 200), directed=False)
    plus, minus = features.of(genes([("chr1", 99_999, one) for one in "+-"], directed=False))
    np.testing.assert_array_equal(plus, minus)
    codes = genes([("chr1", 99_999, "+")]).windows(6_401)
    turned = features.of(ArrayExamples(reverse_complement(codes)))
    np.testing.assert_allclose(turned, features.of(ArrayExamples(codes)), rtol=1e-6)


def test_no_items_have_no_features(genes, upstream, tmp_path):
    for grid in (0, 50):
        features = make(upstream, grid=grid, folder=tmp_path)
        assert features.of(genes(PLACES)[:0]).shape == (0, 30)


def test_a_chromatin_model_that_reads_further_is_refused(upstream):
    upstream.settings = type("Settings", (), {"length": 1000})()
    upstream.card = type("Card", (), {"name": "far", "length_setting": "length"})()
    with pytest.raises(BenchError, match="window is 400, expected at least 1000, which model far"):
        make(upstream)


def test_a_chromatin_model_of_profiles_is_refused(upstream, monkeypatch):
    monkeypatch.setattr(type(upstream), "predict", lambda *_: np.zeros((0, 3, 2)))
    with pytest.raises(BenchError, match="model counting predicts profiles"):
        make(upstream)


def test_keys_tell_windows_apart():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (3, 300), dtype=np.uint8)
    codes[2, 100:200] = codes[0, 7:107]
    begins = np.array([[0, 7, 200], [0, 7, 200], [0, 100, 200]])
    keys = window_keys(codes, begins, 100)
    assert keys[0, 1] == keys[2, 1]
    assert len(np.unique(keys)) == 8
    changed = codes.copy()
    changed[0, 106] = (changed[0, 106] + 1) % 5
    assert window_keys(changed, begins, 100)[0, 1] != keys[0, 1]
    assert window_keys(reverse_complement(codes), begins, 100)[0, 0] != keys[0, 2]


def test_a_store_takes_in_what_others_write(tmp_path):
    one, other = (PredictionStore(tmp_path, 2) for _ in range(2))
    keys = np.array([5, 3], dtype=np.uint64)
    values = np.array([[5, 50], [3, 30]], dtype=np.float32)
    one.add(keys, values)
    other.add(keys, values)
    other.add(np.array([3, 9], dtype=np.uint64), np.array([[3, 30], [9, 90]], dtype=np.float32))
    assert not one.has(keys).any()
    one.refresh()
    asked = np.array([[9, 3], [5, 5]], dtype=np.uint64)
    assert one.has(asked).all()
    np.testing.assert_array_equal(one.get(asked)[..., 0], asked)
    assert len(list(tmp_path.iterdir())) == 4
    assert not list(tmp_path.glob(".*"))


def test_a_store_in_memory_keeps_nothing_on_disk():
    store = PredictionStore(None, 1)
    store.add(np.array([2, 1], dtype=np.uint64), np.array([[2], [1]], dtype=np.float32))
    store.refresh()
    assert store.has(np.array([1, 2, 3], dtype=np.uint64)).tolist() == [True, True, False]
    assert store.get(np.array([1, 2], dtype=np.uint64)).tolist() == [[1], [2]]

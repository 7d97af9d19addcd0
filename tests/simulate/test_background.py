"""Background sequence: composition, symmetry and isochores."""

from __future__ import annotations

import numpy as np
import pytest

from bench.simulate.background import (
    GC_GRID,
    GENOMIC_CPG,
    ISLAND_CPG,
    MarkovChain,
    isochore_gc,
)


@pytest.fixture(scope="module")
def chain() -> MarkovChain:
    return MarkovChain.with_cpg(GENOMIC_CPG)


def pair_counts(codes: np.ndarray) -> np.ndarray:
    pairs = 4 * codes[:, :-1].astype(int) + codes[:, 1:]
    return np.bincount(pairs.ravel(), minlength=16).reshape(4, 4)


@pytest.mark.parametrize("gc", [0.35, 0.45, 0.6])
def test_sequences_have_the_gc_content_asked_for(chain, gc):
    codes = chain.sample(np.full(400, gc), 500, np.random.default_rng(1))
    assert codes.shape == (400, 500)
    assert codes.dtype == np.uint8
    assert codes.max() == 3
    assert np.isin(codes, (1, 2)).mean() == pytest.approx(gc, abs=0.006)


def test_both_strands_have_the_same_pairs_and_cg_is_rare(chain):
    codes = chain.sample(np.full(1_000, 0.45), 1_000, np.random.default_rng(2))
    counts = pair_counts(codes)
    frequencies = counts / counts.sum()
    np.testing.assert_allclose(frequencies, frequencies[::-1, ::-1].T, atol=0.0015)
    base = frequencies.sum(axis=0)
    assert 0.2 < frequencies[1, 2] / (base[1] * base[2]) < 0.4
    islands = MarkovChain.with_cpg(ISLAND_CPG).sample(
        np.full(500, 0.45), 500, np.random.default_rng(2)
    )
    share = pair_counts(islands)[1, 2] / pair_counts(islands).sum()
    assert share > 1.5 * frequencies[1, 2]


def test_the_third_base_depends_on_the_first(chain):
    codes = chain.sample(np.full(2_000, 0.4), 500, np.random.default_rng(3))
    second = codes[:, 1:-1] == 0
    after_a = second & (codes[:, :-2] == 0)
    after_c = second & (codes[:, :-2] == 1)
    following = codes[:, 2:] == 0
    assert following[after_a].mean() > following[after_c].mean() + 0.02


def test_tables_hold_probabilities(chain):
    assert chain.first.shape == (len(GC_GRID), 16)
    assert chain.following.shape == (len(GC_GRID) * 16, 3)
    np.testing.assert_allclose(chain.first[:, -1], 1, atol=1e-6)
    assert (np.diff(chain.following, axis=1) > 0).all()


def test_isochores_stay_in_range_and_are_long():
    gc = isochore_gc(2_000_000, (0.36, 0.54), 50_000, np.random.default_rng(4))
    assert gc.shape == (2_000,)
    assert gc.min() > 0.3
    assert gc.max() < 0.6
    assert gc.std() > 0.035
    near = np.corrcoef(gc[:-5], gc[5:])[0, 1]
    far = np.corrcoef(gc[:-100], gc[100:])[0, 1]
    assert near > 0.7
    assert abs(far) < 0.5
    jumps = np.flatnonzero(np.abs(np.diff(gc)) > 0.06)
    assert 5 < len(jumps) < 40

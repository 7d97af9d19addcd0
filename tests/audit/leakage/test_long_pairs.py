"""Long sequences are alike where shared words lie in order, and not where both hold repeats."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audit.leakage.long_pairs import cell_identities, identity_of, part_of
from bench.data.alphabet import reverse_complement

WORD = 13


def mutated(rng, codes, identity):
    changed = rng.random(len(codes)) < 1 - identity
    return np.where(changed, (codes + rng.integers(1, 4, len(codes))) % 4, codes).astype(np.uint8)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("identity", [0.82, 0.85, 0.95])
def test_a_homolog(identity, turned):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, 20_000, dtype=np.uint8)
    other = mutated(rng, codes, identity)
    # Insertions and deletions move what lies behind them.
    other = np.insert(np.delete(other, np.arange(3000, 3040)), 9000, [0] * 30).astype(np.uint8)
    other = reverse_complement(other) if turned else other
    cells = cell_identities(codes, other, WORD)
    assert cells.shape == (200,)
    assert identity_of(cells) == pytest.approx(identity, abs=0.02)
    assert part_of(cells) == pytest.approx((identity, 1.0), abs=0.03)


def test_a_homolog_of_half():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, 10_000, dtype=np.uint8)
    rest = rng.integers(0, 4, 4000, dtype=np.uint8)
    other = np.concatenate([rest, mutated(rng, codes[:6000], 0.9)])
    identity, share = part_of(cell_identities(codes, other, WORD))
    assert identity == pytest.approx(0.9, abs=0.02)
    assert share == pytest.approx(0.6, abs=0.05)


def test_repeats_all_over_both():
    """Each piece has relatives in the other, and none stand in order."""
    rng = np.random.default_rng(2)
    elements = rng.integers(0, 4, (10, 300), dtype=np.uint8)

    def scattered(order):
        parts = [(mutated(rng, elements[one], 0.9), rng.integers(0, 4, 200)) for one in order]
        return np.concatenate([np.concatenate(pair) for pair in parts]).astype(np.uint8)

    pairs = [(scattered(rng.permutation(10)), scattered(rng.permutation(10))) for _ in range(20)]
    found = [part_of(cell_identities(*pair, WORD))[1] for pair in pairs]
    assert np.mean(found) < 0.4
    assert np.mean([share >= 0.5 for share in found]) <= 0.1


@pytest.mark.parametrize(("length", "element"), [(1200, 60), (2200, 120), (3000, 300)])
def test_an_element_that_both_hold(length, element):
    rng = np.random.default_rng(4)
    for _ in range(20):
        first, second = rng.integers(0, 4, (2, length), dtype=np.uint8)
        here, there = rng.integers(0, length - element, 2)
        second[there : there + element] = first[here : here + element]
        cells = cell_identities(first, second, WORD)
        assert part_of(cells)[1] <= (element + 100) / length
        assert identity_of(cells) < 0.6


def test_unrelated_and_unknown():
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 4, (2, 5000), dtype=np.uint8)
    assert identity_of(cell_identities(first, second, WORD)) == 0.5
    assert np.isnan(part_of(cell_identities(first, second, WORD))[0])
    unknown = np.full(5000, 4, dtype=np.uint8)
    assert cell_identities(first, unknown, WORD).tolist() == [0.0] * 50
    assert np.isnan(cell_identities(unknown, first, WORD)).all()
    assert identity_of(cell_identities(unknown, first, WORD)) == 0.0
    masked = first.copy()
    masked[1050:3000] = 4
    cells = cell_identities(masked, first, WORD)
    assert (cells[:11] == 1).all()
    assert np.isnan(cells[11:30]).all()
    assert (cells[30:] == 1).all()
    assert part_of(cells) == (1.0, 1.0)


def test_ends_that_hang_over():
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 4, 4000, dtype=np.uint8)
    inside = part_of(cell_identities(codes, codes[1000:3000], WORD))
    assert inside == pytest.approx((1.0, 0.5), abs=0.03)
    assert part_of(cell_identities(codes[1000:3000], codes, WORD)) == (1.0, 1.0)
    assert len(cell_identities(codes[:30], codes, WORD)) == 1

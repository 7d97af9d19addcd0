"""The nearest training item against sets of words."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audit.leakage import nearest as module
from bench.audit.leakage.nearest import nearest
from bench.data.alphabet import decode, encode, reverse_complement


def words(codes, k):
    text, other = decode(codes), decode(reverse_complement(codes))
    count = len(text) - k + 1
    return {min(text[i : i + k], other[count - 1 - i : count - 1 - i + k]) for i in range(count)}


def test_words_in_common_are_counted():
    rng = np.random.default_rng(0)
    train = [rng.integers(0, 4, 200, dtype=np.uint8) for _ in range(300)]
    test = [rng.integers(0, 4, 200, dtype=np.uint8) for _ in range(20)]
    for row in range(10):
        test[row][50:150] = reverse_complement(train[3 * row][20:120])
    found = nearest(test, train)
    assert found.rows[:10].tolist() == [3 * row for row in range(10)]
    for row, codes in enumerate(test):
        ours = words(codes, found.word)
        shared = [len(ours & words(other, found.word)) for other in train]
        assert found.shared[row] == max(shared)
        assert found.containment[row] == pytest.approx(max(shared) / len(ours))


def test_items_without_words_have_no_neighbour():
    found = nearest([encode("N" * 50), encode("ACG")], [encode("ACGTACGTACGTA")])
    assert found.rows.tolist() == [-1, -1]
    assert np.isnan(found.containment).all()


def test_no_training_items():
    found = nearest([encode("ACGTACGTACGTACGT")], [])
    assert found.rows.tolist() == [-1]
    assert found.containment.tolist() == [0.0]


def test_of_a_large_task_fewer_words_are_kept(monkeypatch):
    rng = np.random.default_rng(1)
    train = [rng.integers(0, 4, 4000, dtype=np.uint8) for _ in range(20)]
    test = [codes.copy() for codes in train]
    whole = nearest(test, train)
    monkeypatch.setattr(module, "MOST_PAIRS", 30_000)
    some = nearest(test, train)
    assert whole.kept == 1.0
    assert some.kept == 0.25
    assert some.rows.tolist() == list(range(20))
    assert (some.containment == 1).all()
    assert some.shared.mean() == pytest.approx(whole.shared.mean() / 4, rel=0.1)


def test_memory_bounds_the_words_that_are_looked_at(monkeypatch):
    rng = np.random.default_rng(2)
    train = [rng.integers(0, 4, 4000, dtype=np.uint8) for _ in range(10)]
    monkeypatch.setattr("bench.audit.leakage.words.MOST_WORDS", 20_000)
    found = nearest(train, train)
    assert found.kept == 0.25
    assert found.rows.tolist() == list(range(10))
    assert (found.containment == 1).all()

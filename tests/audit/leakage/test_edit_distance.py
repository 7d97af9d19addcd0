"""Identity by edit distance against the table computed cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.audit.leakage.edit_distance import identities
from bench.data.alphabet import encode, reverse_complement


def fitting(pattern, text):
    """Least edits of the pattern against any part of the text, by Sellers' table."""
    row = [0] * (len(text) + 1)
    for done, base in enumerate(pattern, start=1):
        above, row = row, [done]
        for place, other in enumerate(text, start=1):
            differs = base != other or base == 4
            row.append(min(above[place - 1] + differs, above[place] + 1, row[-1] + 1))
    return min(row)


def expected(pattern, text):
    if not len(pattern):
        return 1.0
    best = min(fitting(pattern, strand) for strand in (text, reverse_complement(text)))
    return max(0.0, 1 - best / len(pattern))


PAIRS = st.lists(
    st.tuples(st.text("ACGTN", min_size=1, max_size=12), st.text("ACGTN", max_size=15)),
    min_size=1,
    max_size=6,
)


@given(PAIRS)
def test_the_table(pairs):
    first, second = ([encode(text) for text in side] for side in zip(*pairs, strict=True))
    found = identities(first, second)
    assert found == pytest.approx([expected(*pair) for pair in zip(first, second, strict=True)])


def test_mutated_copies():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (50, 200), dtype=np.uint8)
    mutated = np.where(rng.random(codes.shape) < 0.15, (codes + 1) % 4, codes).astype(np.uint8)
    turned = [reverse_complement(one) for one in mutated]
    assert identities(list(codes), turned).mean() == pytest.approx(0.85, abs=0.02)
    others = rng.integers(0, 4, (50, 200), dtype=np.uint8)
    assert identities(list(codes), list(others)).max() < 0.65


def test_part_of_a_longer_sequence_and_an_indel():
    rng = np.random.default_rng(1)
    text = rng.integers(0, 4, 300, dtype=np.uint8)
    part = text[40:140]
    assert identities([part], [text]) == pytest.approx([1.0])
    assert identities([np.delete(part, 50)], [text]) == pytest.approx([1 - 1 / 99])


def test_many_pairs_are_computed_in_parts(monkeypatch):
    rng = np.random.default_rng(2)
    first = [rng.integers(0, 4, size, dtype=np.uint8) for size in rng.integers(5, 40, 20)]
    second = [rng.integers(0, 4, size, dtype=np.uint8) for size in rng.integers(5, 40, 20)]
    whole = identities(first, second)
    monkeypatch.setattr("bench.audit.leakage.edit_distance.CELLS_AT_ONCE", 100)
    assert identities(first, second).tolist() == whole.tolist()


def test_no_pair():
    assert identities([], []).tolist() == []

"""Identity by edit distance against the table computed cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.audit.leakage.edit_distance import identities
from bench.data.alphabet import encode, reverse_complement


def fitting(pattern, text):
    """Least edits of the pattern against any part of the text, by Sellers' table."""
    row = [0] * (len(text) + 1)
    for base in pattern:
        cost = base != 4
        above, row = row, [row[0] + cost]
        for place, other in enumerate(text, start=1):
            differs = base != other and cost
            row.append(min(above[place - 1] + differs, above[place] + cost, row[-1] + 1))
    return min(row)


def expected(pattern, text):
    known = sum(base != 4 for base in pattern)
    if not known:
        return 0.0
    best = min(fitting(pattern, strand) for strand in (text, reverse_complement(text)))
    return max(0.0, 1 - best / known)


PAIRS = st.lists(
    st.tuples(st.text("ACGTN", min_size=1, max_size=12), st.text("ACGTN", max_size=15)),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)  # the first example waits for the compiler
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


def test_unknown_bases_are_not_asked_for():
    rng = np.random.default_rng(2)
    text = rng.integers(0, 4, 200, dtype=np.uint8)
    part = text[40:140].copy()
    part[10:40] = 4
    part[50:90:10] = (part[50:90:10] + 1) % 4
    assert identities([part], [text]) == pytest.approx([1 - 4 / 70])
    unknown = np.full(100, 4, dtype=np.uint8)
    assert identities([unknown], [text]).tolist() == [0.0]
    # What is unknown of the other is no reason to call them alike.
    assert identities([text[:100]], [unknown]).tolist() == [0.0]


def test_no_pair():
    assert identities([], []).tolist() == []

"""The part in common against the table computed cell by cell, and on parts that were planted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.audit.leakage.local_alignment import CHANCE, best_part, parts_in_common
from bench.data.alphabet import encode, reverse_complement


def local(first, second):
    """Highest score of any two parts: the whole table, without lengths."""
    table = np.zeros((len(first) + 1, len(second) + 1))
    for i, base in enumerate(first, start=1):
        for j, other in enumerate(second, start=1):
            pair = 0 if 4 in (base, other) else 3 if base == other else -7
            table[i, j] = max(
                0, table[i - 1, j - 1] + pair, table[i - 1, j] - 7, table[i, j - 1] - 7
            )
    return table.max()


TEXT = st.text("ACGTN", max_size=14).map(encode)


@settings(deadline=None)  # the first example waits for the compiler
@given(TEXT, TEXT)
def test_the_table(first, second):
    score, length = best_part(first, second)
    assert score == local(first, second)
    assert score <= 3 * length


def planted(rng, identity, inside, length=200, around=300):
    """A sequence, and another that holds `inside` bp of its end at an identity."""
    codes = rng.integers(0, 4, length, dtype=np.uint8)
    part = codes[length - inside :]
    changed = rng.random(inside) < 1 - identity
    part = np.where(changed, (part + rng.integers(1, 4, inside)) % 4, part)
    rest = rng.integers(0, 4, around, dtype=np.uint8)
    return codes, np.concatenate([part, rest]).astype(np.uint8)


@pytest.mark.parametrize("turned", [False, True])
def test_the_identity_of_a_part(turned):
    rng = np.random.default_rng(0)
    pairs = [planted(rng, 0.85, 120) for _ in range(60)]
    other = [reverse_complement(two) if turned else two for _, two in pairs]
    identity, covered = parts_in_common([one for one, _ in pairs], other)
    assert identity.mean() == pytest.approx(0.86, abs=0.02)
    # Its ends are left where they are unlike.
    assert 0.5 < covered.mean() < 0.6


def test_how_much_a_part_holds():
    rng = np.random.default_rng(1)
    codes, other = planted(rng, 1.0, 80)
    identity, covered = parts_in_common([codes, other], [other, codes])
    assert identity == pytest.approx([1.0, 1.0], abs=0.03)
    assert covered == pytest.approx([0.4, 0.4], abs=0.03)


def test_unrelated_sequences_have_none():
    rng = np.random.default_rng(2)
    first, second = (list(rng.integers(0, 4, (200, 200), dtype=np.uint8)) for _ in range(2))
    assert np.isnan(parts_in_common(first, second)).all()
    highest = max(best_part(*pair)[0] for pair in zip(first, second, strict=True))
    assert 15 < highest < CHANCE


def test_unknown_bases_count_nothing():
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, 200, dtype=np.uint8)
    masked = codes.copy()
    masked[20:150] = 4
    assert np.ravel(parts_in_common([masked], [codes])) == pytest.approx([1.0, 1.0])
    unknown = np.full(200, 4, dtype=np.uint8)
    assert np.isnan(parts_in_common([unknown], [unknown])).all()

"""Words of sequences against their texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.audit.leakage.words import canonical_words, item_words, share_among
from bench.data.alphabet import decode, encode, reverse_complement

SEQUENCES = st.lists(st.text("ACGTN", max_size=40), min_size=1, max_size=5)


def texts(sequence, k):
    """Canonical words as text: the lesser of both strands in alphabetical order."""
    words = [sequence[start : start + k] for start in range(len(sequence) - k + 1)]
    both = [(word, decode(reverse_complement(encode(word)))) for word in words if "N" not in word]
    return [min(pair) for pair in both]


def number(word):
    return int("".join(str("ACGT".index(base)) for base in word), 4)


@given(SEQUENCES, st.integers(1, 31))
def test_words_are_those_of_the_text(sequences, k):
    found = item_words([encode(text) for text in sequences], k)
    for row, text in enumerate(sequences):
        expected = texts(text, k)
        assert found.words[found.owners == row].tolist() == sorted(map(number, set(expected)))
        assert found.places[row] == len(expected)
        assert found.distinct[row] == len(set(expected))


@given(st.text("ACGT", min_size=31, max_size=60))
def test_both_strands_have_the_same_words(text):
    codes = encode(text)
    one, other = (item_words([strand], 31) for strand in (codes, reverse_complement(codes)))
    assert one.words.tolist() == other.words.tolist()


def test_long_inputs_are_read_in_parts(monkeypatch):
    rng = np.random.default_rng(0)
    sequences = [rng.integers(0, 5, size, dtype=np.uint8) for size in (50, 0, 80, 11, 200)]
    whole = item_words(sequences, 11)
    monkeypatch.setattr("bench.audit.leakage.words.BASES_AT_ONCE", 60)
    parts = item_words(sequences, 11)
    assert parts.words.tolist() == whole.words.tolist()
    assert parts.owners.tolist() == whole.owners.tolist()
    assert parts.places.tolist() == whole.places.tolist()


def test_a_share_of_the_words_is_the_same_everywhere():
    rng = np.random.default_rng(0)
    sequence = rng.integers(0, 4, 20_000, dtype=np.uint8)
    every, some = (set(item_words([sequence], 15, kept).words.tolist()) for kept in (1.0, 0.25))
    piece = set(item_words([sequence[5000:6000]], 15, 0.25).words.tolist())
    assert some < every
    assert piece <= some
    assert len(some) / len(every) == pytest.approx(0.25, abs=0.02)


def test_shares():
    items = item_words([encode("ACGTT"), encode("NNNN"), encode("AAAAA")], 4)
    known = np.unique(item_words([encode("AACG")], 4).words)
    # AACG is the reverse complement of CGTT, one of two words.
    assert share_among(items, known) == pytest.approx([0.5, np.nan, 0], nan_ok=True)
    assert share_among(items, known[:0]) == pytest.approx([0, np.nan, 0], nan_ok=True)


def test_no_word_holds_an_n():
    words, complete = canonical_words(encode("ACNGT"), 2)
    assert complete.tolist() == [True, False, False, True]
    assert len(words) == 4


@pytest.mark.parametrize("k", [0, 32])
def test_the_length_of_a_word(k):
    with pytest.raises(ValueError, match="expected 1 to 31"):
        item_words([encode("A")], k)

from __future__ import annotations

from collections import Counter
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from bench.data.alphabet import decode, encode
from bench.data.shuffle import (
    dinucleotide_shuffle,
    dinucleotide_shuffles,
    mononucleotide_shuffle,
    mononucleotide_shuffles,
)


def dinucleotides(text):
    return Counter(pairwise(text))


@settings(max_examples=100, deadline=None)
@given(st.text("ACGTN", max_size=60), st.integers(0, 2**32))
def test_counts_and_ends_are_kept(text, seed):
    codes = encode(text)
    shuffled = dinucleotide_shuffle(codes, np.random.default_rng(seed))
    assert shuffled.dtype == np.uint8
    assert shuffled is not codes
    assert dinucleotides(decode(shuffled)) == dinucleotides(text)
    assert decode(shuffled)[:1] == text[:1]
    assert decode(shuffled)[-1:] == text[-1:]
    assert decode(codes) == text


@pytest.mark.parametrize("text", ["", "A", "AC", "NN", "ACG", "AAC", "AAAAAA", "ACGT"])
def test_a_sequence_without_another_of_its_kind_stays(text):
    assert decode(dinucleotide_shuffle(encode(text), np.random.default_rng(0))) == text


def same_kind(text):
    """All sequences with the dinucleotide counts and the ends of `text`."""
    inner = {"".join(order) for order in permutations(text[1:-1])}
    candidates = {text[0] + middle + text[-1] for middle in inner}
    return sorted(word for word in candidates if dinucleotides(word) == dinucleotides(text))


@pytest.mark.parametrize("text", ["ACAGATACA", "AACGATCGA", "ACCATGCAC", "ANANCACNA", "GGAGCATGC"])
def test_every_sequence_of_its_kind_is_equally_likely(text):
    kinds = same_kind(text)
    assert len(kinds) > 4
    rng = np.random.default_rng(20)
    drawn = Counter(
        decode(dinucleotide_shuffle(encode(text), rng)) for _ in range(300 * len(kinds))
    )
    assert set(drawn) == set(kinds)
    assert chisquare([drawn[kind] for kind in kinds]).pvalue > 1e-3


def test_a_shuffle_depends_on_the_sequence_and_the_seed_alone():
    rng = np.random.default_rng(5)
    sequences = [rng.integers(0, 4, size=80, dtype=np.uint8) for _ in range(6)]
    for shuffles in (dinucleotide_shuffles, mononucleotide_shuffles):
        first = shuffles(sequences, 1)
        again = shuffles([sequences[4], sequences[2]], 1)
        assert (again[0] == first[4]).all()
        assert (again[1] == first[2]).all()
        assert not any(
            (one == other).all() for one, other in zip(first, shuffles(sequences, 2), strict=True)
        )
        assert not any((one == other).all() for one, other in zip(first, sequences, strict=True))


def test_a_mononucleotide_shuffle_keeps_letters_and_moves_them_anywhere():
    codes = encode("ACCGTTTN")
    rng = np.random.default_rng(6)
    drawn = [decode(mononucleotide_shuffle(codes, rng)) for _ in range(2_000)]
    assert {"".join(sorted(text)) for text in drawn} == {"ACCGNTTT"}
    firsts = Counter(text[0] for text in drawn)
    expected = [250 * count for count in (1, 2, 1, 3, 1)]
    assert chisquare([firsts[letter] for letter in "ACGTN"], expected).pvalue > 1e-3
    assert decode(codes) == "ACCGTTTN"


def test_a_long_repeat_takes_no_long_walk():
    text = "AC" * 20_000 + "G" + "AC" * 20_000 + "T"
    shuffled = dinucleotide_shuffle(encode(text), np.random.default_rng(7))
    assert dinucleotides(decode(shuffled)) == dinucleotides(text)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data import components
from bench.data.alphabet import decode, encode, reverse_complement
from bench.data.components import overlapping_rows, shared_kmer_components
from bench.data.fasta import read_fasta
from bench.interface.errors import BenchError

SEQUENCES = st.lists(st.text("ACGTN", max_size=14), max_size=12)
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def both_strands(word):
    return {word, word[::-1].translate(COMPLEMENT)}


def features(text, k):
    """All that a sequence is recognised by: its clean k-mers and itself, on both strands."""
    found = {("whole", strand) for strand in both_strands(text)}
    for start in range(len(text) - k + 1):
        word = text[start : start + k]
        if "N" not in word:
            found |= {("word", strand) for strand in both_strands(word)}
    return found


def brute_components(texts, k):
    """Merge sets of rows until no two of them share a feature."""
    parts = []
    for row, text in enumerate(texts):
        rows, known = {row}, features(text, k)
        apart = []
        for other_rows, other_known in parts:
            if known & other_known:
                rows |= other_rows
                known |= other_known
            else:
                apart.append((other_rows, other_known))
        parts = [*apart, (rows, known)]
    return {frozenset(rows) for rows, _ in parts}


def as_sets(ids):
    return {frozenset(np.flatnonzero(ids == number).tolist()) for number in np.unique(ids)}


@settings(max_examples=100, deadline=None)
@given(SEQUENCES, st.integers(1, 6))
def test_components_against_sets(texts, k):
    ids = shared_kmer_components([encode(text) for text in texts], k)
    assert as_sets(ids) == brute_components(texts, k)
    assert (ids >= 0).all()


@settings(max_examples=100, deadline=None)
@given(SEQUENCES, SEQUENCES, st.integers(1, 6))
def test_overlap_against_sets(train, test, k):
    known = set().union(*(features(text, k) for text in test))
    expected = [bool(features(text, k) & known) for text in train]
    mask = overlapping_rows([encode(t) for t in train], [encode(t) for t in test], k)
    assert mask.dtype == bool
    assert mask.tolist() == expected


@pytest.mark.parametrize("k", [31, 32, 33, 50, 63, 64])
def test_long_words_are_told_apart_by_each_base(k):
    rng = np.random.default_rng(k)
    word = rng.integers(0, 4, size=k, dtype=np.uint8)
    copies = np.repeat(word[None], k, axis=0)
    copies[np.arange(k), np.arange(k)] ^= 1
    sequences = [word, reverse_complement(word), *copies]
    ids = shared_kmer_components(sequences, k)
    assert ids[0] == ids[1]
    assert len(np.unique(ids)) == k + 1
    flanked = np.concatenate([word[-3:], reverse_complement(word), word[:4]])
    assert overlapping_rows([flanked, *copies], [word], k).tolist() == [True] + [False] * k


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([25, 40, 50]))
def test_long_words_against_sets(seed, k):
    rng = np.random.default_rng(seed)
    texts = []
    for _ in range(8):
        codes = rng.integers(0, 4, size=rng.integers(k - 5, 3 * k), dtype=np.uint8)
        texts.append(decode(codes))
        part = codes[rng.integers(0, k) :][: k + rng.integers(-1, 2)]
        texts.append("A" + decode(reverse_complement(part)) + "C")
    assert as_sets(shared_kmer_components([encode(text) for text in texts], k)) == brute_components(
        texts, k
    )


def test_ids_depend_on_neither_order_nor_other_components():
    rng = np.random.default_rng(3)
    sequences = [rng.integers(0, 4, size=80, dtype=np.uint8) for _ in range(40)]
    sequences += [codes[10:70] for codes in sequences[:10]]
    ids = shared_kmer_components(sequences)
    order = rng.permutation(len(sequences))
    assert (shared_kmer_components([sequences[row] for row in order]) == ids[order]).all()
    more = [rng.integers(0, 4, size=80, dtype=np.uint8), *sequences]
    assert (shared_kmer_components(more)[1:] == ids).all()


def test_parts_of_the_input_give_the_same_as_the_whole(monkeypatch):
    rng = np.random.default_rng(4)
    sequences = [rng.integers(0, 5, size=rng.integers(0, 30), dtype=np.uint8) for _ in range(200)]
    whole = shared_kmer_components(sequences, 6)
    overlap = overlapping_rows(sequences[:150], sequences[150:], 6)
    monkeypatch.setattr(components, "CHUNK", 40)
    assert (shared_kmer_components(sequences, 6) == whole).all()
    assert (overlapping_rows(sequences[:150], sequences[150:], 6) == overlap).all()


def test_many_sequences_with_one_word_are_one_component():
    word = encode("ACGGTCA" * 8)
    sequences = [np.concatenate([word, np.full(n, 4, dtype=np.uint8)]) for n in range(100)]
    assert len(np.unique(shared_kmer_components(sequences))) == 1


def test_nothing_and_empty_sequences():
    assert shared_kmer_components([]).shape == (0,)
    assert overlapping_rows([], []).shape == (0,)
    empty = encode("")
    assert len(np.unique(shared_kmer_components([empty, encode("A"), empty]))) == 2
    assert overlapping_rows([empty, encode("A")], [encode("T")]).tolist() == [False, True]


@pytest.mark.parametrize("k", [0, 65])
def test_a_word_that_does_not_fit_is_refused(k):
    with pytest.raises(BenchError, match=f"k-mers of {k} bp: expected 1 to 64"):
        shared_kmer_components([encode("ACGT")], k)
    with pytest.raises(BenchError, match="expected 1 to 64"):
        overlapping_rows([], [], k)


@pytest.mark.real_data
def test_published_sets_share_sequence_between_train_and_test(mirror):
    train, test = (
        [record.codes for record in read_fasta(mirror / f"fastsk_tf/CTCF.{part}.fasta")]
        for part in ("train", "test")
    )
    known = set().union(*(features(decode(codes), 50) for codes in test))
    expected = [bool(features(decode(codes), 50) & known) for codes in train]
    assert overlapping_rows(train, test).tolist() == expected
    assert sum(expected) == 4

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.data.alphabet import decode, encode, reverse_complement
from bench.data.kmers import (
    canonical_columns,
    count_kmers,
    kmer_codes,
    kmer_count,
    spaced_codes,
    unit_rows,
)

sequences = st.tuples(st.integers(1, 6), st.integers(0, 40)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 4))
)


def paired(kmer: str) -> str:
    """The smaller of a k-mer and its reverse complement, by plain string work."""
    other = kmer[::-1].translate(str.maketrans("ACGT", "TGCA"))
    return min(kmer, other)


def counted(sequence: str, k: int) -> Counter[str]:
    kmers = [sequence[start : start + k] for start in range(len(sequence) - k + 1)]
    return Counter(paired(kmer) for kmer in kmers if "N" not in kmer)


def column_of(kmer: str) -> int:
    (number,) = kmer_codes(encode(kmer)[None], len(kmer))[0]
    return int(canonical_columns(len(kmer))[number])


@pytest.mark.parametrize(("k", "columns"), [(1, 2), (2, 10), (3, 32), (6, 2080), (10, 524_800)])
def test_number_of_columns(k, columns):
    assert kmer_count(k) == columns
    assert canonical_columns(k).max() + 1 == columns


def test_eleven_mers():
    assert kmer_count(11) == 2_097_152


def test_columns_are_in_order_of_the_smaller_number():
    columns = canonical_columns(3)
    first_seen = columns[np.sort(np.unique(columns, return_index=True)[1])]
    assert first_seen.tolist() == list(range(32))
    assert column_of("AAA") == column_of("TTT") == 0
    assert column_of("AAC") == column_of("GTT") == 1


def test_the_table_is_shared_and_so_read_only():
    with pytest.raises(ValueError, match="read-only"):
        canonical_columns(3)[0] = 1


@pytest.mark.parametrize("k", [0, -1, 16])
def test_k_out_of_range(k):
    with pytest.raises(ValueError, match=f"k is {k}, expected 1 to 15"):
        kmer_count(k)


def test_kmer_codes_by_hand():
    codes = encode("ACGTN")[None]
    assert kmer_codes(codes, 2).tolist() == [[1, 6, 11, -1]]
    assert kmer_codes(codes, 5).tolist() == [[-1]]
    assert kmer_codes(codes, 6).shape == (1, 0)
    assert kmer_codes(codes, 2).dtype == np.int32


def test_longest_kmer_fits():
    assert kmer_codes(encode("T" * 15)[None], 15).tolist() == [[4**15 - 1]]


def test_spaced_codes_leave_the_gap_out():
    codes = encode("ANCGT")[None]
    assert spaced_codes(codes, [0, 2]).tolist() == [[1, -1, 7]]
    assert spaced_codes(codes, [0, 5]).shape == (1, 0)


@settings(max_examples=60, deadline=None)
@given(sequences, st.integers(1, 5))
def test_counts_equal_counting_strings(codes, k):
    counts = count_kmers(codes, k)
    assert counts.shape == (len(codes), kmer_count(k))
    assert counts.dtype == np.float32
    for row, sequence in zip(counts.toarray(), codes, strict=True):
        expected = counted(decode(sequence), k)
        assert row.sum() == expected.total()
        assert all(row[column_of(kmer)] == count for kmer, count in expected.items())


@settings(max_examples=60, deadline=None)
@given(sequences, st.integers(1, 5))
def test_counts_are_well_formed(codes, k):
    counts = count_kmers(codes, k)
    assert counts.has_canonical_format
    assert counts.indices.dtype == np.int32
    counts.check_format(full_check=True)


@settings(max_examples=60, deadline=None)
@given(sequences, st.integers(1, 6))
def test_both_strands_count_alike(codes, k):
    counts, other = count_kmers(codes, k), count_kmers(reverse_complement(codes), k)
    assert (counts != other).nnz == 0


@settings(max_examples=30, deadline=None)
@given(sequences, st.integers(1, 4))
def test_one_strand(codes, k):
    counts = count_kmers(codes, k, canonical=False).toarray()
    assert counts.shape == (len(codes), 4**k)
    numbers = kmer_codes(codes, k)
    for row, known in zip(counts, numbers, strict=True):
        assert row.tolist() == np.bincount(known[known >= 0], minlength=4**k).tolist()


def test_a_palindrome_counts_once_per_occurrence():
    counts = count_kmers(encode("GAATTC")[None], 6)
    assert counts.data.tolist() == [1.0]
    assert counts.indices.tolist() == [column_of("GAATTC")]


def test_sequences_shorter_than_k_and_no_sequences():
    assert count_kmers(encode("ACG")[None], 4).nnz == 0
    assert count_kmers(np.zeros((0, 10), dtype=np.uint8), 4).shape == (0, 136)


@settings(max_examples=40, deadline=None)
@given(sequences)
def test_rows_have_unit_norm_or_are_empty(codes):
    counts = count_kmers(codes, 3)
    norms = np.sqrt((unit_rows(counts).toarray() ** 2).sum(axis=1))
    empty = counts.toarray().sum(axis=1) == 0
    np.testing.assert_allclose(norms, np.where(empty, 0.0, 1.0), rtol=1e-6)


def test_unit_rows_leave_their_argument_alone():
    counts = count_kmers(encode("AAAA")[None], 3)
    assert unit_rows(counts).data.tolist() == [1.0]
    assert counts.data.tolist() == [2.0]

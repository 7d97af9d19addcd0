from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.data.alphabet import decode, encode, one_hot, reverse_complement

SEQUENCES = st.text(alphabet="ACGTN", max_size=200)


@given(SEQUENCES)
def test_decode_undoes_encode(text):
    assert decode(encode(text)) == text
    assert decode(encode(text.lower())) == text


@given(SEQUENCES)
def test_reverse_complement_is_an_involution(text):
    codes = encode(text)
    assert np.array_equal(reverse_complement(reverse_complement(codes)), codes)


def test_reverse_complement_of_many():
    codes = np.stack([encode("AACGN"), encode("TTTTT")])
    assert [decode(row) for row in reverse_complement(codes)] == ["NCGTT", "AAAAA"]


def test_ambiguous_letters_become_n():
    assert decode(encode("aRYSWKMBDHVt")) == "A" + "N" * 10 + "T"
    assert encode(b"ACGTN").tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("text", "message"), [("ACXG", "'X' at position 2"), ("AC GT", "' ' at")])
def test_odd_letters_are_named(text, message):
    with pytest.raises(ValueError, match=message):
        encode(text)


def test_one_hot():
    encoded = one_hot(encode("ACGTN"))
    assert encoded.shape == (4, 5)
    assert np.array_equal(encoded[:, :4], np.eye(4))
    assert not encoded[:, 4].any()
    assert one_hot(np.zeros((2, 3, 7), np.uint8), np.float64).shape == (2, 3, 4, 7)

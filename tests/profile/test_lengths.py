"""Lengths as a user writes them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.interface import BenchError
from bench.profile.lengths import parse_lengths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("196608", (196_608,)),
        ("2k:131k", tuple(2048 * 2**step for step in range(7))),
        ("12k:3M", tuple(12_288 * 2**step for step in range(9))),
        ("16k, 4k,16384", (4096, 16_384)),
        ("500:4k", (500, 1000, 2000, 4000)),
        ("7:7", (7,)),
    ],
)
def test_numbers_and_doublings(text, expected):
    assert parse_lengths(text, "--lengths") == expected


@given(st.integers(1, 10_000), st.integers(0, 12))
def test_a_range_doubles_up_to_its_end(low, doublings):
    found = parse_lengths(f"{low}:{low * 2**doublings}", "--lengths")
    assert len(found) == doublings + 1
    assert all(two == 2 * one for one, two in itertools.pairwise(found))


@pytest.mark.parametrize("text", ["", "0", "2x", "k", "-4", "1.5k", "2k:", "2k::4k", "1,,2"])
def test_other_words_are_refused(text):
    with pytest.raises(BenchError, match="--lengths .* expected numbers such as 196608"):
        parse_lengths(text, "--lengths")


def test_a_range_that_ends_before_it_begins():
    with pytest.raises(BenchError, match="'4k:2k' ends before it begins"):
        parse_lengths("4k:2k", "--lengths")

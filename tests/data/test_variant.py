"""Alleles in their windows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.data.alphabet import decode, encode
from bench.data.genome import GenomeStore
from bench.data.variant import Variant, allele_windows

BASES = st.text("ACGT", min_size=0, max_size=8)
CHROMOSOME = "ACGTTGCAAGTCCATGACCTAGGATTACAGGCA" * 3


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("genome") / "store"
    return GenomeStore.from_codes({"chr1": encode(CHROMOSOME)}, folder, "tiny")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("A", "C"), (10, "A", "C")),
        (("a", "c"), (10, "A", "C")),
        (("CA", "C"), (11, "A", "")),
        (("C", "CAT"), (11, "", "AT")),
        (("ACGT", "AGGT"), (11, "C", "G")),
        (("AC", "GT"), (10, "AC", "GT")),
        (("CACA", "CA"), (12, "CA", "")),
        (("ACG", "ACG"), (13, "", "")),
    ],
)
def test_what_both_alleles_share_is_dropped(given, expected):
    trimmed = Variant("chr1", 10, *given).trimmed()
    assert (trimmed.start, trimmed.ref, trimmed.alt) == expected


@given(before=BASES, ref=BASES, alt=BASES, after=BASES)
def test_trimming_does_not_change_the_sequence(before, ref, alt, after):
    trimmed = Variant("chr1", len(before), ref, alt).trimmed()
    whole = before + ref + after
    assert whole[trimmed.start : trimmed.start + len(trimmed.ref)] == trimmed.ref
    changed = whole[: trimmed.start] + trimmed.alt + whole[trimmed.start + len(trimmed.ref) :]
    assert changed == before + alt + after
    assert not (trimmed.ref and trimmed.alt and trimmed.ref[0] == trimmed.alt[0])


@given(
    start=st.integers(0, len(CHROMOSOME)),
    taken=st.integers(0, 6),
    alt=BASES,
    length=st.integers(2, 60),
    shift=st.integers(-20, 20),
)
def test_windows_are_those_of_the_changed_chromosome(genome, start, taken, alt, length, shift):
    """A reference made another way: the chromosome is changed as text, then cut."""
    ref = CHROMOSOME[start : start + taken]
    variant = Variant("chr1", start, ref, alt)
    flank = "N" * 200
    before = flank + CHROMOSOME + flank
    after = flank + CHROMOSOME[:start] + alt + CHROMOSOME[start + len(ref) :] + flank
    begin = 200 + start - length // 2 + shift
    reference, alternative = allele_windows(genome, variant, length, shift)
    assert decode(reference) == before[begin : begin + length]
    if begin <= 200 + start <= begin + length:
        assert decode(alternative) == after[begin : begin + length]
    else:
        assert np.array_equal(alternative, reference)


def test_the_first_base_that_changes_is_in_the_middle(genome):
    reference, alternative = allele_windows(genome, Variant("chr1", 40, CHROMOSOME[40], "N"), 11)
    assert np.flatnonzero(reference != alternative).tolist() == [5]


def test_back_again(genome):
    variant = Variant("chr1", 40, CHROMOSOME[40:43], "G")
    assert variant.swapped().swapped() == variant
    assert (variant.swapped().ref, variant.swapped().alt) == ("G", CHROMOSOME[40:43])

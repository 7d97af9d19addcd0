from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bench.data.allele_pairs import first_difference, pair_windows, stacked_windows
from bench.data.alphabet import decode, encode
from bench.data.examples import ArrayExamples


def shown(reference, alternative, length):
    return tuple(
        decode(codes) for codes in pair_windows(encode(reference), encode(alternative), length)
    )


def test_a_window_lies_around_the_change_and_stays_within_the_reference():
    reference = "ACGTACGTAC"
    assert shown(reference, "ACGTATGTAC", 4) == ("TACG", "TATG")
    assert shown(reference, "TCGTACGTAC", 4) == ("ACGT", "TCGT")
    assert shown(reference, "ACGTACGTAA", 4) == ("GTAC", "GTAA")


def test_a_long_window_has_the_reference_in_its_middle():
    assert shown("ACGT", "AGGT", 8) == ("NNACGTNN", "NNAGGTNN")
    assert shown("ACG", "ATG", 6) == ("NNACGN", "NNATGN")
    assert shown("ACGTACGT", "ACGACGT", 10) == ("NACGTACGTN", "NACGACGTNN")


def test_a_deletion_lets_further_bases_in_and_an_insertion_pushes_them_out():
    assert shown("AACCGGTT", "AACGGTT", 4) == ("ACCG", "ACGG")
    assert shown("AACCGGTT", "AACTTTCGGTT", 4) == ("ACCG", "ACTT")
    assert shown("ACGT", "ACG", 4) == ("ACGT", "ACGN")
    assert shown("ACGTACGT", "ACGTACGTT", 8) == ("CGTACGTN", "CGTACGTT")


@given(st.text("ACGT", min_size=1, max_size=20), st.data(), st.integers(1, 30))
def test_swapped_alleles_have_swapped_windows(text, data, length):
    place = data.draw(st.integers(0, len(text)))
    deleted = data.draw(st.integers(0, len(text) - place))
    inserted = data.draw(st.text("ACGT", max_size=6))
    one, two = encode(text), encode(text[:place] + inserted + text[place + deleted :])
    forward, back = pair_windows(one, two, length), pair_windows(two, one, length)
    np.testing.assert_array_equal(forward[0], back[1])
    np.testing.assert_array_equal(forward[1], back[0])


@given(st.text("ACGT", min_size=1, max_size=30), st.data(), st.integers(1, 40))
def test_windows_hold_the_change_and_agree_before_it(text, data, length):
    place = data.draw(st.integers(0, len(text) - 1))
    base = data.draw(st.sampled_from("ACGT"))
    reference, alternative = encode(text), encode(text[:place] + base + text[place + 1 :])
    before, after = pair_windows(reference, alternative, length)
    assert len(before) == len(after) == length
    assert (before != after).sum() == (text[place] != base)
    swapped = pair_windows(alternative, reference, length)
    np.testing.assert_array_equal(swapped[0], after)
    np.testing.assert_array_equal(swapped[1], before)
    if text[place] != base:
        assert first_difference(reference, alternative) == place


def test_examples_in_memory_give_their_alleles():
    references = [encode("ACGTA"), encode("CC"), encode("GGG")]
    alternatives = [encode("ACTTA"), encode("CA"), encode("GG")]
    examples = ArrayExamples(references, alternatives=alternatives)
    before, after = examples.alleles(5)
    expected = stacked_windows(zip(references, alternatives, strict=True), 5)
    np.testing.assert_array_equal(before, expected[0])
    np.testing.assert_array_equal(after, expected[1])
    part = examples[np.array([2, 0])].alleles(5)[1]
    np.testing.assert_array_equal(part, expected[1][[2, 0]])
    assert examples[:0].alleles(5)[0].shape == (0, 5)

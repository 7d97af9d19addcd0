"""Variants are found however their alleles are anchored, and lines must agree."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bench.interface import DataError
from bench_external.look_up import look_up, open_scores
from bench_external.scored import variant_key

HEADER = "chrom\tpos\tref\talt\tscore\n"
BASES = st.text("ACGT", max_size=4)


def silent(done, total, note=""):
    pass


def test_only_what_is_asked_for_is_found_in_its_order(write):
    path = write(f"{HEADER}1\t3\tA\tC\t1\n1\t3\tA\tG\t2\n1\t4\tA\tC\t3\n2\t3\tA\tC\t4\n")
    keys = [("2", 2, "A", "C"), ("1", 2, "A", "C"), ("1", 9, "A", "C"), ("2", 2, "A", "C")]
    found = look_up(open_scores(path, ""), keys, silent)
    np.testing.assert_array_equal(found, [4, 1, math.nan, 4])


@given(flank=BASES, ref=BASES, alt=BASES, tail=BASES, start=st.integers(0, 50))
def test_flanks_do_not_matter(flank, ref, alt, tail, start):
    assume(ref != alt)
    key = variant_key("chr1", start + len(flank), ref, alt)
    anchored = variant_key("1", start, (flank + ref + tail).lower(), flank + alt + tail)
    _, place, before, after = key
    if before and after:
        # A replacement has one place; what is inserted or deleted may repeat its flanks.
        assert before[0] != after[0]
        assert before[-1] != after[-1]
        assert anchored == key
    else:
        assert len(anchored[2]) == len(before)
        assert len(anchored[3]) == len(after)
        assert place >= start


def test_lines_that_agree_may_repeat_a_variant(write):
    path = write(f"{HEADER}1\t3\tA\tC\t1.50\nchr1\t2\tTA\tTC\t1.5\n1\t3\tA\tC\t.\n")
    assert look_up(open_scores(path, ""), [("1", 2, "A", "C")], silent).tolist() == [1.5]


def test_lines_that_differ_are_both_named(write):
    path = write(f"{HEADER}1\t3\tA\tC\t1.5\n1\t9\tA\tC\t1\nchr1\t2\tTA\tTC\t1.25\n1\t9\tA\tC\t2\n")
    with pytest.raises(DataError) as caught:
        look_up(open_scores(path, ""), [("1", 2, "A", "C")], silent)
    assert str(caught.value) == f"{path}:4: 1:3 A>C has score 1.25, but 1.5 in line 2"
    # Nobody asks for the other one.
    assert look_up(open_scores(path, ""), [("1", 2, "A", "G")], silent).shape == (1,)


def test_progress_is_told(write, monkeypatch):
    monkeypatch.setattr("bench_external.look_up.REPORT_EVERY", 2)
    path = write(HEADER + "".join(f"1\t{place}\tA\tC\t1\n" for place in range(1, 6)))
    calls = []
    keys = [("1", 0, "A", "C"), ("1", 3, "A", "C")]
    look_up(open_scores(path, ""), keys, lambda *words: calls.append(words))
    assert calls == [(1, 2, "variants found in 3 lines"), (1, 2, "variants found in 5 lines")]

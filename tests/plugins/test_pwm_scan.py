from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import bench_pwm.scan
from bench.data.alphabet import encode, reverse_complement
from bench.data.motifs import Motif
from bench_pwm.motif import (
    UNIFORM,
    base_frequencies,
    reverse_complement_table,
    score_table,
    trimmed,
)
from bench_pwm.scan import Scanner, best_scores

tables = st.integers(1, 20).flatmap(
    lambda width: arrays(np.int32, (width, 4), elements=st.integers(-9000, 2000))
)
rows = st.tuples(st.integers(1, 5), st.integers(1, 30)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 4))
)


def score_of(site, table):
    """Add up the scores of the bases; an N scores what the four score on average."""
    return sum(
        int(scores[base]) if base < 4 else int(np.rint(scores.mean()))
        for base, scores in zip(site, table, strict=True)
    )


def best_site(sequence, table):
    """Score, start and strand of the best site, one place after the other."""
    width = len(table)
    sites = []
    for start in range(len(sequence) - width + 1):
        site = sequence[start : start + width]
        sites.append((score_of(site, table), -start, True))
        sites.append((score_of(reverse_complement(site), table), -start, False))
    if not sites:
        return 0, -1, False
    score, start, is_forward = max(sites)
    return score, -start, not is_forward


def filled(codes, lengths):
    codes = codes.copy()
    codes[np.arange(codes.shape[1]) >= lengths[:, None]] = 4
    return codes


@settings(max_examples=80, deadline=None)
@given(rows, tables, st.data())
def test_scanning_equals_looking_at_each_place(codes, table, data):
    shape = (len(codes),)
    lengths = data.draw(arrays(np.int64, shape, elements=st.integers(0, codes.shape[1])))
    codes = filled(codes, lengths)
    scanner = Scanner(codes, lengths)
    sites = scanner.best_sites(table)
    expected = [
        best_site(sequence[:length], table) for sequence, length in zip(codes, lengths, strict=True)
    ]
    assert list(zip(*sites, strict=True)) == expected
    assert scanner.best_scores(table).tolist() == [score for score, _, _ in expected]


@settings(max_examples=40, deadline=None)
@given(rows, tables)
def test_both_strands_score_alike(codes, table):
    lengths = np.full(len(codes), codes.shape[1])
    one = Scanner(codes, lengths).best_scores(table)
    other = Scanner(reverse_complement(codes), lengths).best_scores(table)
    turned = Scanner(codes, lengths).best_scores(reverse_complement_table(table))
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(one, turned)


def test_batches_do_not_matter(monkeypatch):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (50, 40), dtype=np.uint8)
    lengths = rng.integers(0, 41, 50)
    motifs = [rng.integers(-5000, 2000, (width, 4)).astype(np.int32) for width in (3, 6, 13)]
    whole = best_scores(codes, lengths, motifs)
    monkeypatch.setattr(bench_pwm.scan, "BATCH_BASES", 100)
    np.testing.assert_array_equal(best_scores(codes, lengths, motifs), whole)
    assert whole.shape == (50, 3)


def test_score_table_by_hand():
    motif = Motif("x", np.array([[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]]), sites=9)
    table = score_table(motif, UNIFORM, pseudocount=1.0)
    # (9 + 0.25) / 10 over 0.25 is 3.7; 0.25 / 10 over 0.25 is 0.1.
    assert table[0].tolist() == [round(1000 * np.log2(3.7)), *[round(1000 * np.log2(0.1))] * 3]
    assert table[1].tolist() == [0, 0, 0, 0]


def test_base_frequencies_are_those_of_both_strands():
    frequencies = base_frequencies(encode("AAAAAACNN")[None])
    # Six A and one C, one more of each base, and their complements.
    np.testing.assert_allclose(frequencies, [8 / 22, 3 / 22, 3 / 22, 8 / 22])


def test_trimming_stops_at_informative_positions_and_at_the_least_width():
    strong, weak = [0.97, 0.01, 0.01, 0.01], [0.25] * 4
    motif = Motif("x", np.array([weak, weak, strong, weak, strong, weak]), 5)
    kept = trimmed(motif, UNIFORM, least_bits=0.25, least_width=2)
    np.testing.assert_array_equal(kept.probabilities, [strong, weak, strong])
    assert (kept.name, kept.sites) == ("x", 5)
    nothing = Motif("x", np.array([weak] * 6), 5)
    assert len(trimmed(nothing, UNIFORM, 0.25, 4).probabilities) == 4


@pytest.mark.parametrize("width", [1, 6, 7])
def test_a_sequence_shorter_than_the_motif_scores_as_background(width):
    table = np.full((width, 4), -1000, dtype=np.int32)
    scanner = Scanner(encode("ACGTACG"[:width])[None], np.array([width - 1]))
    assert scanner.best_scores(table).tolist() == [0]
    assert [part.tolist() for part in scanner.best_sites(table)] == [[0], [-1], [False]]
    narrow = Scanner(np.zeros((1, 0), dtype=np.uint8), np.array([0]))
    assert narrow.best_scores(table).tolist() == [0]

"""Comparison of motifs against sums told by hand and against motifs that are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.motifs import Motif, read_motifs
from bench.effects.matching import STEPS, Known, column_correlations, match_motifs, span_tails
from bench.interface import BenchError


def drawn(rng, width, name="m"):
    return Motif(name, rng.dirichlet(np.full(4, 0.5), width))


def word(text, name="word"):
    letters = np.array(["ACGT".index(letter) for letter in text])
    return Motif(name, np.where(np.arange(4) == letters[:, None], 0.91, 0.03))


def test_correlations_of_columns():
    first = np.array([[1.0, 0, 0, 0], [0.25] * 4, [0.4, 0.3, 0.2, 0.1]])
    second = np.array([[0.7, 0.1, 0.1, 0.1], [0, 1.0, 0, 0], [0.25] * 4])
    found = column_correlations(first, second)
    # Of two columns that prefer different single bases the correlation is -1/3.
    np.testing.assert_allclose(found[0], [1, -1 / 3, 0], atol=1e-12)
    np.testing.assert_allclose(found[1], [0, 0, 1])
    assert found[2, 0] == pytest.approx(np.corrcoef(first[2], second[0])[0, 1])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 20))
def test_a_motif_is_itself_on_either_strand(seed, width):
    rng = np.random.default_rng(seed)
    motif = drawn(rng, width)
    others = [drawn(rng, int(size)) for size in rng.integers(5, 16, 8)]
    for query, strand in ((motif, "+"), (motif.reverse_complement(), "-")):
        (found,) = match_motifs([query], [*others, motif])
        assert (found.motif, found.strand) == (8, strand)
        assert (found.offset, found.overlap) == (0, width)
        assert found.correlation == pytest.approx(1)
        assert 0 < found.p_value < 1e-3


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_other_strand_of_a_query_changes_the_strand_alone(seed):
    rng = np.random.default_rng(seed)
    known = [drawn(rng, int(size)) for size in rng.integers(4, 14, 6)]
    query = drawn(rng, int(rng.integers(5, 20)))
    (there,), (back,) = (match_motifs([one], known) for one in (query, query.reverse_complement()))
    assert back.p_value == pytest.approx(there.p_value)
    assert back.q_value == pytest.approx(there.q_value)
    if there.motif == back.motif:
        assert back.overlap == there.overlap
        # Where several alignments are as good, another may have come first.
        assert there.correlation == pytest.approx(back.correlation, abs=0.05)


def test_an_offset_is_where_the_known_motif_begins():
    rng = np.random.default_rng(3)
    known = [word("GATTACAG"), *(drawn(rng, 9) for _ in range(8))]
    inside = Motif("q", np.concatenate([drawn(rng, 4).probabilities, known[0].probabilities]))
    cut = Motif("q", known[0].probabilities[2:])
    found = match_motifs([inside, cut, inside.reverse_complement()], known)
    assert [(one.motif, one.strand) for one in found] == [(0, "+"), (0, "+"), (0, "-")]
    assert [(one.offset, one.overlap) for one in found] == [(4, 8), (-2, 6), (0, 8)]


def test_no_fewer_columns_overlap_than_are_asked_for():
    rng = np.random.default_rng(4)
    known = [drawn(rng, int(size)) for size in rng.integers(3, 12, 40)]
    queries = [drawn(rng, int(size)) for size in rng.integers(3, 20, 40)]
    for found, query in zip(match_motifs(queries, known), queries, strict=True):
        widths = (len(query.probabilities), len(known[found.motif].probabilities))
        assert found.overlap >= min(5, *widths)
        assert found.overlap <= min(widths)


def test_a_mean_correlation_is_that_of_the_columns():
    rng = np.random.default_rng(5)
    known = [drawn(rng, 8) for _ in range(5)]
    for query in (drawn(rng, 12) for _ in range(10)):
        (found,) = match_motifs([query], known)
        other = known[found.motif]
        turned = other if found.strand == "+" else other.reverse_complement()
        pairs = [
            (query.probabilities[found.offset + column], turned.probabilities[column])
            for column in range(8)
            if 0 <= found.offset + column < 12
        ]
        assert len(pairs) == found.overlap
        by_hand = np.mean([np.corrcoef(*pair)[0, 1] for pair in pairs])
        assert found.correlation == pytest.approx(by_hand)


def test_p_values_of_random_motifs_are_about_uniform():
    rng = np.random.default_rng(6)
    pool = rng.dirichlet(np.full(4, 0.5), 400)
    # The columns of many motifs, so that chance draws from all of the pool.
    pooled = [Motif("p", pool[start : start + 10]) for start in range(0, 400, 10)]
    values = []
    for _ in range(300):
        known = [Motif("k", rng.permutation(pool)[:9]), *pooled]
        values.append(Known(known, 5).compared(drawn(rng, 9)).p_values[0])
    values = np.sort(values)
    # Alignments overlap each other, so that the correction for their number is a little strict.
    for level in (0.05, 0.2, 0.5):
        assert 0.4 * level <= (values <= level).mean() <= 1.35 * level


def test_a_single_alignment_has_the_p_value_of_drawn_motifs():
    rng = np.random.default_rng(7)
    known = [drawn(rng, 5) for _ in range(30)]
    query = drawn(rng, 5)
    pool = np.concatenate([one.probabilities for one in known])
    pool = np.concatenate([pool, pool[:, ::-1]])
    steps = np.rint(column_correlations(query.probabilities, pool) * STEPS).astype(int)
    tail = span_tails(steps + STEPS, 5)[0, 5]
    assert tail[0] == pytest.approx(1)
    sums = sum(rng.choice(row, 200_000) for row in steps) + 5 * STEPS
    for level in (250, 300, 350, 400):
        assert tail[level] == pytest.approx((sums >= level).mean(), abs=4e-3, rel=0.1)


def test_pairs_are_corrected_for_their_number():
    rng = np.random.default_rng(8)
    known = [drawn(rng, 9) for _ in range(20)]
    found = match_motifs([known[3], *(drawn(rng, 12) for _ in range(30))], known)
    assert found[0].q_value < 1e-3
    assert all(one.q_value >= one.p_value for one in found)
    assert sum(one.q_value < 0.05 for one in found[1:]) <= 1


def test_columns_without_preference_are_alike():
    motif = Motif("gap", np.concatenate([word("TTC").probabilities, np.full((2, 4), 0.25)]))
    (found,) = match_motifs([motif], [motif, word("ACGTA")])
    assert (found.motif, found.correlation) == (0, pytest.approx(1))


def test_nothing_to_compare():
    assert match_motifs([], [word("ACGTA")]) == []
    with pytest.raises(BenchError, match="no known motif"):
        match_motifs([word("ACGTA")], [])


@pytest.mark.real_data
def test_two_collections_name_the_same_factors(mirror):
    motifs = read_motifs(mirror / "motifs" / "H12CORE_meme_format.meme")
    names = ("CTCF.H12CORE.0.P.B", "NRF1.H12CORE.0.PS.A", "REST.H12CORE.0.P.B")
    queries = [motif for motif in motifs if motif.name in names]
    known = read_motifs(mirror / "motifs" / "JASPAR2022.pfm")
    found = match_motifs(queries, known)
    assert [known[one.motif].name.rpartition(".")[2] for one in found] == ["CTCF", "Nrf1", "REST"]
    assert all(one.correlation > 0.9 and one.q_value < 1e-3 for one in found)

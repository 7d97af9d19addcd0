"""The figure of motifs beside known ones."""

from __future__ import annotations

import numpy as np
import pytest

from bench.data.motifs import Motif
from bench.effects.matching import Match, match_motifs
from bench.effects.motif_tables import match_table, named_motifs, plain
from bench.report.effects.motif_figure import draw_matches, shown_matches
from bench.report.style import render


@pytest.fixture
def known():
    rng = np.random.default_rng(0)
    return [Motif(f"known{number}", rng.dirichlet(np.full(4, 0.3), 9)) for number in range(12)]


def match(query, motif, q_value, correlation=0.9):
    return Match(query, motif, "+", 0, 8, correlation, q_value / 10, q_value)


def test_each_known_motif_is_shown_once_and_the_surest_first():
    matches = [match(0, 3, 0.04), match(1, 3, 0.01), match(2, 4, 0.02), match(3, 5, 0.3)]
    assert [one.query for one in shown_matches(matches)] == [1, 2]
    assert [one.query for one in shown_matches(matches[3:])] == [3]
    many = [match(number, number, 0.001 * (number + 1)) for number in range(12)]
    assert [one.query for one in shown_matches(many)] == list(range(8))


def test_both_logos_stand_at_the_same_columns(known):
    turned = known[2].reverse_complement().probabilities
    rng = np.random.default_rng(1)
    query = Motif("mine$", np.concatenate([rng.dirichlet(np.ones(4), 3), turned]))
    matches = match_motifs([query], known)
    figure = draw_matches("model on $task", [query], known, matches)
    own, other = figure.axes
    assert own.get_xlim() == other.get_xlim() == (-0.5, 11.5)
    assert own.get_title("left") == r"mine\$"
    assert other.get_title("left").startswith("known2 (-), r = 1.00, q = ")
    # Up to four letters in each column.
    assert 12 < len(own.patches) <= 4 * 12
    assert [line.get_xdata()[0] for line in other.lines] == [2.5, 11.5]
    assert render(figure, "svg").startswith(b"<?xml")
    assert render(figure, "png").startswith(b"\x89PNG")


def test_letters_are_as_high_as_their_information(known):
    certain = Motif("certain", np.eye(4)[[0, 1, 2, 3, 0]])
    figure = draw_matches("t", [certain], [certain, *known], match_motifs([certain], [certain]))
    heights = [patch.get_path().get_extents().height for patch in figure.axes[0].patches]
    np.testing.assert_allclose(heights[-1], 2.0, rtol=1e-6)


def test_the_table_of_matches(known):
    matches = match_motifs([known[4], known[1].reverse_complement()], known)
    table = match_table([known[4], known[1]], known, matches)
    assert set(table["motif"]) == {"known4", "known1"}
    assert table["q_value"].is_monotonic_increasing
    assert named_motifs(known, matches) == ["known1", "known4"]
    assert named_motifs(known, [match(0, 2, 0.2)]) == []


def test_what_json_cannot_hold_is_null():
    given = {"a": float("nan"), "b": [match(0, 1, 0.5)], "c": ("x", None, 3)}
    found = plain(given)
    assert found["a"] is None
    assert found["b"][0]["strand"] == "+"
    assert found["c"] == ["x", None, 3]

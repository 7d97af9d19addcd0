"""What a report counts where test items are left out of all scores."""

from __future__ import annotations

import numpy as np
import pytest

from bench.report.figures import curve_figures, score_figures
from bench.report.leaderboard import task_table
from bench.report.overview import overview
from bench.report.scored import ScoredItems
from bench.report.view import view_run
from tests.report.conftest import ITEMS


def leave_out(run, info, mask):
    np.save(run.folder.left_out_file(info.key), mask)


def test_all_items_count_where_none_is_left_out(hand_made, registry):
    view = view_run(hand_made.folder, registry)
    assert view.scored["binary"] == ScoredItems(ITEMS, 0, 40, (0.25,))
    assert view.scored["labels"].prevalence == (0.25,) * 3
    assert view.scored["numbers"].prevalence == ()
    assert "left out" not in " ".join(task_table(view, "binary").notes)


def test_what_is_left_is_counted(hand_made, registry):
    """The first 20 of 40 blocks are left out, two items each, of which every fourth is positive."""
    at = np.arange(ITEMS)
    for name in ("binary", "labels", "numbers"):
        info = hand_made.tasks[name]
        # Of what is left every other item that is no positive goes too.
        leave_out(hand_made, info, (at % info.blocks < info.blocks // 2) | (at % 4 == 2))
    view = view_run(hand_made.folder, registry)
    assert view.scored["binary"] == ScoredItems(30, 50, 15, pytest.approx((1 / 3,)))
    assert view.scored["labels"].prevalence == pytest.approx((1 / 3,) * 3)
    assert view.scored["numbers"].prevalence == ()
    table = task_table(view, "binary")
    assert table.title.endswith(" †")
    notes = " ".join(table.notes)
    for said in (
        "80 test (30 scored, 50 left out), 90 to 110 bp",
        "within the 15 blocks of the test items that are scored",
        "Prevalence in the test items that are scored: 0.333",
        "Left out of all scores: 50 of 80 test items",
    ):
        assert said in notes
    assert overview(view).columns[2].endswith(" †")
    for _, figure in curve_figures(view):
        (chance,) = [line for line in figure.axes[1].lines if line.get_linestyle() == ":"]
        assert list(chance.get_ydata()) == pytest.approx([1 / 3, 1 / 3])
    (_, figure), *_ = score_figures(view)
    assert {axis.get_title(loc="left") for axis in figure.axes[:2]} == {"binary †", "labels †"}


def test_where_all_are_left_out_there_is_no_prevalence(hand_made, registry):
    leave_out(hand_made, hand_made.tasks["binary"], np.ones(ITEMS, dtype=bool))
    view = view_run(hand_made.folder, registry)
    assert view.scored["binary"] == ScoredItems(0, ITEMS, 0, ())
    notes = " ".join(task_table(view, "binary").notes)
    assert "Prevalence" not in notes
    assert "Correlations" not in notes
    assert "No score: all test items are left out." in notes
    assert list(curve_figures(view))

"""The largest block of a grid without gaps."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report import block
from bench.report.block import largest, places, turned
from bench.report.shared import largest_block

WIDTH = 6
grids = st.lists(st.integers(0, 2**WIDTH - 1), max_size=7)
few = st.integers(1, 3)


def best_of_all(rows, width, least_rows, least_columns):
    """Look at every set of rows: cells, number of rows, and the rows that stand first."""
    best = (0, 0, ())
    for count in range(least_rows, len(rows) + 1):
        for chosen in combinations(range(len(rows)), count):
            common = 2**width - 1
            for place in chosen:
                common &= rows[place]
            size = common.bit_count()
            if size < least_columns:
                continue
            first = tuple(-place for place in chosen)
            best = max(best, (count * size, count, first))
    return best


@given(grids, few, few)
def test_it_is_that_of_all_sets_of_rows(rows, least_rows, least_columns):
    found = largest(rows, WIDTH, least_rows, least_columns)
    cells, count, first = best_of_all(rows, WIDTH, least_rows, least_columns)
    assert (found.cells, found.count) == (cells, count)
    assert places(found.rows) == [-place for place in first]
    assert found.columns.bit_count() * count == cells
    for place in places(found.rows):
        assert rows[place] & found.columns == found.columns


@given(grids, few, few)
def test_rows_and_columns_may_change_places(rows, least_rows, least_columns):
    found = largest(rows, WIDTH, least_rows, least_columns)
    other = largest(turned(rows, WIDTH), len(rows), least_columns, least_rows)
    assert other.cells == found.cells


@pytest.mark.parametrize("present", [0.5, 0.8, 0.9, 0.95, 1.0])
def test_a_large_grid_is_searched_in_few_steps_and_the_same_each_time(present):
    drawn = np.random.default_rng(3).random((40, 30)) < present
    rows = [int(sum(1 << int(place) for place in np.flatnonzero(row))) for row in drawn]
    found = largest(rows, 30, 2, 1)
    assert found == largest(rows, 30, 2, 1)
    assert all(rows[place] & found.columns == found.columns for place in places(found.rows))
    # Those with the most first are a block too, and no better.
    order = sorted(rows, key=int.bit_count, reverse=True)
    common, worse = 2**30 - 1, 0
    for count, row in enumerate(order, start=1):
        common &= row
        worse = max(worse, count * common.bit_count()) if count > 1 else 0
    assert found.cells >= worse


def test_where_the_search_ends_early_the_best_so_far_is_returned(monkeypatch):
    rows = [0b0111, 0b0111, 0b1110, 0b1001]
    monkeypatch.setattr(block, "MOST_STEPS", 0)
    assert largest(rows, 4).cells > 0


def test_one_cell_takes_no_task_away_from_the_others():
    found = {"a": {"x", "y", "z"}, "b": {"x", "y", "z"}, "c": {"x"}, "d": set()}
    shared = largest_block(found, ["x", "y", "z"])
    assert (shared.labels, shared.tasks) == (("a", "b"), ("x", "y", "z"))
    assert largest_block({"a": {"x", "y"}, "b": {"x"}}, ["x", "y"]).labels == ("a", "b")
    assert largest_block({"a": set()}, ["x"]).tasks == ()


def test_one_model_on_tasks_of_its_own_takes_none_away_from_the_others():
    found = {"a": {"1", "2", "3"}, "b": {"4", "5"}, "c": {"4", "5"}, "d": {"4", "5"}}
    shared = largest_block(found, list("12345"))
    assert (shared.labels, shared.tasks) == (("b", "c", "d"), ("4", "5"))
    alone = largest_block({"a": {"1", "2", "3"}, "b": {"4"}}, list("1234"))
    assert (alone.labels, alone.tasks) == ((), ())


def test_a_larger_block_of_too_few_models_is_not_taken():
    long = {f"long {number}": set("abcdefgh") for number in range(2)}
    found = {**long, "x": set("abc"), "y": set("ab")}
    assert largest_block(found, list("abcdefgh")).labels == ("long 0", "long 1")
    shared = largest_block(found, list("abcdefgh"), 3, 3)
    assert (shared.labels, shared.tasks) == (("long 0", "long 1", "x"), ("a", "b", "c"))

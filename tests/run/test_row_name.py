"""Rows of a run are named in words, also in those that tables print."""

from __future__ import annotations

import pytest

from bench.interface.errors import BenchError
from bench.report.view import label_of
from bench.run.result import CellSpec
from bench.run.row_name import RowName


def cell(**rest):
    return CellSpec(
        cell_id="c", model="basset", target="m:C", plugin="p", plugin_files=(),
        **{"preset": "compact", "settings": {"steps_per_epoch": 20, "rate": 0.5}, **rest},
        input_length=None, task="t", task_key="t-1", seed=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"budget_steps": 100},
        {"budget_seconds": 90.0},
        {"budget_seconds": 0.5},
        {"budget_seconds": 1e7},
        {"budget_seconds": 90.0, "budget_steps": 100},
        {"budget_steps": 100, "device": "cuda", "precision": "bfloat16"},
        {"device": "cuda"},
    ],
)
def test_the_printed_label_of_a_row_names_it(facts):
    printed = label_of(cell(**facts), None)
    assert RowName.parse(printed).fits(cell(**facts))
    for name in facts:
        less = {word: value for word, value in facts.items() if word != name}
        assert not RowName.parse(printed).fits(cell(**less)), name


def test_both_forms_of_a_budget_are_one():
    long = RowName.parse("basset:compact steps_per_epoch=20 100 steps cuda")
    short = RowName.parse("basset:compact steps_per_epoch=20 budget=100steps device=cuda")
    assert long == short
    assert long.settings == {"steps_per_epoch": "20", "budget": "100steps", "device": "cuda"}
    assert RowName.parse("basset 90s") == RowName.parse("basset budget=90s")


@pytest.mark.parametrize("text", ["basset 100", "basset 100 epochs", "basset steps", "basset k s"])
def test_other_words_are_refused(text):
    with pytest.raises(BenchError, match="is not setting=value; expected name"):
        RowName.parse(text)

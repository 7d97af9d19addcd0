"""Tables and figure of effective context, from curves with and without numbers."""

from __future__ import annotations

import pytest

from bench.report.effects.context import context_table, draw_context, write_context
from bench.run.context_record import ContextCurve, ContextPoint, ContextRecord


def point(radius, value, **more):
    known = {
        "low": value - 0.1,
        "high": value + 0.1,
        "kept": 1.0,
        "kept_low": 0.9,
        "kept_high": 1.1,
    }
    return ContextPoint(radius=radius, value=value, **known | more)


def curve(metric, **more):
    points = tuple(point(64 << step, 0.6 + step / 40) for step in range(10))
    known = {
        "title": metric.upper(), "higher_is_better": True, "chance": 0.5,
        "kept_of": "gain over chance", "points": points, "enough": 128, "enough_low": 64,
        "enough_high": 512, "threshold": 0.7, "blocks": 40, "few_blocks": False,
    }  # fmt: skip
    return ContextCurve(metric=metric, **known | more)


@pytest.fixture
def record():
    unknown = ContextPoint(
        radius=64, value=None, low=None, high=None, kept=None, kept_low=None, kept_high=None
    )
    nothing = {"enough": None, "enough_low": None, "enough_high": None, "threshold": None}
    curves = (
        curve("auroc"),
        curve("auprc", chance=None, enough_low=None, enough_high=None, few_blocks=True),
        curve("odd", points=(unknown, point(128, 0.4)), note="nothing gained", **nothing),
    )
    return ContextRecord(
        cell_id="c", model="m", task="t", seed=0, fill="mask", fill_seed=0, input_length=None,
        radius_from="the centre", core=(0, 0), receptive_field=None, items=9, draws=2000,
        curves=curves,
    )  # fmt: skip


def test_each_metric_has_its_panel(record):
    figure = draw_context(record, "a$_$model with words " * 12)
    shown = [axis for axis in figure.axes if axis.axison]
    assert [axis.get_ylabel() for axis in shown] == ["AUROC", "AUPRC", "ODD"]
    assert all(axis.get_xscale() == "log" for axis in shown)
    titles = [axis.get_title(loc="left").split("\n") for axis in shown]
    assert titles == [
        ["AUROC", "95 % of the gain over chance (dashed) from 128 bp on"],
        ["AUPRC †", "95 % of the gain over chance (dashed) from 128 bp on"],
        ["ODD", "nothing gained"],
    ]
    assert "† fewer than 30 blocks" in figure.get_suptitle().replace("\n", " ")
    # The largest radius is always named, and not more than eight.
    words = [label.get_text() for label in shown[0].get_xticklabels()]
    assert "32,768" in words
    assert len(words) <= 8


def test_what_is_written(record, tmp_path):
    write_context(record, None, "m on t", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "context.json", "context.png", "context.svg", "context.tsv",
    ]  # fmt: skip
    assert ContextRecord.model_validate_json((tmp_path / "context.json").read_text()) == record
    lines = (tmp_path / "context.tsv").read_text().splitlines()
    assert lines[0].split("\t") == list(context_table(record))
    assert lines[1].split("\t")[:4] == ["64", "mask", "auroc", "0.6"]
    assert lines[21] == "64\tmask\todd\t" + "\t".join(["nan"] * 6)
    assert len(lines) == 1 + 10 + 10 + 2

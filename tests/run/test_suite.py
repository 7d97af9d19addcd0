from __future__ import annotations

from pathlib import Path

import pytest

from bench.interface.context import Budget
from bench.interface.errors import BenchError, DataError
from bench.run.suite import parse_budget, parse_bytes, parse_seconds, parse_suite

MINIMAL = {"schema": 1, "title": "t", "tasks": ["a"], "models": [{"name": "m"}]}


def test_budgets():
    assert parse_budget(None) == Budget()
    assert parse_budget("90s") == Budget(seconds=90)
    assert parse_budget("1.5m") == Budget(seconds=90)
    assert parse_budget("2h") == Budget(seconds=7200)
    assert parse_budget("1000steps") == Budget(steps=1000)
    assert parse_budget("1 step") == Budget(steps=1)


@pytest.mark.parametrize("text", ["", "10", "ten s", "-5s", "0s", "0steps", "5 days", "1.5steps"])
def test_a_budget_that_is_none_is_refused(text):
    with pytest.raises(BenchError, match="expected such as 90s"):
        parse_budget(text)


def test_limits():
    assert parse_seconds("10m") == 600
    assert parse_bytes("500mb") == 500 << 20
    assert parse_bytes("8GB") == 8 << 30
    with pytest.raises(BenchError, match="amount of memory"):
        parse_bytes("8 parsecs")


def test_a_minimal_suite():
    suite = parse_suite(Path("s.toml"), MINIMAL)
    assert suite.seeds == 1
    assert suite.models[0].preset is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema 2: expected 1"),
        ({"tasks": []}, "tasks"),
        ({"modles": []}, "modles"),
        ({"seeds": 0}, "seeds"),
        ({"budget": "soon"}, "budget 'soon'"),
        ({"limits": {"memory": "lots"}}, "'lots'"),
        ({"device": "tpu"}, "device"),
        ({"models": [{"preset": "x"}]}, "models.0.name"),
        ({"models": [{"name": "x", "tasks": ["y"]}]}, "model 'x': 'y' is no task of the suite"),
    ],
)
def test_a_wrong_suite_is_one_line(change, message):
    with pytest.raises(BenchError, match=message) as caught:
        parse_suite(Path("s.toml"), {**MINIMAL, **change})
    assert "\n" not in str(caught.value)


def test_errors_of_fields_name_the_file():
    with pytest.raises(DataError, match=r"s\.toml: title"):
        parse_suite(Path("s.toml"), {**MINIMAL, "title": 3})

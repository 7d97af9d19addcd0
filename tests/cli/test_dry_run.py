"""What a run would do, shown without doing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cli.app import run_app


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


def bench(capsys, *arguments):
    code = run_app(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_dry_run_builds_and_writes_nothing(capsys, tmp_path):
    code, out, _ = bench(capsys, "run", "quick", "--models", "gc,length", "--dry-run")
    assert code == 0
    assert "6 cells, 6 to run; nothing was built or run" in out
    assert "not built yet" in out
    assert not list(Path().iterdir())
    seeded = bench(capsys, "run", "quick", "--models", "gc,basset", "--seeds", "3", "--dry-run")
    assert "12 cells, 12 to run" in seeded[1]


ROWS = """
schema = 1
title = "rows"
tasks = ["sim-binding", "sim-strength"]
models = [
  { name = "gc" },
  { name = "basset", preset = "compact", tasks = ["sim-binding"] },
  { name = "basset", preset = "compact", settings = { length = 320 }, tasks = ["sim-strength"] },
  { name = "deepsea", preset = "compact", tasks = ["sim-binding"] },
]
"""


@pytest.mark.parametrize(
    ("changes", "cells"),
    [
        ([], 5),
        (["--tasks", "sim-binding"], 3),
        (["--tasks", "sim-strength"], 2),
        (["--tasks", "sim-strength", "--models", "basset"], 1),
        # What is asked for by name is run, even where no row of the suite is for it.
        (["--tasks", "sim-strength", "--models", "deepsea,basset"], 2),
        (["--models", "deepsea"], 2),
        (["--tasks", "sim-accessibility"], 4),
    ],
)
def test_rows_for_some_tasks_run_on_those(capsys, changes, cells):
    Path("rows.toml").write_text(ROWS)
    code, out, _ = bench(capsys, "run", "rows.toml", *changes, "--dry-run")
    assert code == 0
    assert f"{cells} cells, {cells} to run" in out

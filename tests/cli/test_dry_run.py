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


MANIFEST = """
schema = 1
name = "mine"
title = "t"
licence = "l"
citation = "c"
genome = "sacCer3"
[files]
genome = { path = "genome.fa" }
cuts = { path = "cuts.bed" }
genes = { path = "genes.bed" }
peaks = { path = "peaks.bed" }
"""
PROFILE = """
[tasks.tracks]
title = "t"
kind = "profile"
genome_file = "genome"
split = { method = "chromosome" }
[[tasks.tracks.items]]
format = "windows"
window = 1000
bin_width = 100
tracks = { open = { format = "fragments", files = ["cuts"] } }
"""
BINDING = """
[tasks.binding]
title = "t"
kind = "classification"
genome_file = "genome"
split = { method = "chromosome" }
items = [{ file = "peaks", format = "bed", label = 1 }]
"""


@pytest.fixture
def planned(capsys):
    """Write a manifest of some tasks and return the models that would run on each."""
    for name in ("genome.fa", "cuts.bed", "genes.bed", "peaks.bed"):
        Path(name).write_text("")

    def plan(*bodies, words=()):
        Path("mine.toml").write_text(MANIFEST + "".join(bodies))
        code, out, _ = bench(capsys, "run", "mine.toml", "--dry-run", *words)
        assert code == 0
        models = {"tracks": set(), "binding": set()}
        for line in out.splitlines():
            for task, found in models.items():
                if f" {task} " in line:
                    found.add(line.split()[0])
        return models

    return plan


def test_models_that_do_the_kind_run_on_a_manifest_where_none_is_named(planned):
    both = planned(PROFILE, BINDING)
    assert both["tracks"] == planned(PROFILE)["tracks"] == {"mean-track"}
    binding = planned(BINDING)["binding"]
    assert both["binding"] == binding
    assert {"prevalence", "gc", "shared-score", "kmer-svm", "gkm-svm"} <= binding
    assert not {"mean-track", "promoter-distance", "deepsea"} & binding
    named = planned(PROFILE, BINDING, words=("--models", "gc"))
    assert named == {"tracks": {"gc"}, "binding": {"gc"}}


def test_what_reads_distances_from_tss_runs_where_there_are_some(planned):
    with_genes = PROFILE.replace("split =", 'transcripts = "genes"\nsplit =')
    both = planned(with_genes, BINDING)
    assert both["tracks"] == {"mean-track", "promoter-distance"}
    assert "promoter-distance" not in both["binding"]


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
    assert f"{cells} cell{'s' * (cells > 1)}, {cells} to run" in out

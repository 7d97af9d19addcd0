"""`bench audit`, and what a run and a report make of a certificate."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from bench.cli.app import run_app
from tests.audit.leakage.conftest import MANIFEST, Draft


@pytest.fixture
def manifest(tmp_path, monkeypatch):
    """Write a manifest with a task of which a tenth of the test items are copies, or none."""

    # What one test has audited, another has not.
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))

    def write(leaky):
        draft = Draft(120, 20, 80)
        if leaky:
            for test, train in draft.pairs(0.1):
                draft.codes[test], draft.truth[test] = draft.codes[train], draft.truth[train]
        (tmp_path / "items.tsv").write_text(draft.text())
        path = tmp_path / "planted.toml"
        path.write_text(MANIFEST.format(kind="classification", targets=draft.targets))
        return str(path)

    return write


def bench(capsys, *words):
    code = run_app([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_sound_task(capsys, manifest, tmp_path):
    code, out, _ = bench(capsys, "audit", manifest(leaky=False), "--out", tmp_path / "audits")
    lines = out.splitlines()
    assert code == 0, out
    assert lines[0] in {"planted: pass", "planted: warn"}
    assert any("copies: 0 of 80 test items" in line for line in lines)
    stored = json.loads((tmp_path / "audits" / "planted.json").read_text())
    assert stored["task"] == "planted"
    assert stored["items"] == {"train": 120, "valid": 20, "test": 80}
    assert "| planted |" in (tmp_path / "audits" / "README.md").read_text()


def test_a_failing_task_runs_only_when_told_to_and_stays_marked(capsys, manifest, tmp_path):
    path, run = manifest(leaky=True), tmp_path / "run"
    words = ("run", path, "--models", "gc,kmer-svm:compact", "--out", run)
    code, out, _ = bench(capsys, "audit", path, "--json")
    (certificate,) = json.loads(out)
    assert code == 1
    assert certificate["verdict"] == "fail"
    code, _, err = bench(capsys, *words)
    assert code == 2
    assert "task planted fails its audit: copies: 8 of 80 test items (10.0%)" in err
    assert err.strip().endswith("or, to have it marked, add --allow-leaky")
    assert not run.exists()
    code, _, _ = bench(capsys, *words, "--allow-leaky")
    assert code == 0
    code, _, _ = bench(capsys, "report", run)
    assert code == 0
    board = (run / "report" / "leaderboard.md").read_text()
    assert "Audit: fail. copies: 8 of 80 test items" in board
    assert "‡ Fails its audit" in board
    assert "planted: t ‡" in board
    page = (run / "report" / "report.html").read_text()
    assert "by similarity to training" in page
    assert "90 % and over (8 items)" in page
    table = (run / "report" / "audits.md").read_text()
    assert "| planted | fail |" in table


def test_a_run_before_the_audit_says_that_there_was_none(capsys, manifest, tmp_path):
    path, run = manifest(leaky=False), tmp_path / "run"
    assert bench(capsys, "run", path, "--models", "gc", "--out", run)[0] == 0
    assert bench(capsys, "report", run)[0] == 0
    assert "never audited" in (run / "report" / "leaderboard.md").read_text()
    assert bench(capsys, "audit", path)[0] == 0
    # A report takes the certificate along.
    code, _, err = bench(capsys, "report", run)
    assert code == 0
    assert "planted: its certificate was made after the run, and is shown" in err
    assert "never audited" not in (run / "report" / "leaderboard.md").read_text()
    assert "after the run" not in bench(capsys, "report", run)[2]


def test_a_later_verdict_of_a_run_is_kept(capsys, manifest, tmp_path):
    """What the cache holds may be older than what the run has."""
    path, run = manifest(leaky=True), tmp_path / "run"
    words = ("run", path, "--models", "gc", "--out", run, "--allow-leaky")
    assert bench(capsys, "audit", path)[0] == 1
    assert bench(capsys, *words)[0] == 0
    (kept,) = (tmp_path / "cache" / "tasks").glob("planted-*/certificate.json")
    kept.write_text(kept.read_text().replace('"verdict": "fail"', '"verdict": "pass"'))
    os.utime(kept, (0, 0))
    code, _, err = bench(capsys, "report", run)
    assert code == 0
    assert "after the run" not in err
    assert "Audit: fail" in (run / "report" / "leaderboard.md").read_text()
    # A damaged one is no reason to have no report.
    kept.write_text("{")
    os.utime(kept)
    assert bench(capsys, "report", run)[0] == 0


def test_a_damaged_similarity_is_one_line(capsys, manifest, tmp_path):
    path, run = manifest(leaky=False), tmp_path / "run"
    assert bench(capsys, "audit", path)[0] == 0
    assert bench(capsys, "run", path, "--models", "gc", "--out", run)[0] == 0
    (stored,) = run.glob("tasks/*/similarity.npy")
    stored.write_bytes(stored.read_bytes()[:200])
    code, _, err = bench(capsys, "report", run)
    assert code == 2
    assert "similarity.npy: damaged; audit the task again, or remove the file" in err
    # Which makes it good.
    assert bench(capsys, "audit", path)[0] == 0
    assert bench(capsys, "report", run)[0] == 0
    for content in (np.zeros((2, 2), np.float32), np.array(["a"]), np.zeros(3, np.float32)):
        np.save(stored, content)
        os.utime(stored.parent / "certificate.json")
        assert bench(capsys, "report", run)[0] == 2


def test_a_dry_run_of_a_failing_task_is_refused(capsys, manifest):
    path = manifest(leaky=True)
    assert bench(capsys, "audit", path)[0] == 1
    code, _, err = bench(capsys, "run", path, "--models", "gc", "--dry-run")
    assert code == 2
    assert "task planted fails its audit" in err
    assert bench(capsys, "run", path, "--models", "gc", "--dry-run", "--allow-leaky")[0] == 0


def test_a_comparison_on_a_failing_task_says_so(capsys, manifest, tmp_path):
    path, run = manifest(leaky=True), tmp_path / "run"
    assert bench(capsys, "audit", path)[0] == 1
    words = ("run", path, "--models", "gc,length", "--out", run, "--allow-leaky")
    assert bench(capsys, *words)[0] == 0
    code, _, err = bench(capsys, "compare", "--task", "planted", "--run", run)
    assert code == 0
    assert "note: planted fails its audit: copies: 8 of 80 test items (10.0%)" in err


def test_a_task_whose_data_changed_is_no_longer_certified(capsys, manifest, tmp_path):
    path = manifest(leaky=True)
    assert bench(capsys, "audit", path)[0] == 1
    mended = manifest(leaky=False)
    words = ("run", mended, "--models", "gc", "--out", tmp_path / "run")
    assert bench(capsys, *words)[0] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sim-bindin",), "unknown task 'sim-bindin'; did you mean 'sim-binding'"),
        (("sim-binding,",), "expected names separated by single commas"),
        (("tests/audit",), "expected names of tasks, or one manifest"),
    ],
)
def test_bad_names(capsys, words, message):
    code, _, err = bench(capsys, "audit", *words)
    assert code == 2
    assert message in err


def test_tasks_behind_one_that_cannot_be_built(capsys, manifest, tmp_path):
    path = tmp_path / "several.toml"
    text = Path(manifest(leaky=False)).read_text()
    table = text[text.index("[tasks.planted]") :]
    missing = table.replace("planted", "absent").replace('"table"', '"other"', 1)
    path.write_text(
        text.replace("[tasks.planted]", '[files.other]\npath = "none.tsv"\n[tasks.planted]')
        + missing
        + table.replace("planted", "zenith")
    )
    out = tmp_path / "audits"
    out.mkdir()
    (out / "notes.json").write_text("[]")
    code, _, err = bench(capsys, "audit", path, "--out", out)
    assert code == 2
    assert "none.tsv" in err
    names = {"planted.json", "zenith.json", "notes.json", "README.md"}
    assert {one.name for one in out.iterdir()} == names


def test_a_folder_that_is_a_file(capsys, manifest, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = bench(capsys, "audit", manifest(leaky=False), "--out", tmp_path / "file")
    assert code == 2
    assert "it or a parent is a file, expected a folder" in err


def test_variants_are_compared_with_the_tasks_that_models_are_fitted_on(capsys):
    code, out, _ = bench(capsys, "audit", "sim-variants")
    assert code == 0
    assert "divided by the same chromosomes" in out
    assert "null-models: models are fitted on other tasks" in out

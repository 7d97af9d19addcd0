"""`bench compare` on a run with two models."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench.cli.app import run_app
from bench.run.pairs import Comparison


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare") / "run"
    models = "kmer-svm:compact,gc,kmer-svm:published"
    words = ["run", "quick", "--models", models, "--tasks", "sim-binding", "--out", str(folder)]
    assert run_app(words) == 0
    return folder


def bench(capsys, folder, *words):
    code = run_app(["compare", *words, "--run", str(folder)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_difference_is_that_of_the_leaderboard(capsys, folder):
    words = ("kmer-svm:compact", "gc", "--task", "sim-binding", "--json")
    code, out, _ = bench(capsys, folder, *words)
    assert code == 0
    found = {row["metric"]: row for row in json.loads(out)}
    assert set(found) == {"auroc", "auprc"}
    scores = {}
    for path in folder.glob("cells/*/result.json"):
        result = json.loads(path.read_text())
        key = result["cell"]["model"], result["cell"]["preset"]
        scores[key] = {metric["metric"]: metric["value"] for metric in result["metrics"]}
    for metric, row in found.items():
        expected = scores["kmer-svm", "compact"][metric] - scores["gc", "default"][metric]
        assert row["difference"] == pytest.approx(expected, abs=1e-9)
        assert row["low"] < row["difference"] < row["high"]
        assert (row["model"], row["against"]) == ("kmer-svm:compact", "gc:default")
        assert row["seeds"] == [1, 1]


def test_a_table_for_readers(capsys, folder):
    code, out, _ = bench(capsys, folder, "kmer-svm:compact,gc", "gc", "--task", "sim-binding")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("score less that of gc:default on sim-binding; ")
    assert any(
        line.startswith("auroc    gc:default       +0.0000 [+0.0000, +0.0000]") for line in lines
    )
    (row,) = (line for line in lines if line.startswith("auroc    kmer-svm:compact"))
    assert "seeds N/A" in row
    assert re.search(r"kmer-svm:compact better by 0\.\d{4} \[0\.\d{4}, 0\.\d{4}\]$", row)
    assert "Holm's correction for 1 pair of a metric" in lines[1]


def test_json_holds_errors_p_values_and_verdicts(capsys, folder):
    words = ("kmer-svm:compact,kmer-svm:published", "gc", "--task", "sim-binding", "--json")
    code, out, _ = bench(capsys, folder, *words, "--margin", "0.9")
    assert code == 0
    rows = json.loads(out)
    for row in rows:
        assert Comparison.model_validate(row)
        assert row["pairs"] == 2
        assert row["margin"] == 0.9
        assert row["p"] <= row["p_adjusted"] <= 2 * row["p"]
        assert row["seed_error"] is None
        assert row["sampling_error"] > 0
        assert (row["p"] < 0.05) == (not row["low"] <= 0 <= row["high"])
        assert row["call"] == "better"
        assert row["verdict"].startswith(f"{row['model']} better by 0.")


def test_rows_alone_are_compared_each_with_each(capsys, folder):
    code, out, _ = bench(capsys, folder, "--task", "sim-binding", "--json")
    assert code == 0
    rows = [row for row in json.loads(out) if row["metric"] == "auroc"]
    assert len({frozenset((row["model"], row["against"])) for row in rows}) == 3
    assert {row["pairs"] for row in rows} == {3}
    code, out, _ = bench(capsys, folder, "kmer-svm:compact,gc", "--task", "sim-binding")
    assert code == 0
    first, explained, row, *_ = out.splitlines()
    assert first.startswith("score of the first less that of the second on sim-binding; ")
    assert "for 1 pair of a metric" in explained
    assert row.startswith("auroc    kmer-svm:compact - gc:default +0.")


def test_equivalence_is_said(capsys, folder):
    words = ("kmer-svm:compact", "kmer-svm:published", "--task", "sim-binding", "--margin", "0.5")
    code, out, _ = bench(capsys, folder, *words)
    assert code == 0
    assert "no further apart than 0.5" in out


STORED = sorted((Path(__file__).parent.parent.parent / "results").glob("*/*against*.json"))


@pytest.mark.parametrize("path", STORED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_comparisons_of_every_version_can_be_read(path):
    assert all(Comparison.model_validate(row) for row in json.loads(path.read_text()))


def test_rows_that_differ_in_a_setting_are_named_by_it(capsys, tmp_path):
    folder = tmp_path / "run"
    words = ("run", "quick", "--models", "kmer-svm:compact", "--tasks", "sim-binding")
    for k in ("4", "5"):
        setting = ("--set", f"kmer-svm.k={k}", "--out", str(folder))
        assert run_app([*words, *setting]) == 0
    four, five = (f"kmer-svm:compact k={k}" for k in "45")
    capsys.readouterr()
    code, out, _ = bench(capsys, folder, four, five, "--task", "sim-binding")
    assert code == 0
    assert out.startswith(f"score less that of {five} on sim-binding")
    code, _, err = bench(capsys, folder, "kmer-svm", five, "--task", "sim-binding")
    assert code == 2
    assert f"stands for 2 rows; expected one of '{four}', '{five}'" in err
    code, _, err = bench(capsys, folder, "kmer-svm k", five, "--task", "sim-binding")
    assert "'k' is not setting=value" in err
    fasta = tmp_path / "new.fa"
    fasta.write_text(">a\n" + "ACGT" * 50 + "\n")
    asked = ["predict", str(folder), "--fasta", str(fasta), "--model"]
    assert run_app([*asked, four]) == 0
    assert run_app([*asked, "kmer-svm"]) == 2
    assert "2 cells match, expected one; choose with" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("kmer-svm", "gc", "--task", "sim-binding"), "stands for 2 rows; expected one of"),
        (("kmersvm", "gc", "--task", "sim-binding"), "no finished cell of model 'kmersvm'"),
        (("gc", "gc", "--task", "sim-bindin"), "did you mean 'sim-binding'"),
        (("gc,,gc", "gc", "--task", "sim-binding"), "separated by single commas"),
        (("gc", "--task", "sim-binding"), "one row of sim-binding, 'gc:default': expected two"),
        (("--task", "sim-binding", "--margin", "0"), "--margin 0: expected a positive number"),
        (("--task", "sim-binding", "--margin", "nan"), "--margin nan: expected a positive number"),
    ],
)
def test_mistakes(capsys, folder, words, message):
    code, _, err = bench(capsys, folder, *words)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli.app import run_app

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


def bench(capsys, *arguments):
    code = run_app([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_models_as_json(capsys):
    code, out, _ = bench(capsys, "list", "models", "--json")
    assert code == 0
    models = {model["name"]: model for model in json.loads(out)}
    assert {
        "prevalence",
        "gc",
        "length",
        "position",
        "nearest",
        "pwm",
        "kmer-svm",
        "kmer-logistic",
    } <= set(models)
    model = models["kmer-svm"]
    assert list(model) == ["name", "family", "paper", "year", "tasks", "presets", "summary"]
    assert model["year"] == 2011
    for preset in model["presets"].values():
        assert set(preset) == {"input_length", "parameters", "settings"}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("tasks", "sim-binding"),
        ("datasets", "lsgkm-nfe2"),
        ("suites", "chipseq"),
        ("metrics", "auroc"),
        ("plugins", "kmer-svm"),
    ],
)
def test_every_list_in_both_forms(capsys, what, expected):
    code, text, _ = bench(capsys, "list", what)
    assert code == 0
    assert expected in text
    code, out, _ = bench(capsys, "list", what, "--json")
    rows = json.loads(out)
    assert expected in {row["name"] for row in rows}
    assert all(next(iter(row)) == "name" for row in rows)


@pytest.mark.parametrize(
    "verb",
    [
        [],
        ["list"],
        ["run"],
        ["report"],
        ["predict"],
        ["data"],
        ["data", "list"],
        ["data", "fetch"],
        ["data", "verify"],
        ["data", "build"],
        ["data", "truth"],
    ],
)
def test_every_verb_has_help_with_an_example(capsys, verb):
    code, out, _ = bench(capsys, *verb, "--help")
    assert code == 0
    assert "Usage:" in out
    assert verb in ([], ["data"]) or "Example:" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "quik"], "unknown suite 'quik'; did you mean 'quick'?"),
        (
            ["run", "quick", "--models", "kmersvm"],
            "unknown model 'kmersvm'; did you mean 'kmer-svm'",
        ),
        (["run", "quick", "--models", "kmer-svm:big"], "no preset 'big'"),
        (["run", "quick", "--models", "gc,,pwm"], "separated by single commas"),
        (["run", "quick", "--tasks", "sim-bindin"], "did you mean 'sim-binding'"),
        (["run", "quick", "--budget", "soon"], "budget 'soon': expected such as 90s"),
        (["run", "quick", "--device", "tpu"], "device 'tpu': expected one of cpu, cuda"),
        (["run", "quick", "--precision", "int3"], "precision 'int3'"),
        (["run", "quick", "--precision", "float16"], "expected float32 or bfloat16 on a CPU"),
        (["run", "quick", "--set", "kmer-svm.k"], "expected model.setting=value"),
        (["run", "quick", "--set", "kmersvm.k=3"], "'kmersvm' is not run; did you mean 'kmer-svm'"),
        (["run", "quick", "--set", "kmer-svm.kk=3"], "no setting 'kk'"),
        (["run", "quick", "--set", "kmer-svm.k=many"], "k='many', expected int"),
        (["run", "quick", "--set", "kmer-svm.c=nan"], "c='nan', expected float"),
        (["run", "quick", "--set", "kmer-svm.c=inf"], "c='inf', expected float"),
        (["run", "quick", "--executor", "cloud"], "unknown executor 'cloud'"),
        (["run", "absent.toml"], "absent.toml: no such file"),
        (["run", "quick", "--plugin", "absent.py"], "--plugin"),
        (["report"], "no run under runs/"),
        (["report", "nowhere"], "nowhere: no run here"),
        (["predict", "nowhere", "--fasta", "x.fa", "--model", "gc"], "nowhere: no run here"),
        (["data", "fetch", "lsgkm"], "unknown dataset 'lsgkm'; did you mean 'lsgkm-nfe2'"),
        (["data", "truth", "nfe"], "unknown task 'nfe'; did you mean 'nfe2'"),
    ],
)
def test_a_mistake_is_one_line_and_code_2(capsys, arguments, message):
    code, out, err = bench(capsys, *arguments)
    assert code == 2
    assert message in err
    assert err.startswith("error: ")
    assert len(err.strip().splitlines()) == 1
    assert not out
    assert not list(Path().iterdir())


def test_options_that_no_model_uses_are_told(capsys, toy):
    code, _, err = bench(
        capsys, "run", str(toy()), "--models", "gc", "--seeds", "3", "--budget", "5s"
    )
    assert code == 0
    assert "one seed is enough for gc: it does not depend on it" in err
    assert "no budget holds for gc: it does not keep to one" in err
    assert "1 cell, 0 finished before" in err
    words = ["run", toy(), "--models", "gc,length", "--seeds", "3", "--budget", "5s", "--dry-run"]
    code, _, err = bench(capsys, *words)
    assert "one seed is enough for gc, length: they do not depend on it" in err
    assert "no budget holds for gc, length: they do not keep to one" in err


def test_the_version(capsys):
    assert bench(capsys, "--version")[:2] == (0, "cisbench 0.1.0\n")


def test_wrong_usage_is_code_2(capsys):
    assert bench(capsys, "list", "modles")[0] == 2
    assert bench(capsys, "rn")[0] == 2
    assert bench(capsys, "run", "quick", "--seeds", "0")[0] == 2


def test_the_simple_models_run_on_a_manifest_where_none_is_named(capsys, toy):
    code, out, _ = bench(capsys, "run", toy(), "--dry-run")
    assert code == 0
    assert "gkm-svm" in out
    assert "deepsea" not in out


def test_from_a_manifest_to_scores_of_new_sequences(capsys, toy):
    manifest = toy()
    models = "prevalence,gc,kmer-svm"
    code, out, err = bench(capsys, "run", manifest, "--models", models, "--workers", "2")
    assert code == 0
    assert "3 cells, 0 finished before" in err
    assert "bench report runs/toy" in out
    code, out, _ = bench(capsys, "run", manifest, "--models", models, "--dry-run")
    assert "3 cells, 0 to run" in out
    code, out, _ = bench(
        capsys, "run", manifest, "--models", "kmer-svm", "--set", "kmer-svm.k=3", "--dry-run"
    )
    assert "k=3" in out
    code, out, _ = bench(capsys, "report")
    assert code == 0
    assert Path(out.strip()).is_file()
    leaderboard = Path("runs/toy/report/leaderboard.md").read_text()
    assert "kmer-svm" in leaderboard
    code, out, _ = bench(
        capsys, "predict", "runs/toy", "--model", "kmer-svm", "--fasta",
        manifest.parent / "positives.fa", "--out", "scores.tsv",
    )  # fmt: skip
    assert code == 0
    lines = Path("scores.tsv").read_text().splitlines()
    assert lines[0] == "sequence\tlabel"
    assert len(lines) == 61
    code, out, _ = bench(
        capsys, "predict", "runs/toy", "--model", "gc", "--fasta", manifest.parent / "positives.fa"
    )
    assert len(out.splitlines()) == 61


def test_predict_says_which_models_there_are(capsys, toy):
    manifest = toy()
    assert bench(capsys, "run", manifest, "--models", "gc")[0] == 0
    fasta = manifest.parent / "positives.fa"
    code, _, err = bench(capsys, "predict", "runs/toy", "--model", "cg", "--fasta", fasta)
    assert code == 2
    assert "no finished cell of model 'cg'" in err
    code, _, err = bench(
        capsys, "predict", "runs/toy", "--model", "gc", "--seed", "7", "--fasta", fasta
    )
    assert "0 cells match" in err
    assert "gc:default on toy seed 0" in err or "on toy seed 0" in err


def test_failed_cells_give_code_1(capsys, toy, forget_plugins):
    plugin = ROOT / "tests" / "run" / "toy_models.py"
    arguments = ["run", toy(), "--models", "toy-model", "--plugin", plugin]
    assert bench(capsys, *arguments, "--set", "toy-model.behave=raise")[0] == 1


def test_skipped_cells_are_counted_and_nothing_but_skipped_cells_is_code_1(
    capsys, toy, forget_plugins
):
    plugin = ROOT / "tests" / "run" / "toy_models.py"
    arguments = ["run", toy(), "--plugin", plugin, "--models"]
    code, out, err = bench(capsys, *arguments, "gc,toy-regressor,toy-needy")
    assert code == 0
    assert out == "runs/toy: 1 cell well, 2 skipped (reasons above); see: bench report runs/toy\n"
    assert err.count(": skipped: ") == 2
    code, out, err = bench(capsys, *arguments, "toy-regressor")
    assert code == 1
    assert "runs/toy: every cell that was asked for is skipped (reasons above)" in out
    assert err.count(": skipped: ") == 1
    failing = ("--set", "toy-model.behave=raise")
    code, out, _ = bench(capsys, *arguments, "gc,toy-model,toy-regressor", *failing)
    assert code == 1
    assert "1 cell well, 1 skipped (reasons above), 1 failed (--retry runs them again)" in out
    code, out, _ = bench(capsys, *arguments, "gc")
    assert (code, out.startswith("runs/toy: all cells are well")) == (0, True)


def test_a_broken_plugin_is_a_warning(capsys, tmp_path, forget_plugins):
    path = tmp_path / "broken_plugin.py"
    path.write_text("raise RuntimeError('boom')")
    code, out, err = bench(capsys, "list", "models", "--plugin", path)
    assert code == 0
    assert "kmer-svm" in out
    assert err.startswith("warning: plugin broken_plugin")
    assert "boom" in err
    code, out, _ = bench(capsys, "list", "plugins", "--plugin", path)
    assert "RuntimeError: boom" in out


def test_data_of_a_manifest(capsys, toy):
    manifest = toy()
    code, out, _ = bench(capsys, "data", "list", manifest)
    assert code == 0
    assert "here" in out
    code, out, _ = bench(capsys, "data", "list", "lsgkm-nfe2", "--json")
    assert {row["state"] for row in json.loads(out)} == {"not here"}
    code, out, _ = bench(capsys, "data", "verify", manifest)
    assert (code, out.count("\tok\n")) == (0, 2)
    code, out, _ = bench(capsys, "data", "fetch", manifest)
    assert (code, out.count("positives.fa")) == (0, 1)
    text = manifest.read_text()
    sha = "0" * 64
    manifest.write_text(text.replace('"positives.fa"', f'"positives.fa", sha256 = "{sha}"'))
    code, out, _ = bench(capsys, "data", "verify", manifest)
    assert code == 1
    assert "damaged" in out
    code, _, err = bench(capsys, "run", manifest, "--models", "gc")
    assert code == 2
    assert f"expected {sha}" in err


def test_a_task_without_the_validation_items_that_were_asked_for_is_a_warning(capsys, toy):
    manifest = toy()
    manifest.write_text(manifest.read_text().replace("valid = 0.2", "valid = 0.001"))
    for words in (["data", "build", manifest], ["run", manifest, "--models", "gc"]):
        code, _, err = bench(capsys, *words)
        assert code == 0
        (line,) = [line for line in err.splitlines() if line.startswith("warning: ")]
        assert line.startswith("warning: task toy: 0 valid, 72 train and 48 test items, though")
        assert "raise valid in the manifest" in line


def test_data_build_and_truth(capsys):
    code, out, _ = bench(capsys, "data", "build", "sim-binding")
    assert code == 0
    assert out.startswith("sim-binding: ")
    code, out, _ = bench(capsys, "data", "truth", "sim-binding", "--out", "sites.tsv")
    assert code == 0
    header = Path("sites.tsv").read_text().splitlines()[0].split("\t")
    assert {"chrom", "start", "end", "strand", "factor", "role", "effect"} <= set(header)
    code, out, _ = bench(capsys, "data", "truth", "sim-binding", "--table", "genes")
    assert code == 0
    code, _, err = bench(capsys, "data", "truth", "sim-binding", "--table", "motif")
    assert code == 2
    assert "unknown table 'motif'" in err


def test_the_command_is_installed():
    done = subprocess.run(
        [Path(sys.executable).parent / "bench", "list", "suites"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "quick" in done.stdout


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_one_line_and_nothing_is_half_written(capsys, toy, small_disk):
    manifest = toy()
    filler = small_disk / "filler"
    arguments = ["run", manifest, "--models", "gc", "--out", small_disk / "run"]
    assert bench(capsys, *arguments)[0] == 0
    with filler.open("wb", buffering=0) as stream, pytest.raises(OSError, match="No space"):
        while True:
            stream.write(b"\0" * 4096)
    before = sorted(path for path in small_disk.rglob("*") if path.is_file())
    code, _, err = bench(
        capsys, "run", manifest, "--models", "kmer-svm", "--out", small_disk / "run"
    )
    assert code == 2
    assert "No space left on device" in err
    assert err.strip().splitlines()[-1].startswith("error: ")
    assert "Traceback" not in err
    after = {path for path in small_disk.rglob("*") if path.is_file()} - set(before)
    assert not [path for path in after if path.name.endswith(("tmp", "result.json"))]
    filler.unlink()
    assert bench(capsys, *arguments[:3], "gc,kmer-svm", *arguments[4:])[0] == 0
    code, _, err = bench(capsys, "report", small_disk / "run", "--out", manifest / "deep")
    assert code == 2
    assert "toy.toml is a file" in err


def test_an_output_path_whose_parent_is_a_file(capsys, toy):
    manifest = toy()
    code, _, err = bench(capsys, "run", manifest, "--models", "gc", "--out", manifest / "run")
    assert code == 2
    assert "it or a parent is a file" in err


def test_python_dash_m(tmp_path):
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-m", "bench", "list", "nothing"],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 2

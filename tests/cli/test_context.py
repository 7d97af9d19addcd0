"""`bench context` on runs of small models."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.cli.app import run_app
from bench.data.alphabet import decode
from bench.effects.context import Core, Fill, Flanks
from bench.registry.discovery import discover
from bench.report.reach import EDGES, seen_by
from bench.report.view import view_run
from bench.run.child import load_fitted
from bench.run.prediction import predict_heads
from bench.run.scoring import load_metric
from bench.run.store import RunFolder
from bench.tasks.store import BuiltTask

pytestmark = pytest.mark.slow
PLUGIN = Path(__file__).parent / "context_models.py"
MANIFEST = """
schema = 1
name = "made"
title = "Sequences, genes and reads"
licence = "none"
citation = "made up"
genome = "sim1"

[files]
positives = { path = "positives.fa" }
negatives = { path = "negatives.fa" }

[tasks.sequences]
title = "Sequences without a genome"
kind = "classification"
split = { method = "component", valid = 0.1, test = 0.6 }
items = [
  { file = "positives", format = "fasta", label = 1 },
  { file = "negatives", format = "fasta", label = 0 },
]

[tasks.genes]
title = "Genes with enhancers"
kind = "expression"
split = { method = "chromosome" }
context = 4000
items = [{ format = "simulated", simulation = "expression" }]

[tasks.reads]
title = "Reads along the genome"
kind = "profile"
split = { method = "chromosome" }
context = 8192

[[tasks.reads.items]]
format = "simulated"
simulation = "coverage"
options = { window = 4096, bin_width = 512 }
"""
MODELS = "counter,placed,blind,as-a"
LENGTHS = {"genes": 1001, "reads": 6144}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """One run for each task."""
    folder = tmp_path_factory.mktemp("context")
    rng = np.random.default_rng(0)
    for name, share in (("positives", 0.4), ("negatives", 0.2)):
        weights = [0.4 - share / 2, share, 0.3 - share / 2, 0.3]
        records = [
            f">{name}{row}\n{decode(rng.choice(4, rng.integers(70, 90), p=weights))}\n"
            for row in range(60)
        ]
        (folder / f"{name}.fa").write_text("".join(records))
    (folder / "made.toml").write_text(MANIFEST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_CACHE", str(tmp_path_factory.getbasetemp() / "cache-test_context"))
        words = ["run", str(folder / "made.toml"), "--plugin", str(PLUGIN), "--seeds", "1"]
        for task, models in (
            ("sequences", MODELS),
            ("genes", "placed,further"),
            ("reads", "counter"),
        ):
            more = ["--models", models, "--tasks", task, "--out", str(folder / task)]
            if task in LENGTHS:
                more += ["--set", f"{models.partition(',')[0]}.length={LENGTHS[task]}"]
            assert run_app([*words, *more]) == 0
        yield folder


def bench(capsys, *words):
    code = run_app([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("fill", list(Fill))
def test_sequences_without_a_genome(capsys, tmp_path, runs, fill):
    out = tmp_path / "out"
    asked = ("--model", "counter", "--radii", "3,10:20", "--fill", fill, "--out", out)
    code, told, _ = bench(capsys, "context", runs / "sequences", *asked)
    assert code == 0
    assert {path.name for path in out.iterdir()} == {
        "context.tsv", "context.json", "context.png", "context.svg",
    }  # fmt: skip
    table = pd.read_csv(out / "context.tsv", sep="\t")
    assert list(table) == [
        "radius", "fill", "metric", "value", "low", "high", "kept", "kept_low", "kept_high",
    ]  # fmt: skip
    folder = RunFolder(runs / "sequences")
    result = next(one for one in folder.results() if one.cell.model == "counter")
    task = BuiltTask(Path(result.cell.task_folder))
    reach = int(task.examples("test").lengths.max()) // 2
    assert sorted(set(table["radius"])) == [3, 10, 20, reach]
    assert set(table["fill"]) == {fill}
    for metric in result.metrics:
        full = table[(table["metric"] == metric.metric) & (table["radius"] == reach)].iloc[0]
        expected = (metric.value, metric.low, metric.high, 1, 1, 1)
        assert tuple(full[3:]) == pytest.approx(expected, abs=1e-5)
        assert f"{metric.metric}: {metric.value:.4f} with all; 95 % of" in told
    # One point computed another way.
    model = load_fitted(folder, result.cell.cell_id)
    changed = Flanks(task.examples("test"), fill, Core()).beyond(10)
    truth = folder.truth(result.cell.task_key)
    auroc = load_metric(result.cell.metrics["auroc"])
    value = auroc.value(predict_heads(model, changed, task)[:, 0], truth.targets[:, 0])
    row = table[(table["metric"] == "auroc") & (table["radius"] == 10)].iloc[0]
    assert row["value"] == pytest.approx(value, abs=1e-5)


def test_genes_on_either_strand_and_what_enhancers_add(capsys, tmp_path, runs):
    out = tmp_path / "out"
    asked = ("--model", "placed", "--out", out, "--json")
    code, told, _ = bench(capsys, "context", runs / "genes", *asked)
    assert code == 0
    record = json.loads(told)
    assert record == json.loads((out / "context.json").read_text())
    assert (record["input_length"], record["core"], record["radius_from"]) == (
        1001, [0, 0], "the centre",
    )  # fmt: skip
    curves = {curve["metric"]: curve for curve in record["curves"]}
    assert [point["radius"] for point in curves["pearson-genes"]["points"]] == [
        32, 64, 128, 256, 500,
    ]  # fmt: skip
    result = RunFolder(runs / "genes").results()[0]
    for metric in result.metrics:
        full = curves[metric.metric]["points"][-1]
        assert full["value"] == pytest.approx(metric.value, abs=1e-9)
    table = pd.read_csv(out / "contributions.tsv", sep="\t")
    stretches = zip(table["nearest"], table["furthest"], strict=True)
    assert list(stretches) == list(pairwise(EDGES))
    view = view_run(RunFolder(runs / "genes"), discover([PLUGIN]))
    seen = seen_by(view, next(row for row in view.rows if row.cell.model == "placed"))
    numbers = [(one.share, one.interval.low, one.interval.high) for one in seen]
    assert table[["share", "low", "high"]].to_numpy() == pytest.approx(
        np.array(numbers), rel=1e-4, nan_ok=True
    )


def test_a_model_that_reads_further_than_its_card_says(capsys, tmp_path, runs):
    asked = ("--model", "further", "--radii", "64", "--out", tmp_path / "out")
    code, _, err = bench(capsys, "context", runs / "genes", *asked)
    assert code == 0
    assert "with all 1,000 bp, but" in err
    assert "in the run: the model reads further than its card says" in err


def test_of_profiles_radii_are_counted_from_the_bins(capsys, tmp_path, runs):
    out = tmp_path / "out"
    asked = ("--model", "counter", "--radii", "512", "--fill", "replace", "--out", out, "--json")
    code, told, _ = bench(capsys, "context", runs / "reads", *asked)
    assert code == 0
    record = json.loads(told)
    assert record["core"] == [2048, 2047]
    assert record["radius_from"] == "the predicted bins"
    points = record["curves"][0]["points"]
    assert [point["radius"] for point in points] == [512, 1024]
    assert points[0]["value"] != points[1]["value"]


@pytest.mark.parametrize(
    ("task", "words", "told"),
    [
        ("sequences", ("counter", "--fill", "mas"), "no fill 'mas'; did you mean 'mask'?"),
        ("sequences", ("counter", "--radii", "ten"), "--radii 'ten': expected numbers such as"),
        ("sequences", ("counter", "--radii", "1k"), "bp on either side, expected no more"),
        ("sequences", ("blind",), "model blind reads length, expected one that reads the sequence"),
        ("sequences", ("as-a",), "reads N as A, so that a mask is a sequence to it"),
        ("sequences", ("none",), "no finished cell of model 'none'"),
        ("sequences", ("counter", "--out", "{runs}"), "is there already; name a new folder"),
        ("nowhere", ("counter",), "no run here"),
    ],
)
def test_bad_words(capsys, tmp_path, runs, task, words, told):
    out = tmp_path / "out"
    given = [word.format(runs=runs) for word in words]
    asked = ["context", runs / task, "--out", out, "--model", *given]
    code, _, err = bench(capsys, *asked)
    assert code == 2
    assert told in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_task_that_is_gone(capsys, tmp_path, runs):
    folder = RunFolder(runs / "reads")
    (result,) = folder.results()
    built = Path(result.cell.task_folder)
    away = built.rename(built.with_name("away"))
    try:
        asked = ("context", folder.path, "--model", "counter", "--out", tmp_path / "out")
        code, _, err = bench(capsys, *asked)
    finally:
        away.rename(built)
    assert code == 2
    assert "is no longer there; the same bench run command builds it again" in err
    assert not list(tmp_path.iterdir())


def test_a_profile_model_that_reads_its_bins_alone(capsys, tmp_path, runs):
    words = ["run", runs / "made.toml", "--plugin", PLUGIN, "--seeds", "1", "--models", "counter"]
    more = ["--tasks", "reads", "--set", "counter.length=4096", "--out", tmp_path / "run"]
    assert bench(capsys, *words, *more)[0] == 0
    asked = ("context", tmp_path / "run", "--model", "counter", "--out", tmp_path / "out")
    code, _, err = bench(capsys, *asked)
    assert code == 2
    assert "model counter reads no further than what it predicts" in err
    assert not (tmp_path / "out").exists()

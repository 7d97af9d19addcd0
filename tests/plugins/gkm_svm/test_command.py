"""The verbs of `python -m bench_gkm_svm`, from FASTA files to scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

from bench.data.alphabet import decode, encode
from bench.interface import BenchError
from bench_gkm_svm.command import app

MOTIF = encode("TGACTCAGCA")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    generator = np.random.default_rng(0)
    for name, planted in (("bound", True), ("unbound", False)):
        codes = generator.integers(0, 4, (60, 100), dtype=np.uint8)
        if planted:
            codes[:, 30:40] = MOTIF
        lines = [f">{name}{row} of a set\n{decode(one)}\n" for row, one in enumerate(codes)]
        (tmp_path / f"{name}.fa").write_text("".join(lines))
    return tmp_path


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def table(path: Path) -> dict[str, float]:
    return {name: float(value) for name, value in map(str.split, path.read_text().splitlines())}


@pytest.mark.parametrize("kernel", [2, 3, 4])
def test_a_model_is_trained_and_scores(kernel: int, files: Path) -> None:
    model = files / "m.txt.gz"
    output = run(
        "train", files / "bound.fa", files / "unbound.fa", model, "-t", kernel, "-l", 7, "-k", 5,
        "-d", 2,
    )  # fmt: skip
    assert "objective -" in output
    values = {}
    for name in ("bound", "unbound"):
        run("predict", files / f"{name}.fa", model, files / f"{name}.tsv")
        values |= table(files / f"{name}.tsv")
    assert len(values) == 120
    labels = [not name.startswith("un") for name in values]
    assert roc_auc_score(labels, list(values.values())) > 0.99


def test_weights_give_delta_and_scan(files: Path) -> None:
    model, weights = files / "m.txt", files / "w.tsv"
    run("train", files / "bound.fa", files / "unbound.fa", model, "-l", 7, "-k", 5, "-d", 2)
    run("weights", model, weights)
    assert len(table(weights)) == 4**7 // 2
    flank = "ATTACGGATA"
    (files / "ref.fa").write_text(f">v1\n{flank}{decode(MOTIF)}{flank}\n")
    broken = decode(MOTIF).replace("CTC", "CGC")
    (files / "alt.fa").write_text(f">v1\n{flank}{broken}{flank}\n")
    run("delta", files / "ref.fa", files / "alt.fa", weights, files / "d.tsv")
    assert table(files / "d.tsv")["v1"] < 0
    (files / "genome.fa").write_text(f">chr1\n{'ACGGT' * 100}{decode(MOTIF)}{'ACGGT' * 100}\n")
    run("scan", files / "genome.fa", model, files / "s.bedgraph", "--window", 50, "--step", 10)
    rows = [line.split() for line in (files / "s.bedgraph").read_text().splitlines()]
    best = max(rows, key=lambda row: float(row[3]))
    assert best[0] == "chr1"
    assert 450 < int(best[1]) < 550
    assert all(int(end) - int(start) == 10 for _, start, end, _ in rows)


def test_raw_weights_are_those_of_lmers(files: Path) -> None:
    model = files / "m.txt"
    run("train", files / "bound.fa", files / "unbound.fa", model, "-l", 5, "-k", 4, "-d", 1)
    run("weights", model, files / "raw.tsv", "--raw")
    assert len(table(files / "raw.tsv")) == 4**5 // 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "bound.fa", "unbound.fa", "m", "-t", "7"], "kernel is 7, expected 0 to 5"),
        (["train", "bound.fa", "unbound.fa", "m", "-l", "2"], "l is 2, expected 3 to 12"),
        (
            ["train", "bound.fa", "unbound.fa", "m", "--n-policy", "x"],
            "n_policy is 'x', expected one of",
        ),
        (["predict", "bound.fa", "bound.fa", "o"], "bound.fa: no L, d, k"),
        (["train", "bound.fa", "none.fa", "m"], "none.fa"),
    ],
)
def test_mistakes_are_one_line(words: list[str], message: str, files: Path) -> None:
    given = [str(files / word) if word.endswith((".fa", "m")) else word for word in words]
    before = sorted(files.iterdir())
    with pytest.raises(BenchError, match=message):
        run(*given)
    assert sorted(files.iterdir()) == before

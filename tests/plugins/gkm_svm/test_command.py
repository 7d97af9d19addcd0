"""The verbs of `python -m bench_gkm_svm`, from FASTA files to scores."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

from bench.data.alphabet import decode, encode
from bench.data.fasta import FastaRecord
from bench.interface import BenchError
from bench_gkm_svm.__main__ import main
from bench_gkm_svm.command import app
from bench_gkm_svm.command_input import padded_batches
from bench_gkm_svm.model import GkmSvm
from bench_gkm_svm.word_table import WordTable

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


@pytest.mark.parametrize("kernel", [2, 3])
def test_models_of_cells_are_read_too(kernel: int, files: Path, fitted, planted) -> None:
    model = fitted(GkmSvm, kernel=kernel, l=6, k=4, d=2)
    folder = files / "model"
    folder.mkdir()
    model.save(folder)
    texts = [decode(codes) for codes in planted.sequences[:5]]
    (files / "s.fa").write_text("".join(f">{row}\n{text}\n" for row, text in enumerate(texts)))
    expected = model.predict(planted.examples(rows=slice(0, 5)))
    for target in (1, 2):
        words = ["--target", target, "--n-policy", "skip"]
        run("predict", files / "s.fa", folder, files / "p.tsv", *words)
        found = list(table(files / "p.tsv").values())
        np.testing.assert_allclose(found, expected[:, target - 1], rtol=1e-4, atol=1e-5)
    with pytest.raises(BenchError, match="target is 3, expected 1 to 2"):
        run("predict", files / "s.fa", folder, files / "p.tsv", "--target", 3)
    if kernel == 2:
        run("weights", folder, files / "w.tsv.gz", "--target", 2)
        assert len(WordTable.read(files / "w.tsv.gz").weights) == 4**6


def test_windows_without_any_lmer_have_no_score(files: Path, model: Path) -> None:
    text = f"{'N' * 300}{'ACGGT' * 40}{'N' * 300}"
    (files / "n.fa").write_text(f">c\n{text}\n>tiny\nACGT\n")
    told = run("scan", files / "n.fa", model, files / "s", "--window", 60, "--step", 20)
    assert "tiny is shorter than the window of 60 bp" in told
    starts = [int(line.split()[1]) - 20 for line in (files / "s").read_text().splitlines()]
    # A window of 60 bp holds a 5-mer of the 200 bp from 300 on.
    assert starts == [start for start in range(0, 741, 20) if 300 - 55 <= start <= 500 - 5]


def test_raw_weights_are_those_of_lmers(files: Path) -> None:
    model = files / "m.txt"
    run("train", files / "bound.fa", files / "unbound.fa", model, "-l", 5, "-k", 4, "-d", 1)
    run("weights", model, files / "raw.tsv", "--raw")
    assert len(table(files / "raw.tsv")) == 4**5 // 2


@pytest.fixture
def model(files: Path) -> Path:
    """A trained model, with files of all kinds of mistakes beside it."""
    path = files / "good.m"
    run("train", files / "bound.fa", files / "unbound.fa", path, "-l", 5, "-k", 4, "-d", 1)
    (files / "empty.fa").write_text("")
    (files / "letters.fa").write_text(">a\nACGT!\n")
    (files / "short.fa").write_text(">a\nACG\n")
    (files / "one.fa").write_text(">a\nACGTACGT\n")
    (files / "other.fa").write_text(">b\nACGTACGA\n")
    (files / "binary.m").write_bytes(bytes(range(128, 256)))
    words = ["".join(letters) for letters in product("ACGT", repeat=2)]
    (files / "good.w").write_text("".join(f"{word}\t0.5\n" for word in words))
    (files / "line.w").write_text("# words\n\nAC\t0.5\nAG\tx\n")
    (files / "wide.w").write_text("AC\t0.5\nAG\t1\t2\n")
    (files / "long.w").write_text(f"{'A' * 16}\t0.5\n")
    (files / "part.w").write_text("AC\t0.5\n")
    (files / "empty.w").write_text("")
    (files / "folder").mkdir()
    (files / "other.m").write_text(path.read_text().replace("gkm_esttrunc", "wgkm"))
    return path


TRAIN = "train bound.fa unbound.fa new.m"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{TRAIN} -t 7", "kernel is 7, expected 0 to 5"),
        (f"{TRAIN} -l 2", "l is 2, expected 3 to 12"),
        (f"{TRAIN} -k 5 -l 7 -d 3", "d is 3, but LS-GKM reads no d above 2"),
        (f"{TRAIN} -c 0", "c is 0, expected a positive number"),
        (f"{TRAIN} -c nan", "c is nan, expected a positive number"),
        (f"{TRAIN} -w -1", "positive_weight is -1, expected 0 or more"),
        (f"{TRAIN} -e -1", "tolerance is -1, expected a positive number"),
        (f"{TRAIN} --n-policy x", "n_policy is 'x', expected one of"),
        (f"{TRAIN} --device gpu", "device is 'gpu', expected cpu or cuda"),
        (f"{TRAIN} --device cuda:99", "device is 'cuda:99', but torch sees"),
        (f"{TRAIN} --nothing", "No such option"),
        ("train bound.fa unbound.fa folder", "it is a folder"),
        ("train bound.fa unbound.fa bound.fa/new.m", "cannot write"),
        ("train bound.fa none.fa new.m", "none.fa: no such file"),
        ("train bound.fa empty.fa new.m", "empty.fa: empty, expected at least one record"),
        ("train bound.fa letters.fa new.m", "letters.fa:2: letter '!'"),
        ("train bound.fa short.fa new.m -l 5 -k 4 -d 1", "hold no 5-mer"),
        ("predict bound.fa bound.fa new.tsv", "bound.fa: no svm_type, kernel_type, L"),
        ("predict bound.fa none.m new.tsv", "none.m: no such file"),
        ("predict bound.fa binary.m new.tsv", "binary.m:1: no text, expected a model"),
        ("predict bound.fa good.m folder", "it is a folder"),
        ("weights good.m new.w --length 13", "words of 13 bp, expected 5"),
        ("delta one.fa other.fa good.w new.tsv", "other.fa:1: record 'b', expected 'a'"),
        ("delta one.fa bound.fa good.w new.tsv", "bound.fa:1: record 'bound0', expected 'a'"),
        ("delta one.fa short.fa none.w new.tsv", "none.w: no such file"),
        ("delta one.fa one.fa line.w new.tsv", "line.w:4: 'AG' and 'x', expected a word of 2"),
        ("delta one.fa one.fa wide.w new.tsv", "wide.w:2: 'AG 1 2', expected two columns"),
        ("delta one.fa one.fa long.w new.tsv", "long.w:1: 'AAAAAAAAAAAAAAAA', expected words of"),
        ("delta one.fa one.fa part.w new.tsv", "part.w: AA and its reverse complement have no"),
        ("delta one.fa one.fa empty.w new.tsv", "empty.w: empty, expected words and weights"),
        ("delta one.fa one.fa binary.m new.tsv", "binary.m:1: no text"),
        ("scan bound.fa good.m new.bed --step 0", "window 200 and step 0, expected"),
        ("scan bound.fa other.m new.bed", "kernel 4 weighs l-mers by their distance"),
    ],
)
def test_mistakes_are_one_line(
    line: str,
    message: str,
    files: Path,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert model.is_file()
    before = sorted(files.iterdir())
    monkeypatch.chdir(files)
    monkeypatch.setattr("sys.argv", ["bench_gkm_svm", *line.split()])
    capsys.readouterr()
    try:
        code = main()
    except SystemExit as end:
        code = end.code
    told = capsys.readouterr().err
    assert code == 2, told
    assert message in told
    assert "Traceback" not in told
    foreseen = [line for line in told.splitlines() if "foreseen" not in line]
    assert message in foreseen[-1]
    assert len(foreseen) == 1 or "Usage" in told
    assert sorted(files.iterdir()) == before


def test_sequences_shorter_than_a_word_are_no_alleles(files: Path, model: Path) -> None:
    run("weights", model, files / "w")
    with pytest.raises(BenchError, match=r"short.fa:1: record 'a' has 3 bp, expected at least 5"):
        run("delta", files / "short.fa", files / "short.fa", files / "w", files / "o")


def test_one_strand_gives_a_weight_to_each_word(files: Path, model: Path) -> None:
    one_strand = files / "norc.m"
    one_strand.write_text(model.read_text().replace("norc 0", "norc 1"))
    for extra in ([], ["--raw"]):
        run("weights", one_strand, files / "w", *extra)
        found = table(files / "w")
        assert len(found) == 4**5
        assert found["TTACA"] != found["TGTAA"]
    run("weights", one_strand, files / "w")
    (files / "words.fa").write_text(">TTACA\nTTACA\n>TGTAA\nTGTAA\n")
    run("predict", files / "words.fa", one_strand, files / "p")
    for word, value in table(files / "p").items():
        assert table(files / "w")[word] == pytest.approx(value, abs=1e-5)
    read = WordTable.read(files / "w")
    read.write(files / "again")
    assert table(files / "again") == pytest.approx(table(files / "w"), abs=1e-6)


def test_support_sequences_with_n_are_told(files: Path) -> None:
    text = (files / "bound.fa").read_text().replace("TGACTCAGCA", "TGACTCANCA")
    (files / "n.fa").write_text(text)
    words = ["-l", 5, "-k", 4, "-d", 1]
    told = run("train", files / "n.fa", files / "unbound.fa", files / "m", *words)
    assert "which LS-GKM reads as A" not in told
    told = run(
        "train", files / "n.fa", files / "unbound.fa", files / "m", *words, "--n-policy", "skip"
    )
    assert "support sequences hold an N, which LS-GKM reads as A" in told


def test_batches_hold_all_records_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    records = [
        FastaRecord(str(row), "", generator.integers(0, 5, size, dtype=np.uint8), row)
        for row, size in enumerate([3, 40, 5, 6, 7, 100, 2])
    ]
    monkeypatch.setattr("bench_gkm_svm.command_input.BATCH_BASES", 90)
    parts = list(padded_batches(records, "skip"))
    assert [codes.shape for codes, _ in parts] == [(2, 40), (3, 7), (1, 100), (1, 2)]
    rows = [
        code[:length]
        for codes, lengths in parts
        for code, length in zip(codes, lengths, strict=True)
    ]
    for row, record in zip(rows, records, strict=True):
        np.testing.assert_array_equal(row, record.codes)
    as_a = next(padded_batches(records, "lsgkm"))[0]
    assert as_a.max() == 3

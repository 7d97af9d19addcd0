"""`bench variants`, `bench ism` and `bench motifs` on a model that a run has fitted."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from bench.cli.app import run_app
from bench.data.alphabet import LETTERS, decode, encode
from bench.data.examples import ArrayExamples
from bench.data.motifs import Motif, read_motifs, write_meme
from bench.run.child import load_fitted
from bench.run.store import RunFolder
from bench.tasks.genomes import simulated_store

pytestmark = pytest.mark.slow
HEAD = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
MODEL = ("--model", "kmer-svm")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """The folder that `own_cache` gives to the tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.getbasetemp() / "cache-test_effects"
        patch.setenv("BENCH_CACHE", str(folder))
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory, cache):
    out = tmp_path_factory.mktemp("run") / "quick"
    code = run_app(
        ["run", "quick", "--models", "kmer-svm", "--tasks", "sim-binding", "--out", str(out)]
    )
    assert code == 0
    return out


@pytest.fixture(scope="module")
def genome(cache):
    return simulated_store("sim1")


@pytest.fixture(scope="module")
def fitted(run):
    (result,) = RunFolder(run).results()
    return load_fitted(RunFolder(run), result.cell.cell_id)


def bench(capsys, *arguments):
    code = run_app([str(word) for word in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def lines_of(genome, chrom, places):
    for number, place in enumerate(places):
        code = int(genome.sequence(chrom, place, place + 1)[0])
        alts = ",".join(letter for letter in "ACGT" if letter != LETTERS[code])
        yield f"{chrom}\t{place + 1}\trs{number}\t{LETTERS[code]}\t{alts}\t.\t.\t."


def test_variants(capsys, tmp_path, run, genome, fitted):
    chrom = next(iter(genome.chromosomes))
    places = [0, 5, *range(10_000, 10_040)]
    vcf = tmp_path / "given.vcf"
    vcf.write_text(HEAD + "\n".join(lines_of(genome, chrom, places)) + "\n")
    outputs = [tmp_path / name for name in ("out.vcf.gz", "out.tsv", "out.parquet")]
    asked = [word for path in outputs for word in ("--out", path)]
    code, _, err = bench(capsys, "variants", run, *MODEL, "--vcf", vcf, *asked)
    assert code == 0
    assert "126 variants in" in err
    frame = pd.read_parquet(outputs[2])
    (target,) = RunFolder(run).task(RunFolder(run).results()[0].cell.task_key).target_names
    row = frame[(frame["pos"] == 10_001)].iloc[0]
    window = genome.sequence(chrom, 10_000 - 100, 10_000 + 100)
    changed = window.copy()
    changed[100] = LETTERS.index(row["alt"])
    before, after = fitted.predict(ArrayExamples([window, changed]))[:, 0]
    assert row[target] == pytest.approx(after - before)
    assert row[f"{target} alt"] == pytest.approx(after)


def test_what_does_not_fit_is_an_error_or_counted(capsys, tmp_path, run, genome):
    chrom = next(iter(genome.chromosomes))
    (line,) = lines_of(genome, chrom, [10_000])
    fields = line.split("\t")
    wrong = [*fields[:3], fields[4][0], fields[3], *fields[5:]]
    vcf, out = tmp_path / "given.vcf", tmp_path / "out.vcf"
    vcf.write_text(HEAD + line + "\n" + "\t".join(wrong) + "\n")
    asked = ("variants", run, *MODEL, "--vcf", vcf, "--out", out)
    code, _, err = bench(capsys, *asked)
    assert code == 2
    assert f"error: {vcf}:4: REF {fields[4][0]!r}, but genome sim1 has {fields[3]!r}" in err
    assert not out.exists()
    code, _, err = bench(capsys, *asked, "--skip-mismatch")
    assert code == 0
    assert "left out: 1 alleles: does not fit the genome" in err
    assert "line 4: REF" in err
    assert len(out.read_text().splitlines()) == 5
    assert (tmp_path / "out.vcf.left-out.tsv").read_text().startswith("line\treason\n4\tREF")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ((), "expected either --vcf or --table"),
        (("--vcf", "none.vcf"), "none.vcf: no such file"),
        (("--vcf", "{vcf}", "--out", "{vcf}"), "is the input; name another output"),
        (("--vcf", "{vcf}", "--score", "logodds"), "no score 'logodds'; did you mean 'log-odds'?"),
        (("--vcf", "{vcf}", "--score", "l2"), "score l2 does not fit"),
        (("--vcf", "{vcf}", "--build", "hg38"), "alleles are on build hg38, but the model was fit"),
        (("--vcf", "{vcf}", "--shifts", "400"), "shift 400 moves a variant out of a window"),
        (("--vcf", "{vcf}", "--targets", "none"), "no target 'none'"),
        (("--vcf", "{vcf}", "--head", "none"), "no head 'none'"),
    ],
)
def test_bad_words_of_variants(capsys, tmp_path, monkeypatch, run, more, told):
    monkeypatch.chdir(tmp_path)
    vcf = tmp_path / "given.vcf"
    vcf.write_text(HEAD)
    words = [word.format(vcf=vcf) for word in more]
    code, _, err = bench(capsys, "variants", run, *MODEL, "--out", tmp_path / "o.tsv", *words)
    assert code == 2
    assert told in err
    assert err.count("\n") == 1


def test_saturation_of_a_region(capsys, tmp_path, run, genome, fitted):
    chrom = next(iter(genome.chromosomes))
    region = f"{chrom}:10,001-10,080"
    out = tmp_path / "ism"
    asked = ("ism", run, *MODEL, "--region", region, "--deletions", "3", "--insertion", "gata")
    code, told, _ = bench(capsys, *asked, "--out", out)
    assert code == 0
    assert "1 figures" in told
    table = pd.read_csv(out / "substitutions.tsv", sep="\t")
    assert len(table) == 240
    assert table["pos"].min() == 10_001
    target = table.columns[-1]
    window = genome.sequence(chrom, 10_000 - 60, 10_000 + 140)
    changed = window.copy()
    row = table[(table["pos"] == 10_011)].iloc[0]
    changed[70] = LETTERS.index(row["alt"])
    before, after = fitted.predict(ArrayExamples([window, changed]))[:, 0]
    assert row[target] == pytest.approx(after - before, abs=1e-5)
    importance = pd.read_csv(out / "importance.tsv", sep="\t")
    assert "".join(importance["base"]) == decode(genome.sequence(chrom, 10_000, 10_080))
    means = table.groupby("pos")[target].mean().to_numpy()
    assert importance[target].to_numpy() == pytest.approx(-means, abs=1e-6)
    assert len(pd.read_csv(out / "deletions.tsv", sep="\t")) == 78
    inserted = pd.read_csv(out / "insertions.tsv", sep="\t")
    assert len(inserted) == 80
    assert set(inserted["alt"]) == {"GATA"}
    assert len(list(out.glob("*.png"))) == len(list(out.glob("*.svg"))) == 1
    # The shorter way finds the same.
    bench(capsys, *asked, "--naive", "--out", tmp_path / "naive")
    naive = pd.read_csv(tmp_path / "naive" / "substitutions.tsv", sep="\t")
    assert np.allclose(naive[target], table[target], atol=1e-5)
    code, _, err = bench(capsys, *asked, "--out", out)
    assert code == 2
    assert "is there already" in err


def test_saturation_of_sequences(capsys, tmp_path, run, fitted):
    fasta = tmp_path / "given.fa"
    long = "a$_$b" + "x" * 300
    fasta.write_text(f">{long}\nACGTTGCAAGTCCATGACCTAGGATTACAGG\n>two\nACGTNGCAAGTCC\n")
    out = tmp_path / "ism"
    code, _, _ = bench(capsys, "ism", run, *MODEL, "--fasta", fasta, "--out", out)
    assert code == 0
    table = pd.read_csv(out / "substitutions.tsv", sep="\t")
    assert table.groupby("sequence").size().to_dict() == {long: 93, "two": 36}
    assert len(list(out.glob("*.png"))) == 2
    changed = tmp_path / "changed"
    more = ("--deletions", "3", "--insertion", "GATA", "--out", changed)
    assert bench(capsys, "ism", run, *MODEL, "--fasta", fasta, *more)[0] == 0
    # A sequence that is read whole becomes longer and shorter.
    whole = "ACGTTGCAAGTCCATGACCTAGGATTACAGG"
    for name, cut in (
        ("insertions", whole[:9] + "GATA" + whole[9:]),
        ("deletions", whole[:9] + whole[12:]),
    ):
        rows = pd.read_csv(changed / f"{name}.tsv", sep="\t")
        row = rows[(rows["sequence"] == long) & (rows["pos"] == 10)].iloc[0]
        before, after = (
            fitted.predict(ArrayExamples([encode(text)]))[0, 0] for text in (whole, cut)
        )
        assert row.iloc[-1] == pytest.approx(after - before, abs=1e-5)
    more = ("--deletions", "14", "--out", tmp_path / "more")
    code, _, err = bench(capsys, "ism", run, *MODEL, "--fasta", fasta, *more)
    assert code == 2
    assert "two has 13 bases, fewer than a deletion of 14" in err
    assert not (tmp_path / "more").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ((), "expected --region or --fasta"),
        (("--region", "chr1"), "region 'chr1', expected chrom:first-last"),
        (("--region", "nowhere:1-10"), "genome sim1 has no chromosome 'nowhere'"),
        (("--region", "{chrom}:,-,"), "expected chrom:first-last"),
        (("--region", "{chrom}:10-1"), "expected 1 <= first <= last <="),
        (("--region", "{chrom}:0-1"), "expected 1 <= first"),
        (("--region", "{chrom}:1-10", "--insertion", "AXA"), "--insertion 'AXA': letter 'X'"),
    ],
)
def test_bad_words_of_ism(capsys, tmp_path, run, genome, more, told):
    words = [word.format(chrom=next(iter(genome.chromosomes))) for word in more]
    out = tmp_path / "ism"
    code, _, err = bench(capsys, "ism", run, *MODEL, "--out", out, *words)
    assert code == 2
    assert told in err
    assert err.count("\n") == 1
    assert not out.exists()


SCORES = ("auroc", "auprc", "equal", "precision", "recall", "f1")


def test_motif_recovery(capsys, tmp_path, run):
    out = tmp_path / "motifs"
    code, told, err = bench(capsys, "motifs", run, *MODEL, "--items", "30", "--out", out)
    assert (code, err) == (0, "")
    bases = pd.read_csv(out / "bases.tsv", sep="\t")
    assert bases["target"].tolist() == ["SIMF07_CT1"]
    row = bases.iloc[0]
    assert (row["items"], row["bases"]) == (30, 30 * 200)
    assert 0.1 < row["prevalence"] < 0.4
    # The model has learnt something, though not all.
    assert 0.6 < row["auroc"] < 0.95
    for name in SCORES:
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]
    sites = pd.read_csv(out / "sites.tsv", sep="\t").set_index("bases")
    assert sites.loc["SIMF07", "equal"] > sites.loc["SIMF09", "equal"]
    assert (sites.loc["SIMF07", "kind"], sites.loc["SIMF09", "kind"]) == (
        "functional",
        "functional elsewhere",
    )
    assert sites.loc["all decoys", "count"] > 0
    filters = pd.read_csv(out / "filters.tsv", sep="\t")
    best = filters.iloc[0]
    assert best["motif"] in {"SIMF07", "SIMF08"}
    assert best["correlation"] > 0.9
    assert best["q_value"] < 0.05
    written = read_motifs(out / "filters.meme")
    assert {motif.name for motif in written} == set(filters["filter"])
    record = json.loads((out / "motifs.json").read_text())
    assert record["recovery"][0]["auroc"]["value"] == pytest.approx(row["auroc"], abs=1e-5)
    assert record["motifs"]["source"] == "simulated"
    assert "SIMF07" in record["motifs"]["named"]
    assert (out / "motifs.png").stat().st_size > 10_000
    assert f"AUROC {row['auroc']:.3f}" in told


def test_motifs_of_a_file_and_json(capsys, tmp_path, run):
    known = tmp_path / "known.meme"
    write_meme(known, [Motif("mine$", np.eye(4)[[2, 3, 0, 2, 1, 3, 0, 3]])], np.full(4, 0.25))
    out = tmp_path / "motifs"
    asked = ("motifs", run, *MODEL, "--items", "5", "--motifs", known, "--out", out)
    code, told, err = bench(capsys, *asked, "--json")
    assert (code, err) == (0, "")
    record = json.loads(told)
    assert record == json.loads((out / "motifs.json").read_text())
    assert record["motifs"]["known"] == 1
    assert record["motifs"]["matches"][0]["motif"] == "mine$"
    # No item may hold a repeat: what is not known is null.
    assert "NaN" not in told
    code, _, err = bench(capsys, *asked)
    assert code == 2
    assert "is there already" in err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--motifs", "none.meme"), "none.meme: no such file"),
        (("--motifs", "{bad}"), "2: alphabet 'ACGU', expected 'ACGT'"),
        (("--targets", "none"), "no target 'none'"),
        (("--seed", "7"), "0 cells match"),
        (("--score", "l2"), "score l2 does not fit"),
    ],
)
def test_bad_words_of_motifs(capsys, tmp_path, run, more, told):
    bad = tmp_path / "bad.meme"
    bad.write_text("MEME version 4\nALPHABET= ACGU\n")
    out = tmp_path / "motifs"
    words = [word.format(bad=bad) for word in more]
    code, _, err = bench(capsys, "motifs", run, *MODEL, "--out", out, *words)
    assert code == 2
    assert told in err
    assert err.count("\n") == 1
    assert not out.exists()


def test_a_task_that_is_gone(capsys, tmp_path, run):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    (result,) = RunFolder(copy).results()
    path = copy / "cells" / result.cell.cell_id
    for name in ("cell.json", "result.json"):
        text = (path / name).read_text().replace(result.cell.task_folder, str(tmp_path / "gone"))
        (path / name).write_text(text)
    code, _, err = bench(capsys, "motifs", copy, *MODEL, "--out", tmp_path / "out")
    assert code == 2
    assert "`bench data build sim-binding` makes it again" in err

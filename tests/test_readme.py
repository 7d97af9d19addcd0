"""What the README shows works as printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.cli.app import run_app
from bench.data.alphabet import decode
from tests.conftest import write_fasta
from tests.installing import import_path, install

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def block(language: str, holds: str, page: str = README) -> str:
    """The one code block of that language that holds some text."""
    (found,) = [
        text for text in re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL) if holds in text
    ]
    return found


def commands(start: str) -> list[str]:
    """`bench` commands of the section that has that title."""
    section = README.split(f"## {start}\n")[1].split("\n## ")[0]
    return re.findall(r"^    bench (.*)$", section, re.MULTILINE)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bench(line: str) -> int:
    return run_app(line.split())


def test_your_own_data(elsewhere, capsys):
    rng = np.random.default_rng(0)
    for name in ("peaks.fa", "background.fa", "new.fa"):
        write_fasta(elsewhere / name, rng.integers(0, 4, (120, 80), dtype=np.uint8))
    (elsewhere / "my-data.toml").write_text(block("toml", "my-factor"))
    lines = commands("Bring your own data")
    assert len(lines) == 4
    assert [bench(line) for line in lines] == [0, 0, 0, 0]
    out = capsys.readouterr().out
    assert len(out.splitlines()) > 120
    assert "my-factor: " in out


@pytest.mark.slow
def test_a_model_of_your_own(elsewhere, forget_plugins, capsys):
    (elsewhere / "my_model.py").write_text(block("python", "my_model.py"))
    lines = commands("Add a model")[4:]
    assert [bench(line) for line in lines] == [0, 0, 0]
    assert "my-forest" in Path("runs/quick/report/leaderboard.md").read_text()


@pytest.mark.slow
def test_a_model_in_a_package(elsewhere, tmp_path):
    new, check, run, report = commands("Add a model")[:4]
    paths: list[Path] = []

    def typed(line: str) -> int:
        command = [sys.executable, "-m", "bench", *line.split()]
        environment = dict(os.environ) | {"PYTHONPATH": import_path(paths)}
        return subprocess.run(command, env=environment, cwd=tmp_path, check=False).returncode

    assert typed(new) == 0
    paths += install(elsewhere / "my-model", elsewhere / "site")
    assert [typed(line) for line in (check, f"{run} --tasks sim-binding", report)] == [0, 0, 0]
    assert "my-model" in Path("runs/quick/report/leaderboard.md").read_text()


def test_the_model_of_the_interface_reference(elsewhere, forget_plugins, capsys):
    page = (ROOT / "docs/reference/interface.md").read_text()
    (elsewhere / "motif_count.py").write_text(block("python", "MotifCount", page))
    assert bench("check motif-count --plugin motif_count.py") == 0
    run = "run quick --plugin motif_count.py --models motif-count --tasks sim-binding"
    assert bench(run) == bench("report") == 0
    rng = np.random.default_rng(0)
    write_fasta(elsewhere / "new.fa", rng.integers(0, 4, (3, 80), dtype=np.uint8))
    assert bench("predict runs/quick --model motif-count --fasta new.fa") == 0
    assert "motif-count" in Path("runs/quick/report/leaderboard.md").read_text()


CHROMOSOMES = ("chrA", "chrB", "chrC")
HEAD = 'schema = 1\nname = "mine"\ntitle = "t"\nlicence = "l"\ncitation = "c"\n'


def test_the_tasks_of_the_manifest_reference(elsewhere, capsys):
    page = (ROOT / "docs/reference/manifest.md").read_text()
    rng = np.random.default_rng(0)
    rows = ["id\tseq\tgene\tK562\tHepG2"]
    for row in range(60):
        sequence = decode(rng.integers(0, 4, 80, dtype=np.uint8))
        rows.append(f"i{row}\t{sequence}\tg{row // 3}\t{row % 7}\t{row % 5 or 'NA'}")
    (elsewhere / "mpra.tsv").write_text("\n".join(rows) + "\n")
    (elsewhere / "mpra.toml").write_text(HEAD + block("toml", "my-mpra", page))
    chromosomes = [f"chr{number}" for number in (1, 7, 8)]
    genome = [
        f">{name}\n{decode(rng.integers(0, 4, 20_000, dtype=np.uint8))}\n" for name in chromosomes
    ]
    (elsewhere / "hg38.fa").write_text("".join(genome))
    peaks = [
        f"{name}\t{start}\t{start + 300}\tp\t0\t.\t1\t-1\t-1\t150\n"
        for name in chromosomes
        for start in range(1000, 9000, 1000)
    ]
    (elsewhere / "peaks.narrowPeak").write_text("".join(peaks))
    (elsewhere / "peaks.toml").write_text(HEAD + block("toml", "my-peaks", page))
    assert bench("data build mpra.toml peaks.toml") == 0
    told = capsys.readouterr().out
    assert "my-mpra: 42 train, 6 valid, 12 test" in told
    assert "my-peaks: 16 train, 16 valid, 16 test" in told


def test_the_variants_of_the_manifest_reference(elsewhere, capsys):
    page = (ROOT / "docs/reference/manifest.md").read_text()
    rng = np.random.default_rng(0)
    genome = {name: decode(rng.integers(0, 4, 20_000, dtype=np.uint8)) for name in CHROMOSOMES}
    fasta = "".join(f">{name}\n{bases}\n" for name, bases in genome.items())
    (elsewhere / "mine1.fa").write_text(fasta)
    places = [(name, start) for name in genome for start in range(1000, 9000, 400)]
    peaks = "".join(f"{name}\t{start}\t{start + 300}\n" for name, start in places)
    (elsewhere / "atac.bed").write_text(peaks)
    rows = ["chrom\tpos\tref\talt\tbeta"]
    for number, (name, start) in enumerate(places):
        ref = genome[name][start + 9_000]
        rows.append(
            f"{name}\t{start + 9_001}\t{ref}\t{'CGTA'['ACGT'.index(ref)]}\t{number % 5 - 2}"
        )
    (elsewhere / "eqtl.tsv").write_text("\n".join(rows) + "\n")
    (elsewhere / "mine.toml").write_text(block("toml", "my-eqtl", page))
    assert bench("run mine.toml --models kmer-svm") == 0
    assert "on my-eqtl" in capsys.readouterr().err


def test_what_is_listed_exists(elsewhere, capsys):
    assert bench("list models") == bench("list suites") == 0
    listed = set(re.findall(r"^(\S+)", capsys.readouterr().out, re.MULTILINE))
    tables = README.split("## What is in it\n")[1]
    named = re.findall(
        r"`([a-z][a-z-]+)`", "".join(re.findall(r"^\|(.*?)\|", tables, re.MULTILINE))
    )
    assert len(named) > 8
    assert set(named) <= listed
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link

"""Tasks that are built from small files."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from bench.data.alphabet import decode
from bench.data.manifest import read_manifest
from bench.tasks.build import TaskSource
from bench.tasks.kinds import CLASSIFICATION
from tests.tasks.manifests import HEAD


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Write files and a manifest, and return the source of its one task."""
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))

    def source(body, files=(), rules=CLASSIFICATION):
        for name, text in dict(files).items():
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        path = tmp_path / "mine.toml"
        listed = "".join(f'{name.split(".")[0]} = {{ path = "{name}" }}\n' for name in dict(files))
        path.write_text(
            f"{HEAD}\n{body.split('[tasks')[0]}\n[files]\n{listed}\n[tasks"
            + body.split("[tasks", 1)[1]
        )
        return TaskSource(read_manifest(path), path, "mine", rules)

    return source


@pytest.fixture
def genomic_files():
    rng = np.random.default_rng(4)
    genome = {
        chrom: rng.integers(0, 4, 30_000, dtype=np.uint8)
        for chrom in ("chrI", "chrIV", "chrXI", "chrII")
    }
    fasta = "".join(f">{chrom}\n{decode(codes)}\n" for chrom, codes in genome.items())
    peaks = "".join(
        f"{chrom}\t{start}\t{start + 300}\tp\t0\t.\t1\t-1\t-1\t{summit}\n"
        for chrom in genome
        for start, summit in [(1000, 20), (5000, -1), (9000, 200), (15_000, 150)]
    )
    return genome, {"genome.fa.gz": gzip.compress(fasta.encode()), "peaks.narrowPeak": peaks}

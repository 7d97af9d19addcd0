"""Tasks with and without planted faults."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audit.leakage.audit import audit
from bench.data.alphabet import decode
from bench.data.manifest import read_manifest
from bench.tasks.build import TaskSource, open_or_build
from bench.tasks.kinds import CLASSIFICATION, REGRESSION

MANIFEST = """
schema = 1
name = "planted"
title = "t"
licence = "l"
citation = "c"
[files]
table = {{ path = "items.tsv" }}
[tasks.planted]
title = "t"
kind = "{kind}"
split = {{ method = "given" }}
overlap = "unchecked"
[[tasks.planted.items]]
file = "table"
format = "table"
sequence = "seq"
item = "id"
split_column = "split"
targets = {targets}
"""
RULES = {"classification": CLASSIFICATION, "regression": REGRESSION}
MOTIFS = np.array(
    [
        [3, 2, 0, 1, 3, 1, 0, 2, 1, 0],
        [2, 2, 0, 3, 3, 0, 1, 3, 2, 1],
        [0, 1, 1, 3, 0, 2, 0, 3, 1, 2],
    ],
    dtype=np.uint8,
)


SHARE = 0.05
"""Of the test items, in which a fault is planted."""


def mutated(codes, identity, rng):
    """Substitute bases, so that about so large a share of them stays."""
    changed = rng.random(len(codes)) < 1 - identity
    return np.where(changed, (codes + rng.integers(1, 4, len(codes))) % 4, codes).astype(np.uint8)


class Draft:
    """Random items, of which those that are active hold a motif; a test may change them."""

    def __init__(self, train=400, valid=60, test=200, length=200):
        rng = self.rng = np.random.default_rng(0)
        self.split = ["train"] * train + ["valid"] * valid + ["test"] * test
        self.codes = [rng.integers(0, 4, length, dtype=np.uint8) for _ in self.split]
        self.truth = rng.integers(0, 2, len(self.split)).astype(float)
        self.others = np.zeros((len(self.split), 0))
        """Further targets, which no motif stands for."""
        for row in np.flatnonzero(self.truth):
            for motif in MOTIFS:
                place = rng.integers(0, length - len(motif))
                self.codes[row][place : place + len(motif)] = motif

    def rows(self, split):
        return [row for row, own in enumerate(self.split) if own == split]

    def pairs(self, share):
        """Rows of test items, so large a share of them, each with one of a training item."""
        test = self.rows("test")
        return list(zip(test[: round(share * len(test))], self.rows("train"), strict=False))

    @property
    def targets(self):
        return ["y", *(f"z{column}" for column in range(self.others.shape[1]))]

    def text(self):
        lines = [
            "\t".join((f"i{row}", decode(codes), split, f"{value:g}", *map(str, others)))
            for row, (codes, split, value, others) in enumerate(
                zip(self.codes, self.split, self.truth, self.others.astype(int), strict=True)
            )
        ]
        return "\t".join(("id", "seq", "split", *self.targets)) + "\n" + "\n".join(lines) + "\n"


@pytest.fixture
def draft():
    return Draft()


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Build the task of a draft."""
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))

    def built(draft, kind="classification"):
        (tmp_path / "items.tsv").write_text(draft.text())
        path = tmp_path / "planted.toml"
        path.write_text(MANIFEST.format(kind=kind, targets=draft.targets))
        return open_or_build(TaskSource(read_manifest(path), path, "planted", RULES[kind]))

    return built


@pytest.fixture
def audited(build):
    """Return the certificate of a draft, and its findings by name."""

    def certificate(draft, kind="classification"):
        found, _ = audit(build(draft, kind))
        return found, {one.check: one for one in found.findings}

    return certificate

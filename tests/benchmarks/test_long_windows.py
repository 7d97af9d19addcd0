"""Batches of 197-kb windows with the targets of their bins, as training reads them.

The peer reads the same bases with pyfaidx, one window after the other, without any targets.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import pyfaidx
import pytest

from bench.data.alphabet import CODE_OF_BYTE, decode
from bench.data.manifest import read_manifest
from bench.interface import TaskKind
from bench.registry.discovery import discover
from bench.tasks.build import TaskSource, open_or_build
from bench.training.batches import Augmentation, TrainingBatches

LENGTH, WINDOW, BIN_WIDTH = 196_608, 114_688, 128
BATCH, BATCHES, WORKERS = 4, 60, 2
ROUNDS = 5
LEAST_PER_SECOND = 200
MANIFEST = f"""
schema = 1
name = "long-windows"
title = "Windows of the length that Enformer reads"
licence = "MIT"
citation = "simulated"
genome = "simlong"

[tasks.long-windows]
title = "Reads in bins of 128 bp, simulated"
kind = "profile"
split = {{ method = "chromosome" }}
transcripts = "simulated"
context = {LENGTH}

[[tasks.long-windows.items]]
format = "simulated"
simulation = "coverage"
options = {{ window = {WINDOW}, bin_width = {BIN_WIDTH} }}
"""


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    path = tmp_path_factory.mktemp("manifest") / "long.toml"
    path.write_text(MANIFEST)
    rules = discover().task_kinds[TaskKind.PROFILE].load()
    return open_or_build(TaskSource(read_manifest(path), path, "long-windows", rules))


def read_all(task) -> int:
    """Read batches with shifts; return the number of windows."""
    examples = task.examples("train", with_targets=True)
    batches = TrainingBatches(
        examples, examples.targets(), LENGTH, BATCH, seed=0, steps=BATCHES, workers=WORKERS,
        augmentation=Augmentation(reverse_complement=True, shift=3),
    )  # fmt: skip
    windows = 0
    for batch in batches:
        assert batch.codes.shape == (BATCH, LENGTH)
        assert batch.targets.shape[:2] == (BATCH, WINDOW // BIN_WIDTH)
        windows += len(batch.codes)
    return windows


@pytest.fixture(scope="module")
def faidx(tmp_path_factory):
    """Random bases as FASTA with lines of 60 letters."""
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    text = decode(np.random.default_rng(0).integers(0, 4, 4_000_000, dtype=np.uint8))
    lines = (text[at : at + 60] for at in range(0, len(text), 60))
    path.write_text(">chr0\n" + "\n".join(lines) + "\n")
    return pyfaidx.Faidx(str(path))


def read_one_by_one(faidx, count: int) -> int:
    starts = np.random.default_rng(1).integers(0, 4_000_000 - LENGTH, count)
    for start in starts:
        sequence = faidx.fetch("chr0", int(start) + 1, int(start) + LENGTH).seq
        CODE_OF_BYTE[np.frombuffer(sequence.encode(), dtype=np.uint8)]
    return count


def test_windows_per_second(benchmark, task, faidx):
    rates: dict[str, list[float]] = {"ours": [], "pyfaidx": []}
    for _ in range(ROUNDS):
        for name, read in (
            ("ours", lambda: read_all(task)), ("pyfaidx", lambda: read_one_by_one(faidx, 40)),
        ):  # fmt: skip
            began = time.perf_counter()
            rates[name].append(read() / (time.perf_counter() - began))
    ours, peer = (statistics.median(rates[name]) for name in ("ours", "pyfaidx"))
    benchmark.extra_info["windows per second"] = round(ours)
    benchmark.extra_info["times faster than pyfaidx"] = round(ours / peer, 1)
    print(f"\n{ours:.0f} windows of {LENGTH} bp per second; pyfaidx {peer:.0f}, bases alone")
    assert ours >= LEAST_PER_SECOND
    benchmark(read_all, task)

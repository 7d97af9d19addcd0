"""What a cell costs besides its model: a hundred cells of the cheapest model."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

from bench.data.alphabet import decode

CELLS = 100

HEAD = """
schema = 1
name = "hundred"
title = "t"
licence = "l"
citation = "c"
[files]
pos = { path = "pos.fa" }
neg = { path = "neg.fa" }
"""
TASK = """
[tasks.t{number}]
title = "t"
kind = "classification"
split = {{ method = "component", seed = {number} }}
items = [
  {{ file = "pos", format = "fasta", label = 1 }}, {{ file = "neg", format = "fasta", label = 0 }}
]
"""


@pytest.fixture
def hundred(tmp_path):
    """A manifest of a hundred small tasks."""
    rng = np.random.default_rng(0)
    for name in ("pos", "neg"):
        codes = rng.integers(0, 4, (200, 100), dtype=np.uint8)
        lines = [f">{name}{row}\n{decode(line)}\n" for row, line in enumerate(codes)]
        (tmp_path / f"{name}.fa").write_text("".join(lines))
    path = tmp_path / "hundred.toml"
    path.write_text(HEAD + "".join(TASK.format(number=number) for number in range(CELLS)))
    return path


def bench(*arguments):
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "bench", *map(str, arguments)], check=True, capture_output=True
    )
    return time.perf_counter() - began


@pytest.mark.parametrize("workers", [1, 2])
def test_a_hundred_cells(benchmark, hundred, tmp_path, workers):
    """The whole command, with the building of its tasks."""
    seconds = benchmark.pedantic(
        bench,
        ["run", hundred, "--models", "prevalence", "--out", tmp_path / "run", "--workers", workers],
        rounds=1,
    )
    benchmark.extra_info["seconds for 100 cells"] = round(seconds, 1)
    print(f"\n{CELLS} cells with {workers} workers: {seconds:.1f} s")


def test_listing_models(benchmark):
    """Starting the command and finding all plugins."""
    seconds = benchmark.pedantic(bench, ["list", "models"], rounds=7, warmup_rounds=1)
    print(f"\nbench list models: {seconds:.2f} s")

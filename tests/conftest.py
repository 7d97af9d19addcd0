"""Fixtures for all tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from bench.data.alphabet import decode, encode
from tests.installing import hide_test_packages
from tests.scheduling import SharedWork, slow_first

pytest_plugins = ["pytester"]

hide_test_packages()

# The same examples on every machine: `--hypothesis-profile=explore` looks for new ones.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("explore")
settings.load_profile("repeatable")

MOTIF = encode("TGACTCAGCA")

MANIFEST = """
schema = 1
name = "toy"
title = "A planted motif"
licence = "none"
citation = "made up"

[files]
positives = {{ path = "positives.fa" }}
negatives = {{ path = "negatives.fa" }}

[tasks.toy]
title = "A planted motif"
kind = "classification"
{extra}
split = {{ method = "component", valid = 0.2, test = 0.4 }}
items = [
  {{ file = "positives", format = "fasta", label = 1 }},
  {{ file = "negatives", format = "fasta", label = 0 }},
]
"""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Spread groups of tests over the processes, in their order, unless told otherwise."""
    if config.getvalue("dist") != "load":
        return None
    config.option.loadscopereorder = False
    return SharedWork(config, log)


def pytest_collection_modifyitems(items):
    slow_first(items)


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Folder of the real files."""
    named = os.environ.get("BENCH_MIRROR")
    if not named:
        pytest.skip("needs real files: BENCH_MIRROR is not set")
    return Path(named).resolve()


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch, request):
    """No test sees the user's cache; tests of one module share one."""
    name = f"cache-{request.module.__name__.rpartition('.')[2]}"
    cache = tmp_path_factory.getbasetemp() / name
    monkeypatch.setenv("BENCH_CACHE", str(cache))


def write_fasta(path: Path, sequences) -> None:
    """Write arrays of codes as records s0, s1, ..."""
    path.write_text("".join(f">s{row}\n{decode(codes)}\n" for row, codes in enumerate(sequences)))


@pytest.fixture
def toy(tmp_path):
    """A manifest of 60 + 60 sequences of 80 bp, the positives with a motif."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "toy"
    folder.mkdir()
    sequences = rng.integers(0, 4, (120, 80), dtype=np.uint8)
    for codes in sequences[:60]:
        place = rng.integers(0, 70)
        codes[place : place + 10] = MOTIF
    write_fasta(folder / "positives.fa", sequences[:60])
    write_fasta(folder / "negatives.fa", sequences[60:])

    def write(extra: str = "") -> Path:
        path = folder / "toy.toml"
        path.write_text(MANIFEST.format(extra=extra))
        return path

    return write


@pytest.fixture
def forget_plugins():
    """Plugin files loaded by a test are gone after it."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        path = getattr(sys.modules[name], "__file__", None) or ""
        if "pytest-of" in path:
            del sys.modules[name]

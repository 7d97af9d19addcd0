"""Reading random windows: the genome store against pyfaidx, both warm, both ending in codes."""

from __future__ import annotations

import statistics
import time

import numpy as np
import pyfaidx
import pytest

from bench.data.alphabet import CODE_OF_BYTE, decode
from bench.data.genome import GenomeStore

CHROMOSOMES = 4
CHROMOSOME_LENGTH = 8_000_000
LINE = 60
WINDOWS = {2_000: 500, 196_608: 20}
ROUNDS = 7


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """A random genome as FASTA with lines of 60 letters, and as a store."""
    folder = tmp_path_factory.mktemp("genome")
    rng = np.random.default_rng(0)
    path = folder / "genome.fa"
    with path.open("w") as stream:
        for number in range(CHROMOSOMES):
            text = decode(rng.integers(0, 4, CHROMOSOME_LENGTH, dtype=np.uint8))
            lines = (text[at : at + LINE] for at in range(0, len(text), LINE))
            stream.write(f">chr{number}\n" + "\n".join(lines) + "\n")
    store = GenomeStore.build(path, folder / "store", "random")
    return store, pyfaidx.Faidx(str(path))


def places(length):
    rng = np.random.default_rng(length)
    count = WINDOWS[length]
    chroms = rng.integers(0, CHROMOSOMES, count)
    starts = rng.integers(0, CHROMOSOME_LENGTH - length, count)
    return chroms, starts


def read_store(store, chroms, starts, length):
    return store.windows(chroms, starts, length)


def read_pyfaidx(faidx, chroms, starts, length):
    windows = np.empty((len(chroms), length), dtype=np.uint8)
    for row, (chrom, start) in enumerate(zip(chroms, starts, strict=True)):
        sequence = faidx.fetch(f"chr{chrom}", int(start) + 1, int(start) + length).seq
        windows[row] = CODE_OF_BYTE[np.frombuffer(sequence.encode(), dtype=np.uint8)]
    return windows


@pytest.mark.parametrize("length", sorted(WINDOWS))
def test_reading_windows(benchmark, genome, length):
    """`extra_info` holds the ratio of medians; both readers alternate in the same run."""
    store, faidx = genome
    chroms, starts = places(length)
    assert np.array_equal(
        read_store(store, chroms, starts, length), read_pyfaidx(faidx, chroms, starts, length)
    )
    seconds = {"store": [], "pyfaidx": []}
    for _ in range(ROUNDS):
        for name, read, source in (
            ("store", read_store, store), ("pyfaidx", read_pyfaidx, faidx),
        ):  # fmt: skip
            began = time.perf_counter()
            read(source, chroms, starts, length)
            seconds[name].append(time.perf_counter() - began)
    ratio = statistics.median(seconds["pyfaidx"]) / statistics.median(seconds["store"])
    benchmark.extra_info["windows"] = len(chroms)
    benchmark.extra_info["times faster than pyfaidx"] = round(ratio, 1)
    print(f"\n{length} bp: {ratio:.1f} times faster than pyfaidx")
    benchmark(read_store, store, chroms, starts, length)

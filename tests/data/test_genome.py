from __future__ import annotations

import gzip
import multiprocessing
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.alphabet import decode
from bench.data.fasta import read_fasta
from bench.data.genome import GenomeStore
from bench.data.twobit import is_twobit, read_twobit
from bench.interface.errors import BenchError, DataError

LENGTHS = {"one": 5000, "two": 37, "three": 1201}


@pytest.fixture(scope="module")
def codes():
    rng = np.random.default_rng(3)
    return {name: rng.integers(0, 5, length, dtype=np.uint8) for name, length in LENGTHS.items()}


@pytest.fixture(scope="module")
def store(codes, tmp_path_factory):
    return GenomeStore.from_codes(codes, tmp_path_factory.mktemp("genome") / "store", "toy")


def reference(codes, chrom, start, length):
    positions = np.arange(start, start + length)
    inside = (positions >= 0) & (positions < len(codes[chrom]))
    return np.where(inside, codes[chrom][np.clip(positions, 0, len(codes[chrom]) - 1)], 4)


@given(
    st.lists(st.tuples(st.sampled_from(list(LENGTHS)), st.integers(-60, 5100)), max_size=9),
    st.integers(0, 90),
)
@settings(max_examples=80, deadline=None)
def test_windows_equal_a_slow_reference(store, codes, places, length):
    chroms = [chrom for chrom, _ in places]
    starts = np.array([start for _, start in places], dtype=np.int64)
    expected = [reference(codes, chrom, start, length) for chrom, start in places]
    windows = store.windows(chroms, starts, length)
    assert windows.shape == (len(places), length)
    assert windows.tolist() == [row.tolist() for row in expected]
    numbers = np.array([list(LENGTHS).index(chrom) for chrom in chroms], dtype=np.int64)
    assert np.array_equal(store.windows(numbers, starts, length), windows)


def test_sequence_is_a_copy(store, codes):
    piece = store.sequence("one", 10, 20)
    piece[:] = 4
    assert np.array_equal(store.sequence("one", 10, 20), codes["one"][10:20])
    assert not store.chromosome_codes("two").flags.writeable
    assert np.array_equal(store.chromosome_codes("three"), codes["three"])


def test_runs_of_unknown_bases(tmp_path):
    codes = np.array([4, 4, 0, 1, 4, 2, 4, 4, 4], dtype=np.uint8)
    store = GenomeStore.from_codes({"a": codes, "b": codes[2:4]}, tmp_path / "store", "toy")
    assert store.unknown_runs("a").tolist() == [[0, 2], [4, 5], [6, 9]]
    assert store.unknown_runs("b").shape == (0, 2)


def test_unknown_chromosomes_are_named(store):
    with pytest.raises(BenchError, match="genome toy has no chromosome 'four'"):
        store.sequence("four", 0, 1)


def _read(job):
    store, chroms, starts, length = job
    return store.windows(chroms, starts, length)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_any_number_of_workers_reads_the_same_bytes(store, method):
    rng = np.random.default_rng(1)
    chroms = rng.integers(0, 3, 240)
    starts = rng.integers(-100, 5000, 240)
    alone = store.windows(chroms, starts, 200)
    for workers in (1, 2, 8):
        parts = zip(np.array_split(chroms, 24), np.array_split(starts, 24), strict=True)
        jobs = [(store, chrom, start, 200) for chrom, start in parts]
        with multiprocessing.get_context(method).Pool(workers) as pool:
            assert np.array_equal(np.concatenate(pool.map(_read, jobs)), alone)


def test_a_pickle_carries_no_map(store):
    store.sequence("one", 0, 10)
    assert len(pickle.dumps(store)) < 2000
    assert np.array_equal(
        pickle.loads(pickle.dumps(store)).sequence("one", 0, 9), store.sequence("one", 0, 9)
    )


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_built_from_fasta(tmp_path, compress):
    path = tmp_path / "g.fa"
    path.write_bytes(compress(b">one x\nACGT\nAC\n>two\nNNNN\n"))
    store = GenomeStore.build(path, tmp_path / "store", "g")
    assert dict(store.chromosomes) == {"one": 6, "two": 4}
    assert decode(store.sequence("one", -1, 7)) == "NACGTACN"
    assert GenomeStore.open(tmp_path / "store").name == "g"


def test_a_failed_build_leaves_nothing(tmp_path):
    path = tmp_path / "g.fa"
    path.write_text(">one\nACGT\n>one\nAC\n")
    with pytest.raises(DataError, match=r"g\.fa:3: duplicate chromosome 'one'"):
        GenomeStore.build(path, tmp_path / "store", "g")
    assert [part.name for part in tmp_path.iterdir()] == ["g.fa"]


def test_what_is_no_store(tmp_path):
    with pytest.raises(BenchError, match="no genome store here"):
        GenomeStore.open(tmp_path)
    with pytest.raises(DataError, match="no such file"):
        GenomeStore.build(tmp_path / "absent.fa", tmp_path / "store", "g")
    (tmp_path / "genome.json").write_text('{"schema": 99}')
    with pytest.raises(BenchError, match="schema 99"):
        GenomeStore.open(tmp_path)


def twobit(name, bases, unknown, masked):
    """A 2bit file of one sequence, as its specification says; intervals are (start, length)."""
    codes = ["TCAG".find(base) if base in "TCAG" else 0 for base in bases]
    codes += [0] * (-len(codes) % 4)
    packed = bytes(
        a << 6 | b << 4 | c << 2 | d
        for a, b, c, d in zip(codes[::4], codes[1::4], codes[2::4], codes[3::4], strict=True)
    )
    blocks = b"".join(
        struct.pack("<I", len(runs))
        + b"".join(struct.pack("<I", run[end]) for end in (0, 1) for run in runs)
        for runs in (unknown, masked)
    )
    offset = 16 + 1 + len(name) + 4
    head = struct.pack("<4I", 0x1A412743, 0, 1, 0)
    index = struct.pack("<B", len(name)) + name.encode() + struct.pack("<I", offset)
    return head + index + struct.pack("<I", len(bases)) + blocks + struct.pack("<I", 0) + packed


def test_built_from_2bit(tmp_path):
    bases = "ACGTTNNNCAGTC"
    path = tmp_path / "g.2bit"
    path.write_bytes(twobit("chrA", bases, [(5, 3)], [(0, 4)]))
    store = GenomeStore.build(path, tmp_path / "store", "g")
    assert dict(store.chromosomes) == {"chrA": len(bases)}
    assert decode(store.chromosome_codes("chrA")) == bases


def test_a_truncated_2bit_file(tmp_path):
    path = tmp_path / "g.2bit"
    whole = twobit("chrA", "ACGT" * 500, [(5, 3)], [(0, 4)])
    for size in range(4, len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(DataError, match="truncated|not a 2bit file, or damaged"):
            list(read_twobit(path))


def test_a_damaged_2bit_file(tmp_path):
    path = tmp_path / "x.2bit"
    path.write_bytes(b"\x43\x27\x41\x1anonsense")
    assert is_twobit(path)
    with pytest.raises(DataError, match="not a 2bit file"):
        list(read_twobit(path))
    with pytest.raises(DataError, match="no such file"):
        list(read_twobit(tmp_path / "absent.2bit"))


@pytest.mark.real_data
def test_the_yeast_genome_from_2bit(mirror, tmp_path):
    store = GenomeStore.build(
        mirror / "yeast_genome" / "sacCer3.2bit", tmp_path / "store", "sacCer3"
    )
    assert len(store.chromosomes) == 17
    assert sum(store.chromosomes.values()) == 12_157_105
    assert all(store.chromosome_codes(chrom).max() < 4 for chrom in store.chromosomes)


@pytest.mark.real_data
def test_a_real_fasta_equals_pyfaidx(mirror, tmp_path):
    import pyfaidx

    source = mirror / "baskerville_tiny" / "hg38_1m.fa.gz"
    plain = tmp_path / "plain.fa"
    plain.write_bytes(gzip.decompress(source.read_bytes()))
    store = GenomeStore.build(source, tmp_path / "store", "hg38_1m")
    with pyfaidx.Fasta(str(plain), sequence_always_upper=True, rebuild=True) as peer:
        for chrom, length in store.chromosomes.items():
            assert decode(store.sequence(chrom, 0, length)) == str(peer[chrom][:])
    (record,) = read_fasta(plain)
    assert record.ambiguous == 0

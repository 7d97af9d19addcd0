from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pybigtools
import pytest

from bench.data.bigwig import BigWigTrack
from bench.interface.errors import BenchError, DataError

GENOME = {"chr1": 1000, "chr2": 50}
INTERVALS = [
    ("chr1", 0, 3, 1.5),
    ("chr1", 3, 5, -2.0),
    ("chr1", 400, 420, 0.0),
    ("chr1", 998, 1000, 7.25),
]


def write(path, chromosomes, intervals):
    # The writer closes and leaves its file when it is done.
    pybigtools.open(str(path), "w").write(chromosomes, iter(intervals))
    return path


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "signal.bw", {"chr1": 1000}, INTERVALS)


def expected():
    bases = np.full(1000, np.nan, dtype=np.float32)
    for _, start, end, value in INTERVALS:
        bases[start:end] = value
    return bases


def test_a_bigwig_says_nothing_between_its_intervals_and_beyond_the_ends(path):
    track = BigWigTrack(path, GENOME)
    values = track.values("chr1", -10, 1010)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.pad(expected(), 10, constant_values=np.nan))
    for start, end in [(0, 1), (2, 6), (410, 430), (999, 1000), (1000, 1005), (-9, -2)]:
        np.testing.assert_array_equal(
            track.values("chr1", start, end), values[start + 10 : end + 10]
        )
    assert len(track.values("chr1", 5, 5)) == len(track.values("chr1", 5, 2)) == 0


def test_a_chromosome_that_the_file_lacks_is_nan_and_an_unknown_one_an_error(path):
    track = BigWigTrack(path, GENOME)
    assert np.isnan(track.values("chr2", 0, 9)).all()
    with pytest.raises(BenchError, match=r"no chromosome 'chr3'; did you mean 'chr"):
        track.values("chr3", 0, 9)


def test_names_are_translated(tmp_path):
    path = write(tmp_path / "s.bigWig", {"1": 1000, "X": 9}, [("1", 2, 3, 4.0), ("X", 0, 9, 1.0)])
    track = BigWigTrack(path, GENOME, names={"1": "chr1"})
    assert track.values("chr1", 2, 3).tolist() == [4]
    with pytest.raises(DataError, match="no chromosome of the genome; it names '1', 'X'"):
        BigWigTrack(path, GENOME)
    with pytest.raises(DataError, match="'1' and 'X' are both 'chr1'"):
        BigWigTrack(path, GENOME, names={"1": "chr1", "X": "chr1"})


def test_another_genome_build_is_refused(path):
    with pytest.raises(DataError, match="'chr1' has 1000 bp, expected 999; is it of another"):
        BigWigTrack(path, {"chr1": 999})


def test_a_genome_may_hold_the_first_part_of_a_chromosome(path):
    track = BigWigTrack(path, {"chr1": 410}, partial=True)
    values = track.values("chr1", 0, 420)
    np.testing.assert_array_equal(values[:410], expected()[:410])
    with pytest.raises(DataError, match="another genome build"):
        BigWigTrack(path, {"chr1": 1001}, partial=True)


def last_bases(track):
    return track.values("chr1", 990, 1000)


def test_each_process_and_thread_opens_its_own_handle(path):
    track = BigWigTrack(path, GENOME)
    np.testing.assert_array_equal(last_bases(track), expected()[990:])
    handle = track._handle()
    assert track._handle() is handle
    copied = pickle.loads(pickle.dumps(track))
    assert copied.path == path
    assert "_local" not in track.__getstate__()
    np.testing.assert_array_equal(last_bases(copied), expected()[990:])
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(track._handle).result() is not handle
        np.testing.assert_array_equal(pool.submit(last_bases, track).result(), expected()[990:])
    track._local.owner -= 1  # as after a fork
    assert track._handle() is not handle


# Newer versions of Python warn of forks beside threads.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_track_is_read_in_another_process(path, method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    track = BigWigTrack(path, GENOME)
    last_bases(track)
    with multiprocessing.get_context(method).Pool(1) as pool:
        np.testing.assert_array_equal(
            pool.apply(track.values, ("chr1", 990, 1000)), expected()[990:]
        )
        pool.close()
        pool.join()


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("a.bw", lambda _: b"chr1\t1\t2\t3\n", "not a bigWig file"),
        ("a.bw", lambda _: b"", "not a bigWig file"),
        ("a.bw", lambda content: content[:70], "truncated or damaged bigWig"),
        ("a.bw", lambda content: content[:10], "truncated or damaged bigWig"),
        ("a.dat", lambda content: content, r"must end in \.bw or \.bigWig"),
    ],
)
def test_files_that_are_no_bigwig(tmp_path, path, name, change, message):
    bad = tmp_path / name
    bad.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError, match=message) as caught:
        BigWigTrack(bad, GENOME)
    assert caught.value.path == bad


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        BigWigTrack(tmp_path / "none.bw", GENOME)


def test_damage_within_the_data(path):
    content = bytearray(path.read_bytes())
    track = BigWigTrack(path, GENOME)
    # The index of the data begins with its magic number; its place stands in the head.
    place = int.from_bytes(content[24:32], "little")
    content[place : place + 4] = b"oops"
    path.write_bytes(content)
    with pytest.raises(DataError, match="truncated or damaged bigWig"):
        pickle.loads(pickle.dumps(track)).values("chr1", 0, 9)


@pytest.mark.real_data
def test_tags_of_human_cells(real_file):
    path = real_file(509520, "98492fded16f4fcbc6d3612268fe42e761902dcbf671b1a2ffa01b07f89a91e7")
    opened = pybigtools.open(str(path))
    genome = {f"chr{own}": length for own, length in opened.chroms().items()}
    assert genome["chr1"] == 248_956_422
    track = BigWigTrack(path, genome, names={chrom.removeprefix("chr"): chrom for chrom in genome})
    for chrom, first in (("chr1", 200_000_000), ("chr21", 30_000_000)):
        last = first + 4_000_000
        values = track.values(chrom, first, last)
        rows = list(opened.records(chrom.removeprefix("chr"), first, last))
        again = np.full(last - first, np.nan, dtype=np.float32)
        for start, end, value in rows:
            again[start - first : end - first] = value
        np.testing.assert_array_equal(values, again)
        assert len(rows) > 20
        assert (values[~np.isnan(values)] > 0).all()

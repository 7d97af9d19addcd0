"""bedGraph files, fragments and tables of tags."""

from __future__ import annotations

import gzip
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from bench.data.bedgraph import open_bedgraph
from bench.data.fragments import TN5_SHIFT, open_fragments
from bench.data.tag_counts import TagColumns, open_tag_counts
from bench.interface.errors import DataError
from bench.tasks.track_files import SummedTrack

GENOME = {"chr1": 20, "chr2": 12}
ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]
ROMAN += ["XI", "XII", "XIII", "XIV", "XV", "XVI"]


@pytest.fixture
def write(tmp_path):
    def write(text, compress=bytes):
        path = tmp_path / "file.txt"
        path.write_bytes(compress(text.encode()))
        return path

    return write


def whole(track):
    return {chrom: track.values(chrom, 0, length) for chrom, length in GENOME.items()}


BEDGRAPH = "chr2\t4\t9\t-0.5\nchr1\t10\t12\t3\nchr1\t3\t5\t1.5\nchr1\t5\t10\t2e1\n"


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize(
    "text",
    [
        BEDGRAPH,
        "# made up\ntrack type=bedGraph\n\n" + BEDGRAPH,
        BEDGRAPH.replace("chr1\t10", "# between\nchr1\t10"),
        BEDGRAPH.replace("\t", " "),
    ],
)
def test_a_bedgraph_says_nothing_between_its_intervals(write, text, compress):
    expected = {chrom: np.full(length, np.nan) for chrom, length in GENOME.items()}
    for chrom, start, end, value in [line.split("\t") for line in BEDGRAPH.splitlines()]:
        expected[chrom][int(start) : int(end)] = float(value)
    found = whole(open_bedgraph(write(text, compress), GENOME))
    for chrom in GENOME:
        np.testing.assert_array_equal(found[chrom], expected[chrom])


def test_names_are_translated_and_chromosomes_left_out(write):
    text = "1\t0\t2\t5\nscaffold\t0\t900\t1\n2\t0\t1\t7\n"
    track = open_bedgraph(
        write(text), GENOME, names={"1": "chr1", "2": "chr2"}, leave_out=["scaffold"]
    )
    assert track.values("chr1", 0, 3)[:2].tolist() == [5, 5]
    assert track.values("chr2", 0, 1).tolist() == [7]


def test_names_may_be_exchanged(write):
    names = {"chr1": "chr2", "chr2": "chr1"}
    track = open_bedgraph(write("chr1\t0\t1\t5\nchr2\t0\t1\t7\n"), GENOME, names=names)
    assert track.values("chr1", 0, 1) == 7
    assert track.values("chr2", 0, 1) == 5


@pytest.mark.parametrize("between", ["", "#\n"])
@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("chr1\t1\t3\t1\n", "the interval overlaps that of line 1"),
        ("chr1\t4\t6\t1\n", "the interval overlaps that of line 1"),
        ("chr1\t0\t19\t1\n", "the interval overlaps that of line 1"),
        ("chr1\t2\t5\t1\n", "the interval overlaps that of line 1"),
        ("chr1\t7\t7\t1\n", "start 7 is not below end 7"),
        ("chr1\t-1\t1\t1\n", "start -1 is negative"),
        ("chr1\t7\t21\t1\n", r"end 21 lies beyond the end of chr1 \(20 bp\)"),
        ("1\t7\t9\t1\n", r"unknown chromosome '1'; known: chr1, chr2"),
        ("chr1\t7\t9\tx\n", "value 'x', expected a number"),
        ("chr1\t7\t9\tnan\n", "value nan, expected a finite number"),
        ("chr1\t7\t9\t-inf\n", "value -inf, expected a finite number"),
        ("chr1\t7\t9\n", "3 columns, expected at least 4"),
        ("chr1\t7.5\t9\t1\n", "'7.5', expected a whole number"),
        ("chr1\t7\t9\t1\r\n", "CRLF"),
    ],
)
def test_bad_bedgraphs_name_line_and_value(write, between, row, message):
    path = write("chr1\t2\t5\t1\n" + between + row)
    with pytest.raises(DataError, match=message) as caught:
        open_bedgraph(path, GENOME)
    assert caught.value.line == 2 + len(between.splitlines())


@pytest.mark.parametrize("text", ["", "# only\n", "# only"])
def test_an_empty_bedgraph(write, text):
    with pytest.raises(DataError, match="no intervals"):
        open_bedgraph(write(text), GENOME)


def test_nothing_is_left(write):
    with pytest.raises(DataError, match="no rows outside"):
        open_bedgraph(write("x\t0\t1\t1\n"), GENOME, leave_out=["x"])


FRAGMENTS = "chr1\t0\t9\tAC\t1\nchr1\t0\t9\tTT\t2\nchr1\t5\t20\tAC\t1\nchr2\t2\t12\tAC\t3\n"


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("shift", [(0, 0), TN5_SHIFT])
def test_cuts_lie_at_both_ends(write, counted, shift):
    expected = {chrom: np.zeros(length) for chrom, length in GENOME.items()}
    for chrom, start, end, _, count in [line.split("\t") for line in FRAGMENTS.splitlines()]:
        for base in (int(start) + shift[0], int(end) - 1 + shift[1]):
            expected[chrom][base] += int(count) if counted else 1
    track = open_fragments(write(FRAGMENTS), GENOME, "cuts", shift=shift, counted=counted)
    for chrom, values in whole(track).items():
        np.testing.assert_array_equal(values, expected[chrom])


def test_reads_move_to_the_middle_of_the_transposition(write):
    track = open_fragments(write("chr1\t2\t15\n"), GENOME, "cuts", shift=TN5_SHIFT)
    # The first bases of the reads are 2 and 14; 9 bp are doubled at either end, 2-10 and 6-14.
    assert np.flatnonzero(track.values("chr1", 0, 20)).tolist() == [6, 10]


def test_cuts_moved_off_their_chromosome_are_left_out(write):
    track = open_fragments(write("chr2\t0\t3\nchr2\t9\t12\n"), GENOME, "cuts", shift=TN5_SHIFT)
    assert np.flatnonzero(track.values("chr2", 0, 12)).tolist() == [4, 7]


def test_intervals_beyond_a_partial_genome_are_passed_over(write):
    path = write("c\t2\t4\nc\t8\t12\nc\t20\t30\n")
    track = open_fragments(path, {"c": 10}, "coverage", partial=True)
    np.testing.assert_array_equal(track.values("c", 0, 10), [0, 0, 1, 1, 0, 0, 0, 0, 0, 0])
    with pytest.raises(DataError, match=":2: end 12 lies beyond"):
        open_fragments(path, {"c": 10}, "coverage")


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("between", ["\t", " "])
def test_fragments_cover_bases(write, compress, between):
    expected = {chrom: np.zeros(length) for chrom, length in GENOME.items()}
    for chrom, start, end, *_ in [line.split("\t") for line in FRAGMENTS.splitlines()]:
        expected[chrom][int(start) : int(end)] += 1
    text = FRAGMENTS.replace("\t", between)
    track = open_fragments(write(text, compress), GENOME, "coverage")
    for chrom, values in whole(track).items():
        np.testing.assert_array_equal(values, expected[chrom])


@pytest.mark.parametrize(
    ("row", "counted", "message"),
    [
        ("chr1\t0\t4\tAC\t0\n", True, "count 0, expected a whole number from 1"),
        ("chr1\t0\t4\tAC\t1.5\n", True, "count 1.5, expected a whole number from 1"),
        ("chr1\t0\t4\tAC\t.\n", True, "value nan, expected a finite number"),
        ("chr1\t0\t4\tAC\tx\n", True, "score is 'x', expected a number"),
        ("chr1\t0\t4\n", True, "3 columns, expected at least 5"),
        ("chr1\t0\n", False, "2 columns, expected at least 3"),
        ("chr1\t4\t0\n", False, "start 4 is not below end 0"),
        ("chr1\t0\t4\tchr1\t10\t14\n", False, "both mates in a row"),
    ],
)
def test_bad_fragments_name_line_and_value(write, row, counted, message):
    with pytest.raises(DataError, match=message) as caught:
        open_fragments(write("# head\n" + row), GENOME, "cuts", counted=counted)
    assert caught.value.line == 2


TAGS = "seqnames\tstart\tend\twidth\tstrand\tscore\nchr1\t1\t1\t1\t+\t3\nchr1\t 20\t20\t1\t-\t2.5\n"
RANGES = TagColumns(end="end")


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_tags_are_divided_by_strand(write, compress):
    tracks = open_tag_counts(write(TAGS, compress), GENOME, RANGES)
    plus, minus = whole(tracks.plus), whole(tracks.minus)
    assert plus["chr1"].tolist() == [3] + 19 * [0]
    assert minus["chr1"].tolist() == 19 * [0] + [2.5]
    assert not plus["chr2"].any()
    assert not minus["chr2"].any()


def test_columns_are_named_and_counted_from_0(write):
    columns = TagColumns(chrom="c", position="p", strand="s", count="n", first_base=0)
    tracks = open_tag_counts(
        write("n,s,p,c\n4,-,0,II\n9,+,3,Mito\n"),
        GENOME,
        columns,
        names={"II": "chr2"},
        leave_out=["Mito"],
    )
    assert tracks.minus.values("chr2", -1, 2)[1:].tolist() == [4, 0]
    assert not tracks.plus.values("chr2", 0, 12).any()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("chr1\t0\t0\t1\t+\t3\n", "start -1 is negative"),
        ("chr1\t21\t21\t1\t+\t3\n", "end 21 lies beyond the end of chr1"),
        ("1\t2\t2\t1\t+\t3\n", "unknown chromosome '1'"),
        ("chr1\t2.5\t2.5\t1\t+\t3\n", "start is 2.5, expected a whole number"),
        ("chr1\t\t\t1\t+\t3\n", "start is nan, expected a whole number"),
        ("chr1\t2\t4\t3\t+\t3\n", "end is 4.0, expected a single base"),
        ("chr1\t2\t2\t1\t*\t3\n", r"strand is \*, expected \+ or -"),
        ("chr1\t2\t2\t1\t+\t-3\n", "score is -3.0, expected from 0"),
        ("chr1\t2\t2\t1\t+\tNA\n", "score is nan, expected from 0"),
        ("chr1\t2\t2\t1\t+\tinf\n", "score is inf, expected from 0"),
        ("chr1\t2\t2\t1\t+\tx\n", "score is 'x', expected a number"),
        ("chr1\t1\t1\t1\t+\t3\n", r"chr1:1 \(\+\) stands twice"),
    ],
)
def test_bad_tags_name_line_and_value(write, row, message):
    with pytest.raises(DataError, match=message) as caught:
        open_tag_counts(write(TAGS + row), GENOME, RANGES)
    assert caught.value.line == 4


def test_a_missing_column_of_tags(write):
    with pytest.raises(DataError, match=r"no column 'seq'; did you mean 'seqnames'\?"):
        open_tag_counts(write(TAGS), GENOME, TagColumns(chrom="seq"))


@pytest.fixture(scope="module")
def yeast(real_file):
    """Chromosomes of sacCer3 with their lengths."""
    import py2bit

    path = real_file(3039745, "b061b22fdce3cb82c24d85101bc6eae98d23ea7194c1888c966b5446dd7909ab")
    opened = py2bit.open(str(path))
    lengths = opened.chroms()
    opened.close()
    return lengths


@pytest.mark.real_data
def test_atac_fragments_of_yeast(real_file, yeast):
    pairs = real_file(1829813, "e501d404c31da397affc92427be25d6a2b29d0d993fc4e7b61f8976c9bfe6eb9")
    unique = real_file(2172690, "13ba4800cb04ac4e5507393972e2c825d7b91459acb4bbac4b3d5eb6ad3ce508")
    rows = pd.read_csv(pairs, sep="\t", header=None, names=["chrom", "start", "end"])
    cuts = open_fragments(pairs, yeast, "cuts")
    coverage = open_fragments(unique, yeast, "coverage", counted=True)
    shifted = open_fragments(pairs, yeast, "cuts", shift=TN5_SHIFT)
    totals = np.zeros(3)
    for chrom, length in yeast.items():
        own = rows[rows["chrom"] == chrom]
        expected = np.zeros(length)
        np.add.at(expected, own["start"], 1)
        np.add.at(expected, own["end"] - 1, 1)
        found = cuts.values(chrom, 0, length)
        np.testing.assert_array_equal(found, expected)
        change = np.zeros(length + 1)
        np.add.at(change, own["start"], 1)
        np.add.at(change, own["end"], -1)
        covered = coverage.values(chrom, 0, length)
        np.testing.assert_array_equal(covered, np.cumsum(change)[:-1])
        moved = shifted.values(chrom, 0, length)
        totals += [found.sum(dtype=float), covered.sum(dtype=float), moved.sum(dtype=float)]
    assert totals[0] == 2 * 467_908
    assert totals[1] == 61_030_411
    assert 2 * 467_908 - 100 < totals[2] <= 2 * 467_908


@pytest.mark.real_data
def test_cage_tags_of_yeast(real_file, yeast):
    path = real_file(2795147, "430ebd9b934226f5ce52fc1d8dd104676be27772a02509dbf6577d53979630bb")
    columns = TagColumns(chrom="seq", position="TSS", count="nTAGs")
    names = {roman: f"chr{roman}" for roman in ROMAN} | {"Mito": "chrM"}
    tracks = open_tag_counts(path, yeast, columns, names=names)
    table = pd.read_csv(path, sep="\t", skipinitialspace=True)
    totals = {}
    for strand, track in zip("+-", tracks, strict=True):
        totals[strand] = 0
        for own, chrom in names.items():
            rows = table[(table["seq"] == own) & (table["strand"] == strand)]
            expected = np.zeros(yeast[chrom])
            np.add.at(expected, rows["TSS"] - 1, rows["nTAGs"])
            found = track.values(chrom, 0, yeast[chrom])
            np.testing.assert_array_equal(found, expected)
            totals[strand] += found.sum(dtype=float)
    assert totals == {"+": 664_503, "-": 627_264}


class Known:
    """A track with these values on `chr1`; None is unknown."""

    chromosomes: ClassVar = {"chr1": 4}
    missing: ClassVar = frozenset()

    def __init__(self, *values):
        self._values = np.array([np.nan if one is None else one for one in values], np.float32)

    def values(self, chrom, start, end):
        return self._values[start:end]


@pytest.mark.parametrize(
    ("keep", "expected"), [(False, [4, 2, 3, None]), (True, [4, None, None, None])]
)
def test_sums_of_replicates_with_gaps(keep, expected):
    total = SummedTrack([Known(1, 2, None, None), Known(3, None, 3, None)], keep=keep)
    np.testing.assert_array_equal(total.values("chr1", 0, 4), Known(*expected).values("chr1", 0, 4))

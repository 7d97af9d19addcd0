from __future__ import annotations

import gzip

import pytest

from bench.data.intervals import check_intervals, read_bed, read_narrowpeak
from bench.interface.errors import DataError


def write(tmp_path, text, compress=bytes):
    path = tmp_path / "x.bed"
    path.write_bytes(compress(text.encode()))
    return path


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_bed_file(tmp_path, compress):
    text = "# c\ntrack name=x\nchrI\t5\t9\tp\t.\t-\n\nchrII 1 2 q 3.5 +\n"
    frame = read_bed(write(tmp_path, text, compress))
    assert frame["chrom"].tolist() == ["chrI", "chrII"]
    assert frame["start"].tolist() == [5, 1]
    assert frame["end"].tolist() == [9, 2]
    assert frame["strand"].tolist() == ["-", "+"]
    assert frame["line"].tolist() == [3, 5]
    assert frame["score"].isna().tolist() == [True, False]


def test_a_narrowpeak_file(tmp_path):
    text = "a\t10\t30\tp\t0\t.\t5.5\t3\t2\t7\na\t50\t60\tq\t0\t.\t1\t-1\t-1\t-1\n"
    frame = read_narrowpeak(write(tmp_path, text))
    assert frame["summit"].tolist() == [7, -1]
    assert frame["signal"].tolist() == [5.5, 1]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "no intervals"),
        ("# only\n", None, "no intervals"),
        ("a\t1\n", 1, "2 columns, expected at least 3"),
        ("a\t1\t2\nb\tx\t3\n", 2, "'x', expected a whole number"),
        ("a\t5\t5\n", 1, "start 5 is not below end 5"),
        ("a\t7\t5\n", 1, "start 7 is not below end 5"),
        ("a\t-1\t5\n", 1, "start -1 is negative"),
        ("a\t1\t5\r\n", 1, "CRLF"),
        ("a\t1\t5\tn\thigh\n", 1, "score is 'high'"),
        ("a\t1\t5\tn\t0\tx\n", 1, "strand 'x'"),
    ],
)
def test_bad_beds_name_line_and_value(tmp_path, text, line, message):
    path = write(tmp_path, text)
    with pytest.raises(DataError, match=message) as caught:
        read_bed(path)
    assert caught.value.line == line


@pytest.mark.parametrize(("summit", "message"), [("20", "beyond the peak"), ("-2", "summit -2")])
def test_bad_summits(tmp_path, summit, message):
    with pytest.raises(DataError, match=message):
        read_narrowpeak(write(tmp_path, f"a\t10\t30\tp\t0\t.\t5\t3\t2\t{summit}\n"))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("chr4\t1\t5", "unknown chromosome 'chr4'; did you mean"),
        ("chrIV\t1\t500", r"end 500 lies beyond the end of chrIV \(100 bp\)"),
    ],
)
def test_intervals_beyond_the_genome(tmp_path, row, message):
    path = write(tmp_path, f"chrI\t0\t100\n{row}\n")
    with pytest.raises(DataError, match=message) as caught:
        check_intervals(read_bed(path), {"chrI": 100, "chrIV": 100}, path)
    assert caught.value.line == 2


@pytest.mark.real_data
def test_real_peaks(mirror):
    frame = read_bed(mirror / "human_chr1_10M" / "ENCFF112BHN_H3K4me3_chr1.bed")
    assert set(frame["chrom"]) == {"chr1"}

"""Tables of scores: what is read, and what is refused."""

from __future__ import annotations

import math

import pytest

from bench.interface import DataError
from bench_external.score_table import ScoreTable
from bench_external.scored import ScoredVariant

HEADER = "chrom\tpos\tref\talt\tscore\n"


def test_a_table_of_cadd(write):
    path = write("## CADD\n## more\n#Chrom\tPos\tRef\tAlt\tRawScore\tPHRED\n1\t10\tA\tC\t-0.5\t7\n")
    assert list(ScoreTable(path)) == [ScoredVariant(4, "1", 9, "A", "C", 7.0)]
    for column in ("RawScore", "5"):
        assert [row.score for row in ScoreTable(path, column)] == [-0.5]


@pytest.mark.parametrize(
    "content",
    [
        "Chromosome,Position,Ref,Alt,Score\nchr1,5,A,-,1.5\n",
        '# chr,pos(1-based),ref,alt,"a, b"\r\nchr1,5,"A",.,1.5\r\n',
        "\ufeffscore\tALT\tREF\tPOS\tCHR\n\n1.5\t\tA\t5\tchr1\n",
    ],
)
def test_tables_of_other_programs(write, content):
    column = "score" if "\t" in content else ""
    (row,) = ScoreTable(write(content), column)
    assert row[1:] == ("chr1", 4, "A", "", 1.5)


@pytest.mark.parametrize("word", ["", ".", "NA", "nan", "NaN"])
def test_no_score(write, word):
    (row,) = ScoreTable(write(f"{HEADER}1\t5\tA\tC\t{word}\n"))
    assert math.isnan(row.score)


def test_a_name_that_is_a_number_comes_before_the_number(write):
    path = write("chrom\tpos\tref\talt\t6\tother\n1\t5\tA\tC\t1\t2\n")
    assert [row.score for row in ScoreTable(path, "6")] == [1]
    assert [row.score for row in ScoreTable(path, "5")] == [1]


@pytest.mark.parametrize(
    ("content", "column", "told"),
    [
        ("", "", "empty, expected a line that names the columns"),
        ("## CADD\n", "", "empty, expected a line"),
        (
            "1\t10\tA\tC\t7\n",
            "",
            "1: no column for chrom among 1, 10, A, C, 7; expected chrom, pos",
        ),
        ("##\nchrom\tpos\tref\tscore\n", "", "2: no column for alt among chrom, pos, ref, score"),
        ("chrom\tchr\tpos\tref\talt\ts\n", "", "1: more than one column for chrom among"),
        (HEADER, "scor", "1: no column 'scor'; did you mean 'score'?"),
        (HEADER, "6", "1: no column 6, expected 1 to 5, or a name"),
        (HEADER, "0", "1: no column 0, expected 1 to 5"),
        (HEADER, "4", "1: column 'alt' names the variant; expected one with scores"),
        ("chrom\tpos\tref\talt\n", "", "1: column 'alt' names the variant"),
        (f"{HEADER[:-1]}\tscore\n", "score", "1: column 'score' stands 2 times in the header"),
    ],
)
def test_bad_headers_are_named(write, content, column, told):
    path = write(content)
    with pytest.raises(DataError) as caught:
        ScoreTable(path, column)
    assert told in str(caught.value)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1\t10\tA\tC", "4 columns, the header has 5"),
        ("1\t0\tA\tC\t1", "pos '0', expected a whole number from 1"),
        ("1\t\u00b2\tA\tC\t1", "pos '\u00b2', expected"),
        ("1\tten\tA\tC\t1", "pos 'ten', expected"),
        ("1\t10\tA\tC,G\t1", "allele 'C,G', expected letters A, C, G, T or N"),
        ("1\t10\tA\t<DEL>\t1", "allele '<DEL>', expected"),
        ("1\t10\tA\tC\thigh", "score is 'high', expected a number"),
        ("1\t10\tA\tC\t-inf", "score is '-inf', expected a finite number"),
    ],
)
def test_bad_lines_are_named(write, line, told):
    path = write(f"{HEADER}1\t9\tA\tC\t1\n{line}\n")
    with pytest.raises(DataError) as caught:
        list(ScoreTable(path))
    assert str(caught.value).startswith(f"{path}:3: {told}")

from __future__ import annotations

import pytest

from bench.interface.errors import BenchError
from bench.tasks.build import open_or_build
from tests.tasks.manifests import (
    GENOMIC,
    GIVEN,
    PAIR,
    SHUFFLED,
    labelled,
    pair,
    peaks,
    random_fasta,
)


@pytest.mark.parametrize(
    ("body", "files", "message"),
    [
        (PAIR, pair(positives=">a\nACGT\n>a\nACCT\n"), r"pos\.fa:3: duplicate id 'a', first in"),
        (PAIR.replace("label = 0", "label = 1"), pair(), "only class 1 in"),
        (PAIR.replace("label = 0", "label = 0.5"), pair(), "holds 0.5, expected 0 or 1"),
        (PAIR, pair(positives=""), "empty"),
        (GIVEN, {"train.fa": ">x\nACGT\n", "test.fa": ">1\nACGT\n"}, "'x': expected a number"),
        (
            GIVEN.replace(', split = "train"', ""),
            {"train.fa": labelled(50, 0), "test.fa": labelled(30, 1)},
            "a source names no split",
        ),
        (SHUFFLED.replace("METHOD", "matched-windows"), {"peaks.fa": peaks()}, "with a genome"),
        (
            GENOMIC.replace("matched-windows", "dinucleotide-shuffle"),
            {
                "genome.fa": f">chrI\n{'ACGT' * 50}\n",
                "peaks.narrowPeak": "chrI\t50\t150\tp\t0\t.\t1\t-1\t-1\t-1\n",
            },
            "'dinucleotide-shuffle' needs items with sequences",
        ),
        (
            SHUFFLED.replace("label = 1", "label = 0"),
            {"peaks.fa": peaks()},
            "task mine: no positives",
        ),
        (SHUFFLED.replace("0-based", "1-based"), {"peaks.fa": peaks()}, "spans 61 bp when read as"),
        (SHUFFLED, {"peaks.fa": ">peak1\nACGT\n"}, "expected chrom:start-end"),
        (
            SHUFFLED.replace(', coordinates = "0-based"', ""),
            {"peaks.fa": peaks()},
            "items have no coordinates",
        ),
        (PAIR.replace("component", "group"), pair(), "names no group column"),
        (
            GENOMIC.replace('genome_file = "genome"', ""),
            {"genome.fa": ">chrI\nAC\n", "peaks.narrowPeak": "chrI\t0\t1\n"},
            "needs genome_file",
        ),
        (
            GENOMIC,
            {
                "genome.fa": ">chrI\nACGT\n",
                "peaks.narrowPeak": "chrI\t0\t9\tp\t0\t.\t1\t-1\t-1\t-1\n",
            },
            "lies beyond the end of chrI",
        ),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(make, tmp_path, body, files, message):
    body = body.replace("METHOD", "dinucleotide-shuffle")
    with pytest.raises(BenchError, match=message) as caught:
        open_or_build(make(body, files))
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "cache").glob("tasks/*"))


def test_a_class_of_the_valid_set_is_checked_too(make):
    def labels(row):
        return "7" if row == 45 else str(row % 2)

    lines = random_fasta(60, 30).splitlines()[1::2]
    splits = ["train"] * 40 + ["valid"] * 10 + ["test"] * 10
    rows = [f"{line}\t{labels(row)}\t{splits[row]}" for row, line in enumerate(lines)]
    body = """
[tasks.mine]
title = "t"
kind = "classification"
split = { method = "given" }
items = [
  { file = "t", format = "table", sequence = "seq", targets = ["y"], split_column = "part" },
]
"""
    with pytest.raises(BenchError, match="'y' holds 7, expected 0 or 1"):
        open_or_build(make(body, {"t.tsv": "seq\ty\tpart\n" + "\n".join(rows) + "\n"}))

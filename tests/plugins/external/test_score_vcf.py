"""VCF files of scores: what is read, and what is refused."""

from __future__ import annotations

import math

import pytest

from bench.interface import DataError
from bench_external.score_vcf import ScoreVcf

HEAD = (
    "##fileformat=VCFv4.3\n"
    '##INFO=<ID=CADD,Number=A,Type=Float,Description="score, scaled">\n'
    '##INFO=<Number=1,ID=phyloP,Type=Float,Description="of the site">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)


def read(write, key, *lines):
    path = write(HEAD + "".join(f"{line}\n" for line in lines), "scores.vcf")
    return [(row.line, row.start, row.ref, row.alt, row.score) for row in ScoreVcf(path, key)]


def test_a_score_for_each_allele(write):
    line = "chr1\t10\trs1\tA\tC,<DEL>,AT\t.\tPASS\tDP=3;CADD=1.5,9,-2;DB"
    assert read(write, "CADD", line) == [(5, 9, "A", "C", 1.5), (5, 9, "A", "AT", -2)]


def test_one_score_for_all_alleles(write):
    line = "chr1\t10\t.\tA\tC,G\t.\t.\tphyloP=0.25"
    assert read(write, "phyloP", line) == [(5, 9, "A", "C", 0.25), (5, 9, "A", "G", 0.25)]


def test_no_score(write):
    lines = ["1\t1\t.\tA\tC\t.\t.\t.", "1\t2\t.\tA\tC\t.\t.\tCADD=.", "1\t3\t.\tA\tC\t.\t.\tCADD"]
    assert all(math.isnan(row[-1]) for row in read(write, "CADD", *lines))


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("", "column names no key of INFO; known: CADD, phyloP"),
        ("CAD", "the header declares no INFO 'CAD'; did you mean 'CADD'?"),
    ],
)
def test_keys_must_be_declared(write, key, told):
    with pytest.raises(DataError, match=f"scores.vcf: {told}"):
        read(write, key)


@pytest.mark.parametrize(
    ("info", "told"),
    [
        ("CADD=1,2,3", "INFO CADD=1,2,3 has 3 numbers, expected 1 or as many as alternative"),
        ("CADD=1,high", "INFO CADD is 'high', expected a number"),
    ],
)
def test_bad_lines_are_named(write, info, told):
    with pytest.raises(DataError, match=f"scores.vcf:5: {told}"):
        read(write, "CADD", f"1\t1\t.\tA\tC,G\t.\t.\t{info}")

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from bench.data.genes import one_tss_per_gene, read_bed_transcripts, read_gtf
from bench.interface.errors import DataError


def gtf_row(start, end, strand, gene, transcript, *, chrom="chr1", feature="transcript", more=""):
    attributes = f'gene_id "{gene}"; transcript_id "{transcript}"; level 2;{more}'
    return f"{chrom}\tmade\t{feature}\t{start}\t{end}\t.\t{strand}\t.\t{attributes}\n"


GTF = (
    "#!genome-build made up\n"
    + gtf_row(11, 90, "+", "G1", "", feature="gene")
    + gtf_row(11, 30, "+", "G1", "T1", more=' gene_biotype "lncRNA"; transcript_biotype "other";')
    + gtf_row(11, 20, "+", "G1", "T1", feature="exon")
    + gtf_row(21, 90, "+", "G1", "T2", more=' gene_type "protein_coding";')
    + gtf_row(5, 40, "-", "G2", "T3", chrom="chr2")
    + gtf_row(1, 1, "-", "G2", "T4", chrom="chr2")
    + gtf_row(35, 40, "-", "G2", "T0", chrom="chr2")
)


@pytest.fixture
def write(tmp_path):
    def write(text, compress=bytes):
        path = tmp_path / "genes"
        path.write_bytes(compress(text.encode()))
        return path

    return write


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_transcripts_of_a_gtf_file(write, compress):
    frame = read_gtf(write(GTF, compress))
    assert frame["transcript"].tolist() == ["T1", "T2", "T3", "T4", "T0"]
    assert frame["gene"].tolist() == ["G1", "G1", "G2", "G2", "G2"]
    assert frame["chrom"].tolist() == ["chr1", "chr1", "chr2", "chr2", "chr2"]
    assert frame["tss"].tolist() == [10, 20, 39, 0, 39]
    assert frame["start"].tolist() == [10, 20, 4, 0, 34]
    assert frame["end"].tolist() == [30, 90, 40, 1, 40]
    assert frame["biotype"].tolist() == ["other", "protein_coding", "", "", ""]
    assert frame["line"].tolist() == [3, 5, 6, 7, 8]


def test_transcripts_of_a_bed_file(write):
    frame = read_bed_transcripts(write("chrI\t5\t9\tA\t0\t+\nchrI\t5\t9\tB\t0\t-\n"))
    assert frame["tss"].tolist() == [5, 8]
    assert frame["gene"].tolist() == frame["transcript"].tolist() == ["A", "B"]


@pytest.mark.parametrize(
    ("rule", "chosen"), [("upstream", ["T1", "T3"]), ("longest", ["T2", "T3"])]
)
def test_one_tss_per_gene(write, rule, chosen):
    path = write(GTF)
    frame = one_tss_per_gene(read_gtf(path), rule, path)
    assert frame["gene"].tolist() == ["G1", "G2"]
    assert frame["transcript"].tolist() == chosen


def test_genes_keep_their_order_and_ties_go_by_name(write):
    text = "".join(gtf_row(5, 9, "+", "Z", name) for name in ("T9", "T1")) + gtf_row(
        1, 2, "+", "A", "T2"
    )
    path = write(text)
    for rule in ("upstream", "longest"):
        frame = one_tss_per_gene(read_gtf(path), rule, path)
        assert frame["gene"].tolist() == ["Z", "A"]
        assert frame["transcript"].tolist() == ["T1", "T2"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("chr1\tmade\ttranscript\t1\t2\t.\t+\t.\n", "8 columns, expected 9"),
        (gtf_row("x", 9, "+", "G", "T"), "'x' to '9', expected whole numbers"),
        (gtf_row(0, 9, "+", "G", "T"), "0 to 9, expected 1 or more and in order"),
        (gtf_row(9, 8, "+", "G", "T"), "9 to 8, expected 1 or more and in order"),
        (gtf_row(1, 9, ".", "G", "T"), r"strand '\.', expected \+ or -"),
        (gtf_row(1, 9, "+", "", "T"), "no gene_id in"),
        (gtf_row(1, 9, "+", "G", ""), "no transcript_id in"),
        (gtf_row(1, 9, "+", "G", "T1"), "transcript 'T1' stands twice"),
        (gtf_row(1, 9, "+", "G", "T").replace("\n", "\r\n"), "CRLF"),
    ],
)
def test_bad_gtf_files_name_line_and_value(write, row, message):
    with pytest.raises(DataError, match=message) as caught:
        read_gtf(write(gtf_row(1, 5, "+", "G", "T1") + "#\n" + row))
    assert caught.value.line == 3


@pytest.mark.parametrize("text", ["", GTF.splitlines()[1] + "\n"])
def test_no_transcripts(write, text):
    with pytest.raises(DataError, match="no rows of feature 'transcript'"):
        read_gtf(write(text))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a\t1\t5\tB\t0\t.\n", r"strand '\.', expected \+ or -"),
        ("a\t1\t5\tA\t0\t+\n", "transcript 'A' stands twice"),
        ("a\t1\t5\tB\t0\n", "5 columns, expected at least 6"),
    ],
)
def test_bad_beds_name_line_and_value(write, row, message):
    with pytest.raises(DataError, match=message) as caught:
        read_bed_transcripts(write("a\t1\t5\tA\t0\t+\n" + row))
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (gtf_row(1, 5, "+", "G", "T2", chrom="chr2"), "'G' has chrom 'chr2', and 'chr1' before"),
        (gtf_row(1, 5, "-", "G", "T2"), "'G' has strand '-', and '[+]' before"),
    ],
)
def test_a_gene_at_two_places(write, row, message):
    path = write(gtf_row(1, 5, "+", "G", "T1") + row)
    with pytest.raises(DataError, match=message) as caught:
        one_tss_per_gene(read_gtf(path), "upstream", path)
    assert caught.value.line == 2


@pytest.mark.real_data
def test_human_genes_of_chromosome_1(real_file):
    path = real_file(812041, "dd7dabd983eb8be28d237284a55b52d454df7bbc46cb80afe6d963bc88dd6eb8")
    frame = read_gtf(path)
    rows = pd.read_csv(path, sep="\t", header=None, comment="#", quoting=3)
    rows = rows[rows[2] == "transcript"]
    assert len(frame) == len(rows) == 3836
    np.testing.assert_array_equal(frame["tss"], np.where(rows[6] == "+", rows[3], rows[4]) - 1)
    assert frame["gene"].tolist() == rows[8].str.extract(r'gene_id "(\w+)"')[0].tolist()
    assert (frame["biotype"] == "protein_coding").sum() == 1338
    assert len(one_tss_per_gene(frame, "upstream", path)) == 3836


@pytest.mark.real_data
def test_yeast_transcripts(real_file):
    path = real_file(249590, "63b20596915f00ee58d4fdd8553f2d8b1b32b18b1dfcdef02a2bef94123bdc2b")
    frame = read_bed_transcripts(path)
    assert len(frame) == 6445
    assert frame.set_index("gene").loc["PAU8", "tss"] == 2168

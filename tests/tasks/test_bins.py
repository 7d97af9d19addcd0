"""Tasks whose items tile a genome."""

from __future__ import annotations

import numpy as np
import pytest

from bench.interface.errors import BenchError
from bench.tasks.build import open_or_build

BINS = """
genome = "sacCer3"
[tasks.mine]
title = "t"
kind = "classification"
genome_file = "genome"
split = { method = "chromosome" }

[[tasks.mine.items]]
format = "bins"
bin_width = 200
translate_chromosomes = true
masked = ["chrII:1000-1201", "chrIV:0-1"]

[tasks.mine.items.peaks]
"Abf1" = "abf1"
"Reb1" = "reb1"
"""

ABF1 = "chr2\t400\t401\nchr2\t2399\t2401\nchrIV\t29999\t30000\nchr4\t5000\t5001\nchr11\t10\t20\n"
# The second peak ends where a bin does, and holds no base of the next.
REB1 = "chr2\t600\t601\nchr2\t10199\t10200\nchr4\t7000\t7001\n"


def built(make, genomic_files, body=BINS, abf1=ABF1):
    genome = {"genome.fa.gz": genomic_files[1]["genome.fa.gz"]}
    return open_or_build(make(body, {**genome, "abf1.bed": abf1, "reb1.bed": REB1}))


def targets_of(task, chrom):
    """Return start -> targets of the items of a chromosome."""
    items = task.items()
    rows = np.flatnonzero(items["chrom"] == chrom)
    values = np.asarray(task.targets())[rows]
    return dict(zip(items["start"].iloc[rows].tolist(), values.tolist(), strict=True))


def test_bins_tile_the_chromosomes_without_what_is_masked(make, genomic_files) -> None:
    task = built(make, genomic_files)
    found = targets_of(task, "chrII")
    assert sorted(found) == [start for start in range(0, 30_000, 200) if start not in {1000, 1200}]
    assert 0 not in targets_of(task, "chrIV")
    items = task.items()
    assert (items["end"] - items["start"] == 200).all()
    assert task.info.heads["default"].targets == ("Abf1", "Reb1")


def test_bins_with_a_peak_are_positive_and_those_beside_them_left_out(make, genomic_files) -> None:
    found = targets_of(built(make, genomic_files), "chrII")
    abf1 = {start: values[0] for start, values in found.items() if values[0] != 0}
    positive = {start for start, value in abf1.items() if value == 1}
    # The second peak holds the last base of one bin and the first of the next.
    assert positive == {400, 2200, 2400}
    assert {start for start, value in abf1.items() if np.isnan(value)} == {200, 600, 2000, 2600}
    reb1 = {start: values[1] for start, values in found.items() if values[1] != 0}
    assert {start for start, value in reb1.items() if value == 1} == {600, 10_000}
    left_out = {start for start, value in reb1.items() if np.isnan(value)}
    assert left_out == {400, 800, 9800, 10_200}


def test_names_of_another_convention_are_translated(make, genomic_files) -> None:
    found = targets_of(built(make, genomic_files), "chrIV")
    assert {start for start, values in found.items() if values[0] == 1} == {5000, 29_800}


def test_wider_margins(make, genomic_files) -> None:
    body = BINS.replace("bin_width = 200", "bin_width = 200\nneighbours = 2")
    found = targets_of(built(make, genomic_files, body), "chrII")
    left_out = {start for start, values in found.items() if np.isnan(values[0])}
    assert left_out == {0, 200, 600, 800, 1800, 2000, 2600, 2800}


@pytest.mark.parametrize(
    ("body", "abf1", "message"),
    [
        (BINS, "chrXX\t1\t2\n", r"abf1\.bed:1: unknown chromosome 'chrXX'"),
        (BINS, "chr2\t1\t2\nchr2\t29999\t30001\n", r"abf1\.bed:2: end 30001 lies beyond"),
        (BINS.replace("translate_chromosomes = true", ""), ABF1, r"unknown chromosome 'chr2'"),
        (BINS.replace("chrII:1000-1201", "chrII:1000"), ABF1, r"region 'chrII:1000'"),
        (BINS.replace("chrII:1000-1201", "chr2:1-2"), ABF1, r"region 'chr2:1-2'"),
        (BINS.replace('genome_file = "genome"', ""), ABF1, "needs genome_file"),
        (BINS.replace("bin_width = 200", ""), ABF1, "bins.bin_width: missing"),
        (
            BINS.replace("bin_width = 200", "bin_width = 40000"),
            ABF1,
            "longer than every chromosome",
        ),
        (BINS.replace('"reb1"', '"other"'), ABF1, "'other', which is not in files"),
    ],
)
def test_mistakes(make, genomic_files, body, abf1, message) -> None:
    with pytest.raises(BenchError, match=message):
        built(make, genomic_files, body, abf1)


def test_peaks_must_cover_a_share(make, genomic_files) -> None:
    body = BINS.replace("bin_width = 200", "bin_width = 200\ncovered = 0.5")
    # 100 bp of the bin at 2000; 99 bp of the one at 4000, by two peaks that overlap; 90 and 150 bp.
    peaks = ["2100\t2200", "4000\t4060", "4050\t4099", "6110\t6350"]
    lines = "".join(f"chr2\t{peak}\n" for peak in peaks) + "chr4\t9000\t9200\nchr1\t9000\t9200\n"
    reb1 = "".join(f"{chrom}\t9000\t9200\n" for chrom in ("chr1", "chr2", "chr4"))
    genome = {"genome.fa.gz": genomic_files[1]["genome.fa.gz"]}
    task = open_or_build(make(body, {**genome, "abf1.bed": lines, "reb1.bed": reb1}))
    abf1 = {start: values[0] for start, values in targets_of(task, "chrII").items()}
    assert {start for start, value in abf1.items() if value == 1} == {2000, 6200}
    left_out = {start for start, value in abf1.items() if np.isnan(value)}
    assert left_out == {1800, 2200, 4000, 6000, 6400}

"""Expression: genes of a table as items around their TSS, read in their own direction."""

from __future__ import annotations

import numpy as np
import pytest

from bench.data.alphabet import reverse_complement
from bench.interface.errors import BenchError
from bench.tasks.build import open_or_build
from bench.tasks.kinds import EXPRESSION

GENES = """
genome = "sacCer3"
[tasks.mine]
title = "t"
kind = "expression"
genome_file = "genome"
split = { method = "chromosome" }

[[tasks.mine.items]]
format = "genes"
file = "counts"
gene = "Geneid"
annotation = "transcripts"
aliases = { file = "features", gene = 1, name = 3 }
window = 200
normalise = "rpkm"
pseudocount = 0.5

[tasks.mine.items.conditions]
wild = ["w1", "w2"]
stress = ["s"]
"""
CHROMS = ("chrI", "chrIV", "chrXI", "chrII")
TRANSCRIPTS = "".join(
    f"{chrom}\t5000\t7000\t{chrom}a\t0\t+\n{chrom}\t9000\t9500\t{chrom}b\t0\t-\n"
    for chrom in CHROMS
)
FEATURES = "".join(f"Y{chrom}\tORF\t{chrom}b\tcaf\xe9\n" for chrom in CHROMS)
VALUES = np.arange(1, 28).reshape(9, 3)
NAMES = [name for chrom in CHROMS for name in (f"{chrom}a", f"Y{chrom}")] + ["nowhere"]
COUNTS = "Geneid\tw1\tw2\ts\n" + "".join(
    "\t".join([name, *map(str, row)]) + "\n" for name, row in zip(NAMES, VALUES, strict=True)
)


@pytest.fixture
def built(make, genomic_files):
    files = {
        "genome.fa.gz": genomic_files[1]["genome.fa.gz"],
        "transcripts.bed": TRANSCRIPTS,
        "features.tab": FEATURES.encode("latin-1"),
        "counts.tsv": COUNTS,
    }
    return lambda body=GENES, **changes: open_or_build(
        make(body, {**files, **{f"{k}.tsv": v for k, v in changes.items()}}, EXPRESSION)
    )


def test_items_lie_around_the_tss(built) -> None:
    task = built()
    items = task.items().set_index("item")
    assert len(items) == 8
    assert task.info.excluded == {"gene whose TSS the annotation does not tell": 1}
    assert (items["end"] - items["start"] == 200).all()
    forward, backward = items.loc["chrIVa"], items.loc["YchrIV"]
    assert (forward["start"] + forward["end"]) // 2 == 5000
    assert (backward["start"] + backward["end"]) // 2 == 9499
    assert (forward["strand"], backward["strand"]) == ("+", "-")


def test_windows_run_in_the_direction_of_transcription(built, genomic_files) -> None:
    task = built()
    genome = genomic_files[0]
    items = task.items()
    for row, item in items.iterrows():
        codes = genome[item["chrom"]]
        tss = 5000 if item["strand"] == "+" else 9499
        one = task.sequences
        for length in (100, 101, None):
            (window,) = one.windows(np.array([row]), length, 0)
            size = length or 200
            after = size - size // 2
            if item["strand"] == "+":
                expected = codes[tss - size // 2 : tss + after]
            else:
                expected = reverse_complement(codes[tss - after + 1 : tss + size // 2 + 1])
            np.testing.assert_array_equal(window, expected)
        # The TSS stands at `length // 2` on either strand, and shifts go to higher coordinates.
        (moved,) = one.windows(np.array([row]), 100, 7)
        start = tss + 7 - (50 if item["strand"] == "+" else 49)
        there = codes[start : start + 100]
        turned = there if item["strand"] == "+" else reverse_complement(there)
        np.testing.assert_array_equal(moved, turned)


def test_values_are_normalised_and_averaged(built) -> None:
    task = built()
    lengths = np.array([2000, 500] * 4) / 1000
    rpkm = VALUES[:8] / VALUES.sum(axis=0) * 1e6 / lengths[:, None]
    logs = np.log(rpkm + 0.5)
    expected = np.stack([logs[:, :2].mean(axis=1), logs[:, 2]], axis=1)
    order = [NAMES.index(name) for name in task.items()["item"]]
    np.testing.assert_allclose(task.targets(), expected[order], rtol=1e-6)
    assert task.info.heads["default"].targets == ("wild", "stress")


def test_a_gene_by_its_own_name_comes_before_one_with_its_alias(built) -> None:
    # YchrIV is an alias of chrIVb, which the table now has as well, further down.
    task = built(counts=COUNTS.replace("nowhere", "chrIVb"))
    items = set(task.items()["item"])
    assert "chrIVb" in items
    assert "YchrIV" not in items
    assert task.info.excluded == {"gene whose TSS the annotation does not tell": 1}


def test_all_columns_are_targets_unless_some_are_named(built) -> None:
    body = GENES[: GENES.index("[tasks.mine.items.conditions]")].replace(
        'normalise = "rpkm"\npseudocount = 0.5', ""
    )
    task = built(body)
    assert task.info.heads["default"].targets == ("w1", "w2", "s")
    order = [NAMES.index(name) for name in task.items()["item"]]
    np.testing.assert_array_equal(task.targets(), VALUES[order])


@pytest.mark.parametrize(
    ("old", "new", "counts", "message"),
    [
        ('"w2"]', '"w3"]', COUNTS, r"counts\.tsv.*w3"),
        ("name = 3", "name = 5", COUNTS, r"features\.tab:1: 4 columns, expected 5"),
        ("", "", COUNTS + "chrIa\t1\t1\t1\n", r"counts\.tsv:11: duplicate id 'chrIa'"),
        ("", "", "Geneid\tw1\tw2\ts\nx\t1\t2\t3\n", "none of its genes stands in the annotation"),
        ("tss =", "tss =", COUNTS.replace("\t1\t2\t3\n", "\tone\t2\t3\n"), r"counts\.tsv:2"),
        ("pseudocount = 0.5", "pseudocount = 0", COUNTS, "pseudocount"),
    ],
)
def test_mistakes(built, old, new, counts, message) -> None:
    with pytest.raises(BenchError, match=message):
        built(GENES.replace(old, new) if old else GENES, counts=counts)

from __future__ import annotations

import numpy as np
import pytest

from bench.data.alphabet import decode
from bench.data.chromosomes import chromosome_split
from bench.data.splits import TEST, VALID
from bench.interface.errors import BenchError
from bench.tasks.build import open_or_build
from bench.tasks.kinds import REGRESSION
from tests.tasks.manifests import (
    GENOMIC,
    GIVEN,
    PAIR,
    TABLE,
    labelled,
    pair,
    random_fasta,
)


def fifty_mers(codes):
    both = (codes, np.where(codes < 4, 3 - codes, 4).astype(np.uint8)[::-1])
    return {strand[k : k + 50].tobytes() for strand in both for k in range(len(strand) - 49)}


def learnt_and_tested(task):
    """50-mers of train and valid, and those of the test set."""
    parts = [
        set().union(*map(fifty_mers, task.examples(split).windows()))
        for split in ("train", "valid", "test")
    ]
    return parts[0] | parts[1], parts[2]


def clusters(count, spacing, chrom="chrI"):
    """Intervals of 100 bp in clusters of four, `spacing` bp from start to start."""
    return [
        (chrom, 3000 * cluster + spacing * place, 3000 * cluster + spacing * place + 100)
        for cluster in range(count)
        for place in range(4)
    ]


def test_sequences_that_share_50_mers_stay_together_and_resample_together(make):
    base = random_fasta(40)
    shifted = "".join(
        f">t{row}\nACGTA{line[:-5]}\n" for row, line in enumerate(base.splitlines()[1::2])
    )
    task = open_or_build(make(PAIR, pair(positives=base, negatives=shifted)))
    split = dict(zip(task.items()["item"], task.split, strict=True))
    assert all(split[f"pos:s{row}"] == split[f"neg:t{row}"] for row in range(40))
    assert task.info.blocks == task.info.items["test"] // 2
    assert "50-mer" in task.info.block_unit


def test_a_component_split_of_overlapping_windows_with_coordinates(make):
    rng = np.random.default_rng(7)
    chromosome = rng.integers(0, 4, 100_000, dtype=np.uint8)
    sides = {
        name: "".join(
            f">{chrom}:{start}-{end}\n{decode(chromosome[start:end])}\n"
            for chrom, start, end in clusters(30, 70)[row::2]
        )
        for row, name in enumerate(("pos.fa", "neg.fa"))
    }
    body = PAIR.replace('format = "fasta"', 'format = "fasta", coordinates = "0-based"')
    task = open_or_build(make(body, sides))
    frame = task.items()
    for cluster in frame["start"].unique() // 3000:
        assert len(set(task.split[frame["start"] // 3000 == cluster])) == 1
    assert not set.intersection(*learnt_and_tested(task))


def test_a_component_split_of_intervals_on_a_genome(make):
    rng = np.random.default_rng(8)
    codes = rng.integers(0, 4, 100_000, dtype=np.uint8)
    # Two far places hold the same sequence.
    codes[60_000:60_400] = codes[0:400]
    rows = clusters(30, 70)
    files = {
        "genome.fa": f">chrI\n{decode(codes)}\n",
        "pos.bed": "".join(f"{chrom}\t{start}\t{end}\n" for chrom, start, end in rows[::2]),
        "neg.bed": "".join(f"{chrom}\t{start}\t{end}\n" for chrom, start, end in rows[1::2]),
    }
    body = PAIR.replace('format = "fasta"', 'format = "bed"').replace(
        "split =", 'genome_file = "genome"\nsplit ='
    )
    task = open_or_build(make(body, files))
    starts = task.items()["start"].to_numpy()
    places = np.where(starts // 3000 == 20, 0, starts // 3000)
    for place in np.unique(places):
        assert len(set(task.split[places == place])) == 1
    assert not set.intersection(*learnt_and_tested(task))
    with pytest.raises(BenchError, match="no items in test"):
        open_or_build(make(body.replace("split =", "context = 4000\nsplit ="), files))


def told(source):
    warnings = []
    return open_or_build(source, warn=warnings.append).info.items, warnings


def test_a_part_that_was_asked_for_and_is_empty_is_told(make):
    # Three places far apart, of which the smallest is larger than the part that is wanted.
    rng = np.random.default_rng(9)
    rows = [("chrI", 20_000 * place + 10 * row) for place in range(3) for row in range(20)]
    files = {
        "genome.fa": f">chrI\n{decode(rng.integers(0, 4, 100_000, dtype=np.uint8))}\n",
        "pos.bed": "".join(f"{chrom}\t{start}\t{start + 100}\n" for chrom, start in rows[::2]),
        "neg.bed": "".join(f"{chrom}\t{start}\t{start + 100}\n" for chrom, start in rows[1::2]),
    }
    body = PAIR.replace('format = "fasta"', 'format = "bed"').replace(
        "split =", 'genome_file = "genome"\ncontext = 500\nsplit ='
    )
    few = body.replace("valid = 0.2", "valid = 0.1")
    items, warnings = told(make(few, files))
    assert items == {"train": 40, "valid": 0, "test": 20}
    (warning,) = warnings
    assert warning == (
        "task mine: 0 valid, 40 train and 20 test items, though the split asks for valid = 0.1; "
        "models that choose weights by validation items fail: raise valid or lower context in the "
        "manifest"
    )
    assert told(make(few, files))[1] == warnings  # from the cache, too
    assert told(make(body.replace("valid = 0.2", "valid = 0"), files))[1] == []
    items, warnings = told(make(body.replace("valid = 0.2", "valid = 0.3"), files))
    assert items["valid"] == 20
    assert not warnings


def test_a_split_by_chromosome_without_validation_chromosomes_is_told(make, genomic_files):
    _, files = genomic_files
    valid = chromosome_split("sacCer3").valid
    peaks = [
        line for line in files["peaks.narrowPeak"].splitlines() if line.split("\t")[0] not in valid
    ]
    items, warnings = told(make(GENOMIC, {**files, "peaks.narrowPeak": "\n".join(peaks) + "\n"}))
    assert items["valid"] == 0
    assert f"none lies on a validation chromosome ({', '.join(valid)})" in warnings[0]
    assert told(make(GENOMIC, files))[1] == []


OWN = GENOMIC.replace(
    'genome = "sacCer3"',
    'genome = "mine"\nchromosomes = { train = ["chrI", "chrII"], valid = ["chrXI"], '
    'test = ["chrIV"] }',
)


def test_a_manifest_divides_a_genome_of_its_own_by_chromosome(make, genomic_files):
    _, files = genomic_files
    task = open_or_build(make(OWN, files))
    chroms = task.items()["chrom"].to_numpy()
    assert set(chroms[task.split == TEST]) == {"chrIV"}
    assert set(chroms[task.split == VALID]) == {"chrXI"}
    assert task.info.split == "by chromosome of mine: valid chrXI; test chrIV"
    assert task.info.split_method == "chromosome"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('["chrXI"]', '["chrII"]'), "'chrII' stands in more than one place"),
        (('["chrXI"]', "[]"), "chromosomes.valid"),
        (('genome = "mine"', 'genome = "hg38"'), "genome build hg38 has one list for all tasks"),
        (('genome = "mine"\n', ""), "is by chromosome and needs genome"),
        (('"chrI", ', ""), "chromosome 'chrI' is not one of genome build mine"),
        (
            (
                'chromosomes = { train = ["chrI", "chrII"], valid = ["chrXI"], test = ["chrIV"] }',
                "",
            ),
            "genome build 'mine' has no split by chromosome: the manifest can name one",
        ),
    ],
)
def test_chromosomes_that_do_not_divide_a_genome(make, genomic_files, change, message):
    _, files = genomic_files
    with pytest.raises(BenchError, match=message):
        open_or_build(make(OWN.replace(*change), files))


def test_a_component_split_keeps_groups_and_copies_together(make):
    lines = random_fasta(40, 60).splitlines()[1::2]
    rows = [f"i{row}\t{lines[row % 40]}\tg{row // 2}\t{row}\t1.5" for row in range(80)]
    rows = [row.removesuffix("1.5") + str(number) for number, row in enumerate(rows)]
    text = "id\tseq\tgene\tx\ty\n" + "\n".join(rows) + "\n"
    body = TABLE.replace('"group"', '"component"', 1)
    task = open_or_build(make(body, {"table.tsv": text}, REGRESSION))
    groups = task.items()["group"]
    assert not set(groups[task.split == TEST]) & set(groups[task.split != TEST])
    assert not set.intersection(*learnt_and_tested(task))
    assert task.info.block_unit == "set of sequences that share a 50-mer or a group"


def test_a_train_test_overlap_is_an_error_unless_allowed(make):
    test = labelled(30, 1)
    copied = test.splitlines()[1]
    files = {"train.fa": labelled(50, 0) + f">1\n{copied}\n>0\n{copied[::-1]}\n", "test.fa": test}
    with pytest.raises(BenchError, match='1 items of train or valid share.*"drop-from-train"'):
        open_or_build(make(GIVEN, files))
    allowed = GIVEN.replace("[tasks.mine]", '[tasks.mine]\noverlap = "drop-from-train"')
    info = open_or_build(make(allowed, files)).info
    assert info.excluded == {"shares a 50-mer with the test set": 1}
    assert sum(info.items.values()) == 81


def test_given_splits_on_a_genome_must_not_overlap(make, genomic_files):
    _, files = genomic_files
    files["more.bed"] = "chrI\t1010\t1060\nchrII\t20000\t20100\n"
    body = GENOMIC.replace('method = "chromosome"', 'method = "given", valid = 0.3').replace(
        "label = 1, window = 100 }",
        'label = 1, window = 100, split = "train" }, { file = "more", format = "bed", label = 1, '
        'split = "test" }',
    )
    with pytest.raises(BenchError, match="1 items of train or valid overlap the test set"):
        open_or_build(make(body, files))
    allowed = body.replace("target =", 'overlap = "drop-from-train"\ntarget =')
    info = open_or_build(make(allowed, files)).info
    assert info.excluded["overlaps the test set"] == 1

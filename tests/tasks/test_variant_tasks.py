from __future__ import annotations

import gzip

import numpy as np
import pytest

from bench.data.alphabet import LETTERS, decode
from bench.data.manifest import read_manifest
from bench.interface.errors import BenchError
from bench.tasks.build import TaskSource, open_or_build
from bench.tasks.kinds import CLASSIFICATION, VARIANT
from tests.tasks.manifests import HEAD, random_fasta
from tests.tasks.variant_manifests import allele_texts, built, options

PAIRS = """
[tasks.mine]
title = "t"
kind = "variant"
target = "effect"
split = { method = "given" }
items = [{ file = "more", other = "less", format = "allele-pairs", split = "test", OPTIONS }]
"""
TABLE = """
[tasks.mine]
title = "t"
kind = "variant"
split = { method = "given" }
[[tasks.mine.items]]
file = "table"
format = "allele-table"
value = "after"
reference_value = "before"
split = "test"
OPTIONS
"""
PLACED = """
genome = "sacCer3"
[tasks.mine]
title = "t"
kind = "variant"
genome_file = "genome"
split = { method = "chromosome" }
items = [{ file = "FILE", format = "placed-variants", targets = ["beta"], OPTIONS }]
"""


def alleles(count=12, place=10):
    """FASTA of more and less active alleles, which differ at one place."""
    more = random_fasta(count, 40)
    lines = more.splitlines()
    for row in range(1, len(lines), 2):
        base = LETTERS[(LETTERS.index(lines[row][place]) + 1) % 4]
        lines[row] = lines[row][:place] + base + lines[row][place + 1 :]
    return {"more.fa": more, "less.fa": "\n".join(lines) + "\n"}


def test_pairs_get_a_direction_that_neither_allele_owns(make):
    files = alleles(40)
    task = built(make, options(PAIRS, "place = 10"), files)
    assert task.info.items == {"train": 0, "valid": 0, "test": 40}
    directions = task.targets()[:, 0]
    assert set(directions) == {1.0, -1.0}
    more, less = (files[name].splitlines()[1::2] for name in ("more.fa", "less.fa"))
    before, after = allele_texts(task, 40)
    for row, direction in enumerate(directions):
        expected = (less[row], more[row]) if direction > 0 else (more[row], less[row])
        assert (before[row], after[row]) == expected
    examples = task.examples("test")
    np.testing.assert_array_equal(examples.alleles(40)[0], task.alleles(np.arange(40), 40)[0])
    with pytest.raises(BenchError, match="targets are shown in fit only"):
        examples.targets()


def effects(files, flip=False):
    rows = ["Chr\tPos\tID\tRef\tAlt\tBeta"]
    more, less = (files[name].splitlines()[1::2] for name in ("more.fa", "less.fa"))
    for row, (high, low) in enumerate(zip(more, less, strict=True)):
        up = (row % 2 == 0) != flip
        ref, alt = (low[10], high[10]) if row % 2 == 0 else (high[10], low[10])
        rows.append(f"c\t{row}\trs{row}\t{ref}\t{alt}\t{'' if up else '-'}{row + 1}")
    return "\n".join(rows) + "\n"


def test_effects_say_which_allele_is_the_reference(make):
    files = alleles()
    named = {name: text.replace(">s", ">c.") for name, text in files.items()}
    body = options(PAIRS, 'place = 10, effects = "effects"')
    task = built(make, body, {**named, "effects.tsv": effects(files)})
    expected = [row + 1 if row % 2 == 0 else -row - 1 for row in range(12)]
    assert task.targets()[:, 0].tolist() == expected
    assert task.info.block_unit == "200 kb of a chromosome"
    assert task.info.blocks == 1
    before, after = allele_texts(task, 40)
    more = files["more.fa"].splitlines()[1::2]
    assert all((after if row % 2 == 0 else before)[row] == more[row] for row in range(12))
    with pytest.raises(BenchError, match=r"effects\.tsv:2: . to . with effect -1, but the more"):
        built(make, body, {**named, "effects.tsv": effects(files, flip=True)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda files: {**files, "less.fa": random_fasta(3)}, r"less\.fa: 3 records, but more"),
        (
            lambda files: {**files, "less.fa": files["less.fa"].replace(">s2", ">t2")},
            r"less\.fa:5: record 't2', expected 's2'",
        ),
        (
            lambda files: {**files, "less.fa": files["more.fa"]},
            r"more\.fa:1: alleles differ at \[\]",
        ),
    ],
)
def test_alleles_that_do_not_pair(make, change, message):
    with pytest.raises(BenchError, match=message):
        built(make, options(PAIRS, "place = 10"), change(alleles()))


def mutants():
    """Three mutants of each of six sequences; the last two of the last group changed alike."""
    rng = np.random.default_rng(2)
    rows, parents = ["name,seq,before,after,ed"], []
    for group in range(6):
        parent = decode(rng.integers(0, 4, 30, dtype=np.uint8))
        parents.append(parent)
        for number in range(3):
            place = 5 if group == 5 and number else 4 + 7 * number
            base = LETTERS[(LETTERS.index(parent[place]) + 1) % 4]
            mutant = parent[:place] + base + parent[place + 1 :]
            rows.append(f"p{group},{mutant},1,{number + group},1")
    return "\n".join(rows) + "\n", parents


def test_the_sequence_of_a_group_is_what_most_of_it_hold(make):
    text, parents = mutants()
    body = options(TABLE, 'alternative = "seq"\ngroup = "name"\ndifferences = "ed"')
    task = built(make, body, {"table.csv": text})
    # Two that changed alike outvote the third, which their number of differences tells.
    assert task.info.excluded == {"the sequence that it comes from is not known": 3}
    assert task.info.items["test"] == 15
    assert allele_texts(task, 30)[0] == [parent for parent in parents[:5] for _ in range(3)]
    assert task.targets()[:3, 0].tolist() == [-1, 0, 1]
    assert task.info.block_unit.endswith("or a group")
    assert task.info.blocks == 5


def test_pairs_of_records_named_by_a_template(make):
    fasta = random_fasta(4, 30)
    text = "pair\twt\tmut\tbefore\tafter\ns\t0\t1\t1\t3\ns\t2\t3\t2\tNA\ns\t1\t2\t4\t1\n"
    body = options(
        TABLE, 'fasta = "records"\nreference = "{pair}{wt}"\nalternative = "{pair}{mut}"'
    )
    task = built(make, body, {"table.tsv": text, "records.fa": fasta})
    lines = fasta.splitlines()[1::2]
    assert allele_texts(task, 30) == ([lines[0], lines[1]], [lines[1], lines[2]])
    assert task.targets()[:, 0].tolist() == [2, -3]
    assert task.info.excluded == {"a value was not measured": 1}
    with pytest.raises(BenchError, match=r"table\.tsv:2: 's9' is no record of records"):
        built(make, body, {"table.tsv": text.replace("0\t1\t1", "9\t1\t1"), "records.fa": fasta})


def placed(genome, kind):
    """Variants of two bases away from each other on each chromosome, as a table or as VCF."""
    rows, number = [], 0
    for chrom, codes in genome.items():
        for start in (500, 900, 1500):
            number += 1
            ref = decode(codes[start : start + 2])
            alt = LETTERS[(codes[start] + 1) % 4] + ref[1]
            rows.append((chrom, start + 1, ref, alt, number / 2))
    if kind == "vcf":
        head = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        lines = [f"{c}\t{p}\t.\t{r}\t{a}\t.\t.\tX=1;beta={b}" for c, p, r, a, b in rows]
        return {"v.vcf": head + "\n".join(lines) + "\n"}
    lines = [f"{c}\t{p}\t{r}\t{a}\t{b}" for c, p, r, a, b in rows]
    return {"v.tsv": "chrom\tpos\tref\talt\tbeta\n" + "\n".join(lines) + "\n"}


@pytest.mark.parametrize("kind", ["vcf", "tsv"])
def test_variants_of_a_genome(make, genomic_files, kind):
    genome, files = genomic_files
    fasta = {"genome.fa.gz": files["genome.fa.gz"]}
    body = options(PLACED).replace("FILE", "v")
    task = built(make, body, {**fasta, **placed(genome, kind)})
    frame = task.items()
    assert len(frame) == 12
    assert (frame["ref"].str.len() == 1).all()
    before, after = task.alleles(np.arange(12), 101)
    for row, (chrom, start) in enumerate(zip(frame["chrom"], frame["start"], strict=True)):
        np.testing.assert_array_equal(before[row], genome[chrom][start - 50 : start + 51])
        assert np.flatnonzero(before[row] != after[row]).tolist() == [50]
    assert task.info.input_limit is not None
    assert task.targets()[:3, 0].tolist() == [0.5, 1.0, 1.5]
    seen = task.examples("test", with_items=True).items
    assert {"ref", "alt", "chrom", "start"} <= set(seen.columns)


def test_variants_that_do_not_fit_the_genome(make, genomic_files):
    genome, files = genomic_files
    fasta = {"genome.fa.gz": files["genome.fa.gz"]}
    text = placed(genome, "tsv")["v.tsv"]
    line = text.splitlines()[2].split("\t")
    wrong = decode(3 - genome["chrI"][900:902])
    bad = text.replace("\t".join(line), "\t".join([*line[:2], wrong, *line[3:]]))
    body = options(PLACED).replace("FILE", "v")
    with pytest.raises(BenchError, match=rf"v\.tsv:3: ref '{wrong}', but genome sacCer3 has"):
        built(make, body, {**fasta, "v.tsv": bad})
    skipping = options(PLACED, "skip_mismatch = true").replace("FILE", "v")
    task = built(make, skipping, {**fasta, "v.tsv": bad})
    assert task.info.excluded == {"does not fit the genome": 1}
    twice = text + text.splitlines()[1] + "\n"
    with pytest.raises(BenchError, match=r"v\.tsv:14: duplicate id .*, first in line 2"):
        built(make, body, {**fasta, "v.tsv": twice})


def test_items_of_one_sequence_are_no_variants(make):
    body = """
[tasks.mine]
title = "t"
kind = "variant"
split = { method = "given" }
items = [{ file = "one", format = "fasta", label = 1, split = "test" },
         { file = "two", format = "fasta", label = 2, split = "test" }]
"""
    files = {"one.fa": random_fasta(4), "two.fa": random_fasta(4, seed=2)}
    with pytest.raises(BenchError, match="kind 'variant', but items have one sequence"):
        built(make, body, files)


def test_what_shares_a_word_with_another_task_is_left_out(make, tmp_path, monkeypatch):
    files = alleles(12)
    task = built(make, options(PAIRS, "place = 10"), files)
    lines = files["more.fa"].splitlines()[1::2]
    # Of the first, what lies behind the variant; of the second, on the other strand.
    complement = str.maketrans("ACGT", "TGCA")
    shared = [lines[0][11:] + "ACGTTGCAACG", lines[1][::-1].translate(complement)]
    others = random_fasta(30, 40, seed=9).splitlines()[1::2]
    text = "".join(f">p{row}\n{line}\n" for row, line in enumerate([*shared, *others]))
    folder = tmp_path / "training"
    folder.mkdir()
    (folder / "peaks.fa").write_text(text)
    (folder / "t.toml").write_text(
        HEAD.replace("mine", "training")
        + """
files.peaks = { path = "peaks.fa" }
[tasks.training]
title = "t"
kind = "classification"
split = { method = "component", valid = 0.2, test = 0.3 }
negatives = { method = "dinucleotide-shuffle" }
apart_from = [{ task = "mine", word = 25 }]
items = [{ file = "peaks", format = "fasta", label = 1 }]
"""
    )
    manifest = read_manifest(folder / "t.toml")
    mine = make(options(PAIRS, "place = 10"), files, VARIANT)
    source = TaskSource(manifest, folder / "t.toml", "training", CLASSIFICATION, {"mine": mine})
    training = open_or_build(source)
    assert training.info.excluded == {"shares a 25-mer with mine": 2}
    kept = {item.split("/")[0] for item in training.items()["item"]}
    assert kept == {f"peaks:p{row}" for row in range(2, 32)}
    assert task.info.items["test"] == 12


def test_the_vcf_may_be_compressed(make, genomic_files):
    genome, files = genomic_files
    text = placed(genome, "vcf")["v.vcf"]
    fasta = {"genome.fa.gz": files["genome.fa.gz"]}
    body = options(PLACED).replace("FILE", "v")
    task = built(make, body, {**fasta, "v.vcf.gz": gzip.compress(text.encode())})
    assert len(task.split) == 12

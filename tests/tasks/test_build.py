from __future__ import annotations

import gzip

import numpy as np
import pytest

from bench.data.alphabet import decode, encode
from bench.data.manifest import read_manifest
from bench.data.splits import TEST, TRAIN, VALID
from bench.interface.errors import BenchError, DataError
from bench.tasks.build import TaskSource, open_or_build, task_folder
from bench.tasks.kinds import CLASSIFICATION, REGRESSION

HEAD = """
schema = 1
name = "mine"
title = "t"
licence = "l"
citation = "c"
"""


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Write files and a manifest, and return the source of its one task."""
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))

    def source(body, files=(), rules=CLASSIFICATION):
        for name, text in dict(files).items():
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        path = tmp_path / "mine.toml"
        listed = "".join(f'{name.split(".")[0]} = {{ path = "{name}" }}\n' for name in dict(files))
        path.write_text(
            f"{HEAD}\n{body.split('[tasks')[0]}\n[files]\n{listed}\n[tasks"
            + body.split("[tasks", 1)[1]
        )
        return TaskSource(read_manifest(path), path, "mine", rules)

    return source


def random_fasta(count, length=60, seed=0, name="s"):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 4, (count, length), dtype=np.uint8)
    return "".join(f">{name}{row}\n{decode(codes)}\n" for row, codes in enumerate(rows))


PAIR = """
[tasks.mine]
title = "t"
kind = "classification"
split = { method = "component", valid = 0.2, test = 0.3 }
items = [
  { file = "pos", format = "fasta", label = 1 },
  { file = "neg", format = "fasta", label = 0 },
]
"""


def pair(positives=None, negatives=None):
    return {
        "pos.fa": random_fasta(40) if positives is None else positives,
        "neg.fa": random_fasta(40, seed=1) if negatives is None else negatives,
    }


def test_a_fasta_pair(make, tmp_path):
    task = open_or_build(make(PAIR, pair()))
    assert task.info.items == {"train": 40, "valid": 16, "test": 24}
    assert task.info.blocks == 24
    assert task.info.lengths == (60, 60, 60)
    assert task.info.negatives == "given"
    train = task.examples("train", with_targets=True)
    assert train.windows().shape == (40, 60)
    assert set(np.unique(train.targets())) == {0, 1}
    items = task.items()["item"]
    assert items.is_unique
    assert items[0] == "pos:s0"
    assert not list((tmp_path / "cache").rglob("*.tmp"))


def test_the_same_items_at_any_input_length(make):
    task = open_or_build(make(PAIR, pair()))
    test = task.examples("test")
    own = test.windows()
    assert np.array_equal(test.windows(60), own)
    wide = test.windows(100)
    assert np.array_equal(wide[:, 20:80], own)
    assert (wide[:, :20] == 4).all()
    assert np.array_equal(test.windows(20), own[:, 20:40])
    assert np.array_equal(test.windows(20, shift=5), own[:, 25:45])
    assert np.array_equal(test[np.array([3, 1])].windows(), own[[3, 1]])
    assert np.array_equal(np.concatenate(list(test.batches(7, 20))), own[:, 20:40])
    assert test.lengths.tolist() == [60] * len(test)


def test_targets_and_coordinates_are_hidden(make):
    task = open_or_build(make(PAIR, pair()))
    with pytest.raises(BenchError, match="in fit only"):
        task.examples("test").targets()
    with pytest.raises(BenchError, match="uses_coordinates"):
        task.examples("train", with_targets=True).items
    shown = task.examples("train", with_targets=True, with_items=True)
    assert list(shown.items.columns) == ["item", "chrom", "start", "end", "strand"]
    with pytest.raises(BenchError, match="no head 'mouse'"):
        shown.targets("mouse")
    assert len(shown.of_head("default")) == len(shown)


def test_a_build_is_kept_until_something_changes(make, tmp_path):
    source = make(PAIR, pair())
    first = open_or_build(source)
    folder = task_folder(source)
    assert open_or_build(source).info == first.info
    changed = make(PAIR, pair(positives=random_fasta(40, seed=5)))
    assert task_folder(changed) != folder
    second = open_or_build(changed)
    assert second.info.dataset_hash != first.info.dataset_hash
    reseeded = make(PAIR.replace("test = 0.3", "test = 0.3, seed = 2"), pair())
    third = open_or_build(reseeded)
    assert third.info.dataset_hash != second.info.dataset_hash
    assert third.info.split_hash != first.info.split_hash
    retitled = make(PAIR.replace('"t"', '"other"'), pair())
    assert open_or_build(retitled).info.key == first.info.key


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


GIVEN = """
[tasks.mine]
title = "t"
kind = "classification"
split = { method = "given", valid = 0.2 }
items = [
  { file = "train", format = "fasta", label_from = "header", split = "train" },
  { file = "test", format = "fasta", label_from = "header", split = "test" },
]
"""


def labelled(count, seed):
    lines = random_fasta(count, seed=seed).splitlines()[1::2]
    return "".join(f">{row % 2}\n{line}\n" for row, line in enumerate(lines))


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


def test_labels_from_headers(make):
    task = open_or_build(make(GIVEN, {"train.fa": labelled(50, 0), "test.fa": labelled(30, 1)}))
    assert task.info.items == {"train": 40, "valid": 10, "test": 30}
    assert task.items()["item"].iloc[0] == "train:1"


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


SHUFFLED = """
genome = "hg19"
[tasks.mine]
title = "t"
kind = "classification"
split = { method = "chromosome" }
negatives = { method = "METHOD", per_positive = 2 }
items = [{ file = "peaks", format = "fasta", label = 1, coordinates = "0-based" }]
"""


def peaks(count=60, length=60):
    lines = random_fasta(count, length).splitlines()[1::2]
    chroms = ["chr1", "chr7", "chr8", "chrM", "chr2"]
    return "".join(
        f">{chroms[row % 5]}:{row * 500_000}-{row * 500_000 + length}\n{line}\n"
        for row, line in enumerate(lines)
    )


@pytest.mark.parametrize("method", ["dinucleotide-shuffle", "mononucleotide-shuffle"])
def test_shuffled_negatives_follow_their_positive(make, method):
    task = open_or_build(make(SHUFFLED.replace("METHOD", method), {"peaks.fa": peaks()}))
    frame = task.items()
    assert task.info.items == {"train": 24 * 3, "valid": 12 * 3, "test": 12 * 3}
    assert task.info.excluded == {"chromosome left out by the genome build's split": 36}
    assert task.info.blocks == 12
    assert frame["item"].str.contains("/shuffle2").sum() == 48
    assert set(frame["chrom"][task.split == TEST]) == {"chr8"}
    assert set(frame["chrom"][task.split == VALID]) == {"chr7"}
    assert task.targets().mean() == pytest.approx(1 / 3)
    counts = np.stack([np.bincount(row, minlength=5) for row in task.examples("test").windows()])
    assert np.array_equal(counts[:12], counts[12:24])
    assert "shuffled" in task.info.negatives


GENOMIC = """
genome = "sacCer3"
[tasks.mine]
title = "t"
kind = "classification"
genome_file = "genome"
target = "factor"
split = { method = "chromosome" }
negatives = { method = "matched-windows", gc_tolerance = 0.1 }
items = [{ file = "peaks", format = "narrowpeak", label = 1, window = 100 }]
"""


@pytest.fixture
def genomic_files():
    rng = np.random.default_rng(4)
    genome = {
        chrom: rng.integers(0, 4, 30_000, dtype=np.uint8)
        for chrom in ("chrI", "chrIV", "chrXI", "chrII")
    }
    fasta = "".join(f">{chrom}\n{decode(codes)}\n" for chrom, codes in genome.items())
    peaks = "".join(
        f"{chrom}\t{start}\t{start + 300}\tp\t0\t.\t1\t-1\t-1\t{summit}\n"
        for chrom in genome
        for start, summit in [(1000, 20), (5000, -1), (9000, 200), (15_000, 150)]
    )
    return genome, {"genome.fa.gz": gzip.compress(fasta.encode()), "peaks.narrowPeak": peaks}


def test_peaks_on_a_genome_with_matched_negatives(make, genomic_files):
    genome, files = genomic_files
    task = open_or_build(make(GENOMIC, files))
    frame = task.items()
    assert task.info.items == {"train": 16, "valid": 8, "test": 8}
    assert task.info.heads["default"].targets == ("factor",)
    assert frame["item"][0] == "chrI:970-1070:."
    test = task.examples("test")
    rows = task.rows("test")
    for length, shift in ((None, 0), (100, 0), (400, 0), (50, 7)):
        for window, row in zip(test.windows(length, shift), rows, strict=True):
            item = frame.iloc[row]
            width = length or 100
            start = (item["start"] + item["end"]) // 2 - width // 2 + shift
            assert np.array_equal(window, genome[item["chrom"]][start : start + width])
    assert task.info.block_unit == "20 kb of a chromosome"


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


TABLE = """
[tasks.mine]
title = "t"
kind = "regression"
split = { method = "group", valid = 0.2, test = 0.3 }
items = [ITEMS]
""".replace(
    "ITEMS",
    '{ file = "table", format = "table", sequence = "seq", item = "id", group = "gene", '
    'targets = ["x", "y"] }',
)


def table(change=lambda row, line: line):
    lines = random_fasta(60, 30).splitlines()[1::2]
    rows = [
        f"i{row}\t{line}\tg{row // 3}\t{row}\t{row % 7 or 'NA'}" for row, line in enumerate(lines)
    ]
    rows = [change(row, line) for row, line in enumerate(rows)]
    return "id\tseq\tgene\tx\ty\n" + "\n".join(rows) + "\n"


def test_a_table_with_groups_and_missing_values(make):
    task = open_or_build(make(TABLE, {"table.tsv": table()}, REGRESSION))
    groups = task.items()["group"]
    for code in (TRAIN, VALID, TEST):
        assert not set(groups[task.split == code]) & set(groups[task.split != code])
    assert task.info.blocks == task.info.items["test"] // 3
    assert task.info.block_unit == "group"
    assert np.isnan(task.targets()).sum() == 9
    assert task.info.counts["test"][0].positives is None


def test_a_split_column(make):
    body = TABLE.replace('method = "group", valid = 0.2, test = 0.3', 'method = "given"').replace(
        'group = "gene"', 'split_column = "gene"'
    )
    words = ["train", "val", "test"]

    def split(row, line):
        return line.replace(f"g{row // 3}\t", f"{words[row % 3]}\t")

    info = open_or_build(make(body, {"table.tsv": table(split)}, REGRESSION)).info
    assert info.items == {"train": 20, "valid": 20, "test": 20}
    with pytest.raises(BenchError, match=r"table\.tsv:2: split 'g0': expected train"):
        open_or_build(make(body, {"table.tsv": table()}, REGRESSION))


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row, line: line.replace("A", "!", 1) if row == 2 else line, r"tsv:4: letter '!'"),
        (
            lambda row, line: line.replace("i3\t", "i2\t"),
            r"tsv:5: duplicate id 'i2', first in line 4",
        ),
        (lambda row, line: line.rsplit("\t", 1)[0] + "\t1", "'y' is constant"),
        (lambda row, line: line.rsplit("\t", 1)[0] + "\tinf", "infinite"),
    ],
)
def test_bad_tables(make, change, message):
    with pytest.raises(BenchError, match=message):
        open_or_build(make(TABLE, {"table.tsv": table(change)}, REGRESSION))


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


def test_a_sequence_of_any_length_fits_into_a_table(make):
    lines = random_fasta(4, 200_000).splitlines()[1::2]
    rows = [f"{line}\t{row}\t{row}\t{row}" for row, line in enumerate(lines)]
    text = "seq\tid\tx\ty\n" + "\n".join(rows) + "\n"
    body = TABLE.replace('"group", valid = 0.2, test = 0.3', '"component", valid = 0, test = 0.5')
    info = open_or_build(
        make(body.replace('group = "gene", ', ""), {"table.tsv": text}, REGRESSION)
    ).info
    assert info.lengths == (200_000,) * 3


def test_sequences_with_both_classes_are_told(make):
    shared = random_fasta(30, seed=5, name="both")
    files = {
        "pos.fa": random_fasta(60, seed=3) + shared,
        "neg.fa": random_fasta(60, seed=4, name="n") + shared.replace(">both", ">other"),
    }
    info = open_or_build(make(PAIR, files)).info
    assert info.notes == ("30 sequences stand in the data with both classes of a target.",)
    assert not open_or_build(make(PAIR, pair())).info.notes


def test_a_built_task_still_needs_its_local_files(make, tmp_path):
    source = make(PAIR, pair())
    open_or_build(source)
    (tmp_path / "neg.fa").unlink()
    with pytest.raises(DataError, match=r"neg\.fa: no such file"):
        open_or_build(source)


SIMULATED = """
genome = "sim1"
[tasks.mine]
title = "t"
kind = "classification"
split = { method = "chromosome" }
items = [{ format = "simulated", simulation = "binding" }]
"""


def test_another_kind_or_a_new_simulation_is_another_task(make, monkeypatch):
    lines = random_fasta(60, 30).splitlines()[1::2]
    rows = [f"{line}\ti{row}\t{row % 2}\t{row // 2 % 2}" for row, line in enumerate(lines)]
    files = {"table.tsv": "seq\tid\tx\ty\n" + "\n".join(rows) + "\n"}
    body = TABLE.replace('"group"', '"component"', 1).replace('group = "gene", ', "")
    first = open_or_build(make(body, files, REGRESSION)).info
    other = open_or_build(make(body.replace("regression", "classification"), files)).info
    assert first.key != other.key
    before = task_folder(make(SIMULATED))
    monkeypatch.setattr("bench.simulate.spec.SIMULATION_VERSION", 99)
    assert task_folder(make(SIMULATED)) != before


def test_codes_of_an_item_are_those_of_its_file(make):
    task = open_or_build(make(PAIR, pair()))
    text = dict(zip(pair()["pos.fa"].split()[::2], pair()["pos.fa"].split()[1::2], strict=True))
    rows = task.rows("test")
    for row, codes in zip(rows, task.examples("test").windows(), strict=True):
        name = task.items()["item"][row]
        if name.startswith("pos:"):
            assert np.array_equal(codes, encode(text[">" + name[4:]]))

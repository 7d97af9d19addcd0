from __future__ import annotations

import numpy as np
import pytest

from bench.data.splits import TEST, TRAIN, VALID
from bench.interface.errors import BenchError
from bench.tasks.build import open_or_build
from bench.tasks.kinds import REGRESSION
from tests.tasks.manifests import (
    TABLE,
    random_fasta,
    table,
)


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


def test_a_sequence_of_any_length_fits_into_a_table(make):
    lines = random_fasta(4, 200_000).splitlines()[1::2]
    rows = [f"{line}\t{row}\t{row}\t{row}" for row, line in enumerate(lines)]
    text = "seq\tid\tx\ty\n" + "\n".join(rows) + "\n"
    body = TABLE.replace('"group", valid = 0.2, test = 0.3', '"component", valid = 0, test = 0.5')
    info = open_or_build(
        make(body.replace('group = "gene", ', ""), {"table.tsv": text}, REGRESSION)
    ).info
    assert info.lengths == (200_000,) * 3


JOINED = TABLE.replace('sequence = "seq"', 'fasta = "records"')


def joined(names=lambda row: f"i{row}"):
    """A table without sequences, and a FASTA file with one more record than the table has rows."""
    lines = [line.split("\t") for line in table().splitlines()]
    shown = "\n".join("\t".join([row[0], *row[2:]]) for row in lines)
    records = random_fasta(61, 30).splitlines()[1::2]
    fasta = "".join(f">{names(row)} more words\n{text}\n" for row, text in enumerate(records))
    return {"table.tsv": shown + "\n", "records.fa": fasta}


def test_sequences_of_another_file(make):
    found = open_or_build(make(JOINED, joined(), REGRESSION))
    apart = open_or_build(make(TABLE, {"table.tsv": table()}, REGRESSION))
    for split in ("train", "valid", "test"):
        there, here = (task.examples(split, with_targets=True) for task in (apart, found))
        np.testing.assert_array_equal(here.windows(), there.windows())
        np.testing.assert_array_equal(here.targets(), there.targets())


@pytest.mark.parametrize(
    ("files", "body", "message"),
    [
        (joined(lambda row: f"j{row}"), JOINED, r"table\.tsv:2: 'i0' is no record of records\.fa"),
        (joined(lambda row: "i0"), JOINED, r"records\.fa:3: duplicate id 'i0', first in line 1"),
        (joined(), JOINED.replace('item = "id", ', ""), "fasta needs item"),
        (joined(), JOINED.replace("fasta =", 'sequence = "seq", fasta ='), "either sequence or"),
    ],
)
def test_sequences_that_are_not_there(make, files, body, message):
    with pytest.raises(BenchError, match=message):
        open_or_build(make(body, files, REGRESSION))


def test_a_part_of_the_group_counts(make):
    body = TABLE.replace('group = "gene"', 'group = "gene", group_pattern = "^g[01]?"')
    task = open_or_build(make(body, {"table.tsv": table()}, REGRESSION))
    assert set(task.items()["group"]) == {"g0", "g1", "g"}


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("^g[1-9]", r"table\.tsv:2: group 'g0': expected a match"), ("(", "no regular expression")],
)
def test_patterns_that_do_not_fit(make, pattern, message):
    body = TABLE.replace('group = "gene"', f'group = "gene", group_pattern = "{pattern}"')
    with pytest.raises(BenchError, match=message):
        open_or_build(make(body, {"table.tsv": table()}, REGRESSION))

from __future__ import annotations

import numpy as np
import pytest

from bench.data.alphabet import LETTERS
from bench.data.split_codes import VALID
from bench.interface.errors import BenchError
from tests.tasks.variant_manifests import allele_texts, built, options

SATURATION = """
[tasks.mine]
title = "t"
kind = "variant"
target = "log2"
split = { method = "given" }
items = [{ file = "table", format = "saturation", release = "GRCh38", OPTIONS }]
"""


def saturation(element="E", start=100, count=30, chrom="1", seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, count)
    rows = []
    for place, code in enumerate(codes.tolist()):
        for alt in (LETTERS[(code + 1) % 4], "-"):
            p = 1e-8 if place % 3 == 0 else 0.01 if place % 3 == 1 else 0.5
            rows.append(
                f"{chrom}\t{start + place}\t{LETTERS[code]}\t{alt}\t{place + 5}\t"
                f"{(place - 10) / 7:.3f}\t{p}\t{element}\tGRCh38"
            )
    return rows


COLUMNS = "Chrom\tPos\tRef\tAlt\tBarcodes\tCoefficient\tpValue\tElement\tRelease"


def saturated(*rows, release=("1\t7\tA\tC\t50\t1\t0.5\tE\tGRCh37",)):
    return {"table.tsv": "\n".join([COLUMNS, *rows, *release]) + "\n"}


def test_an_element_is_put_together_and_changed_in_turn(make):
    rows = [*saturation(), *saturation("F", 500, seed=1), *saturation("F2", 510, seed=1)[:2]]
    # F2 lies within F, and is of its locus.
    files = saturated(*rows, "NA\tNA\tNA\tNA\t90\t0\t1\tE\tGRCh38")
    task = built(make, options(SATURATION, "barcodes = 8"), files)
    assert task.info.excluded == {"fewer than 8 barcodes": 14, "no position": 1}
    frame = task.items()
    assert (
        frame["item"][0]
        == "E:103:" + frame["ref"][0] + ">" + LETTERS[(LETTERS.index(frame["ref"][0]) + 1) % 4]
    )
    before, after = allele_texts(task, 30)
    element = "".join(row.split("\t")[2] for row in saturation()[::2])
    for row in range(len(frame) // 2):
        place = frame["start"][row] - 99
        assert before[row] == element
        assert element[place] == frame["ref"][row]
        changed = element[:place] + frame["alt"][row] + element[place + 1 :]
        assert after[row] == changed.ljust(30, "N")
    assert task.info.blocks == 2
    assert set(frame["group"]) == {"E", "F"}


def test_experiments_one_by_one_with_stretches_for_blocks(make):
    rows = [*saturation(), *saturation("F", 500, seed=1)]
    task = built(make, options(SATURATION, "per_element = true, stretch = 10"), saturated(*rows))
    assert task.info.target_names == ("E", "F")
    targets = task.targets()
    assert (np.isnan(targets).sum(axis=1) == 1).all()
    assert task.info.blocks == 6
    assert task.info.block_unit == "10 bp of an element"


def test_causal_changes_against_controls_and_elements_for_validation(make):
    rows = [*saturation(), *saturation("F", 500, seed=1)]
    task = built(
        make, options(SATURATION, 'barcodes = 0, causal = 1e-5, valid = ["F"]'), saturated(*rows)
    )
    assert task.info.items == {"train": 0, "valid": 40, "test": 40}
    places = task.items()["start"].to_numpy() - np.where(task.split == VALID, 499, 99)
    np.testing.assert_array_equal(task.targets()[:, 0] == 1, places % 3 == 0)
    assert task.info.excluded["neither causal nor a control"] == 40


def test_a_masked_site_is_left_out(make):
    task = built(make, options(SATURATION, 'masked = ["1:104-106"]'), saturated(*saturation()))
    assert task.info.excluded["in a masked region"] == 4
    assert not set(task.items()["start"]) & {104, 105}


@pytest.mark.parametrize(
    ("change", "text", "message"),
    [
        (lambda row: row, 'elements = ["G"]', "no element 'G'"),
        (lambda row: row.replace("\t100\t", "\t-1\t"), "", r":2: Pos '-1', expected a whole"),
        (lambda row: row.replace("\t-\t", "\tAC\t"), "", r":3: Alt 'AC', expected a base or -"),
        (
            lambda row: "\t".join([*row.split("\t")[:3], row.split("\t")[2], *row.split("\t")[4:]]),
            "",
            r":2: Alt '.' is Ref, expected another base",
        ),
        (lambda row: row, 'masked = ["1:7"]', "masked region '1:7', expected chrom:start-end"),
        (lambda row: row, 'valid = ["E"]', "no items in test"),
    ],
)
def test_bad_saturation(make, change, text, message):
    rows = [change(row) for row in saturation()]
    with pytest.raises(BenchError, match=message):
        built(make, options(SATURATION, text), saturated(*rows))


def test_a_variant_that_stands_there_twice(make):
    rows = saturation()
    with pytest.raises(BenchError, match=r":62: duplicate id 'E:100:.>.', first in line 2"):
        built(make, options(SATURATION), saturated(*rows, rows[0]))


def test_what_was_not_measured_is_no_control(make):
    rows = [row.replace("\t0.5\tE", "\tNA\tE") for row in saturation()]
    task = built(
        make,
        options(SATURATION, "barcodes = 0, causal = 1e-5"),
        saturated(*rows[:12], *saturation()[12:]),
    )
    assert task.info.excluded["effect or P-value was not measured"] == 4


def test_rows_that_disagree_about_a_base(make):
    rows = saturation()
    first = rows[0].split("\t")
    first[2] = LETTERS[(LETTERS.index(first[2]) + 2) % 4]
    with pytest.raises(BenchError, match=r":62: Ref ., but . above"):
        built(make, options(SATURATION), saturated(*rows, "\t".join(first)))

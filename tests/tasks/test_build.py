from __future__ import annotations

import numpy as np
import pytest

from bench.data.alphabet import encode
from bench.interface.errors import BenchError, DataError
from bench.tasks.build import open_or_build, task_folder
from bench.tasks.kinds import REGRESSION
from tests.tasks.manifests import (
    GIVEN,
    PAIR,
    SIMULATED,
    TABLE,
    labelled,
    pair,
    random_fasta,
)


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


def test_a_built_task_still_needs_its_local_files(make, tmp_path):
    source = make(PAIR, pair())
    open_or_build(source)
    (tmp_path / "neg.fa").unlink()
    with pytest.raises(DataError, match=r"neg\.fa: no such file"):
        open_or_build(source)


def test_codes_of_an_item_are_those_of_its_file(make):
    task = open_or_build(make(PAIR, pair()))
    text = dict(zip(pair()["pos.fa"].split()[::2], pair()["pos.fa"].split()[1::2], strict=True))
    rows = task.rows("test")
    for row, codes in zip(rows, task.examples("test").windows(), strict=True):
        name = task.items()["item"][row]
        if name.startswith("pos:"):
            assert np.array_equal(codes, encode(text[">" + name[4:]]))


def test_labels_from_headers(make):
    task = open_or_build(make(GIVEN, {"train.fa": labelled(50, 0), "test.fa": labelled(30, 1)}))
    assert task.info.items == {"train": 40, "valid": 10, "test": 30}
    assert task.items()["item"].iloc[0] == "train:1"


def test_sequences_with_both_classes_are_told(make):
    shared = random_fasta(30, seed=5, name="both")
    files = {
        "pos.fa": random_fasta(60, seed=3) + shared,
        "neg.fa": random_fasta(60, seed=4, name="n") + shared.replace(">both", ">other"),
    }
    info = open_or_build(make(PAIR, files)).info
    assert info.notes == ("30 sequences stand in the data with both classes of a target.",)
    assert not open_or_build(make(PAIR, pair())).info.notes

"""The tasks of suite `chipseq`, built from the files that their manifests name."""

from __future__ import annotations

import re
import tomllib

import numpy as np
import pytest

from bench.data.fasta import read_fasta
from bench.data.manifest import read_manifest
from bench.data.splits import TEST
from bench.interface.errors import BenchError
from bench.registry.discovery import discover
from bench.tasks.build import TaskSource, open_or_build
from bench.tasks.catalogue import TaskCatalogue
from bench.tasks.kinds import CLASSIFICATION
from bench_datasets import HERE

pytestmark = pytest.mark.real_data

# Items as the sets are described by those who distribute them.
TEST_ITEMS = {"nfe2": 138, "fastsk-ctcf": 2000, "fastsk-jund": 2000, "fastsk-sin3a": 2000}


@pytest.fixture(scope="module")
def catalogue():
    return TaskCatalogue(discover())


def words(codes, k=50):
    """All k-mers and those of the reverse complement, as bytes, computed plainly."""
    turned = np.where(codes < 4, 3 - codes, 4).astype(np.uint8)[::-1]
    return {
        strand[place : place + k].tobytes()
        for strand in (codes, turned)
        for place in range(len(codes) - k + 1)
        if strand[place : place + k].max() < 4
    }


@pytest.mark.parametrize("name", TEST_ITEMS)
def test_the_test_set_is_whole_and_shares_no_50_mer_with_training(catalogue, mirror, name):
    task = open_or_build(catalogue[name])
    assert task.info.items["test"] == TEST_ITEMS[name]
    assert task.info.counts["test"][0].positives == TEST_ITEMS[name] // 2
    kept = words_of(task.examples("train")) | words_of(task.examples("valid"))
    assert not kept & words_of(task.examples("test"))


def words_of(examples):
    return set().union(*(words(codes) for codes in examples.windows()))


@pytest.mark.parametrize(("task", "file"), [("fastsk-jund", "JUND"), ("fastsk-sin3a", "SIN3A")])
def test_exact_copies_in_the_test_set_are_an_error_unless_allowed(mirror, tmp_path, task, file):
    train, test = (
        {record.codes.tobytes() for record in read_fasta(mirror / f"fastsk_tf/{file}.{part}.fasta")}
        for part in ("train", "test")
    )
    assert train & test
    text = (HERE / "fastsk-tf.toml").read_text()
    path = tmp_path / "strict.toml"
    path.write_text(text.replace('overlap = "drop-from-train"\n', ""))
    with pytest.raises(BenchError, match="share a 50-mer with the test set, for example"):
        open_or_build(TaskSource(read_manifest(path), path, task, CLASSIFICATION))


def test_ctcf_is_split_by_chromosome_and_each_shuffle_follows_its_peak(catalogue, mirror):
    task = open_or_build(catalogue["ctcf-shuffled"])
    frame = task.items()
    test = set(frame["chrom"][task.split == TEST])
    assert test
    assert not test & set(frame["chrom"][task.split != TEST])
    for split, (counts,) in task.info.counts.items():
        assert counts.positives * 2 == counts.items == task.info.items[split]


def test_every_task_of_the_suite_is_known(catalogue):
    suite = tomllib.loads((HERE / "suites/chipseq.toml").read_text())
    assert set(suite["tasks"]) <= set(catalogue)
    sources = {re.sub("-.*", "", name) for name in suite["tasks"]}
    assert sources == {"nfe2", "fastsk", "deepram", "ctcf"}

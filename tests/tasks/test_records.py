"""TFRecords of two species as items of two heads."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bench.data.crc32c import masked_crc32c
from bench.data.manifest import read_manifest
from bench.interface.errors import BenchError
from bench.run.prediction import predict_heads
from bench.tasks.build import TaskSource, open_or_build
from bench.tasks.kinds import PROFILE

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "bundles"
SIZES = {"num_targets": 3, "seq_length": 64, "target_length": 8, "pool_width": 4, "crop_bp": 16}
TARGETS = (
    "\tidentifier\tdescription\tstrand_pair\n0\tplus\tCAGE:a\t1\n1\tminus\tCAGE:a\t0\n"
    "2\topen\tDNASE:b\t2\n"
)
COUNTS = {"train": 3, "valid": 2, "test": 2}
BODY = """
[tasks.mine]
title = "t"
kind = "profile"
split = { method = "given" }
"""
ITEM = """
[[tasks.mine.items]]
format = "tfrecords"
head = "SPECIES"
genome = "BUILD"
split = "SPLIT"
records = ["SPECIES_SPLIT"]
statistics = "statistics"
targets = "targets"
windows = "SPECIES_windows"
"""
RNG = np.random.default_rng(2)


def varint(value):
    low, high = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(high) if high else bytes([low])


def nested(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def record(sequence, target):
    """A framed tf.train.Example of two byte strings."""
    entries = [
        nested(1, name) + nested(2, nested(1, nested(1, content)))
        for name, content in ((b"sequence", sequence), (b"target", target))
    ]
    message = nested(1, b"".join(nested(1, entry) for entry in entries))
    head = struct.pack("<Q", len(message))
    sums = [struct.pack("<I", masked_crc32c(part)) for part in (head, message)]
    return head + sums[0] + message + sums[1]


@pytest.fixture
def files():
    made = {"statistics.json": json.dumps(SIZES), "targets.txt": TARGETS}
    values = {}
    for species in ("human", "mouse"):
        rows, at = [], 1000
        for split, count in COUNTS.items():
            codes = RNG.integers(0, 4, (count, 64), dtype=np.uint8)
            targets = RNG.integers(0, 9, (count, 8, 3)).astype(np.float16)
            values[species, split] = codes, targets
            made[f"{species}_{split}.tfr"] = b"".join(
                record(one.tobytes(), two.tobytes())
                for one, two in zip(codes, targets, strict=True)
            )
            for _ in range(count):
                rows.append(f"chr1\t{at}\t{at + 64}\t{split}\n")
                at += 1000
        made[f"{species}_windows.bed"] = "".join(rows)
    return made, values


def body(change=lambda text, *_: text, heads=(("human", "hg38"), ("mouse", "mm10"))):
    items = ""
    for species, build in heads:
        for split in COUNTS:
            item = ITEM.replace("SPECIES", species).replace("BUILD", build).replace("SPLIT", split)
            items += change(item, species, split)
    return BODY + items


def test_each_head_has_its_own_items_targets_and_genome(make, files):
    made, values = files
    task = open_or_build(make(body(), made, PROFILE))
    heads = task.info.heads
    assert list(heads) == ["human", "mouse"]
    assert [head.genome for head in heads.values()] == ["hg38", "mm10"]
    assert heads["human"].strand_pairs == (1, 0, 2)
    assert (heads["human"].bins, heads["human"].bin_width) == (8, 4)
    assert task.info.values_shape == (8, 6)
    assert task.info.target_names[:2] == ("human: plus", "human: minus")
    train = task.examples("train", with_targets=True, with_items=True)
    assert len(train) == 6
    for species in heads:
        part = train.of_head(species)
        codes, targets = values[species, "train"]
        np.testing.assert_array_equal(part.windows(64), codes)
        np.testing.assert_array_equal(part.windows(32), codes[:, 16:48])
        np.testing.assert_array_equal(part.targets(species), targets)
        assert set(part.items["chrom"]) == {f"{heads[species].genome}:chr1"}
        # An item is the part of its sequence that has bins.
        assert part.items["start"].tolist() == [1016, 2016, 3016]
        assert part.items["end"].tolist() == [1048, 2048, 3048]
    assert np.isnan(train.targets("mouse")[:3]).all()


class Constant:
    """Predicts 1 for human and 2 for mouse."""

    def predict(self, examples, head):
        return np.full((len(examples), 8, 3), 1.0 if head == "human" else 2.0)


def test_predictions_of_all_heads_stand_side_by_side(make, files):
    task = open_or_build(make(body(), files[0], PROFILE))
    test = task.examples("test")
    found = predict_heads(Constant(), test, task)
    truth = task.all_targets("test")
    assert found.shape == truth.shape == (4, 8, 6)
    assert (found[:2, :, :3] == 1).all()
    assert (found[2:, :, 3:] == 2).all()
    assert np.isnan(truth[:2, :, 3:]).all()
    np.testing.assert_array_equal(truth[2:, :, 3:], files[1]["mouse", "test"][1])


def test_wider_bins_are_sums_and_a_pattern_chooses_targets(make, files):
    made, values = files
    one = body(
        lambda item, *_: item + 'bin_width = 8\npattern = "^CAGE"\n', heads=(("human", "hg38"),)
    )
    task = open_or_build(make(one, made, PROFILE))
    (head,) = task.info.heads.values()
    assert (head.targets, head.bins, head.bin_width) == (("plus", "minus"), 4, 8)
    expected = values["human", "train"][1][..., :2].reshape(3, 4, 2, 2).sum(axis=2)
    # The only head of a task is the default one.
    np.testing.assert_array_equal(task.examples("train", with_targets=True).targets(), expected)


def test_targets_that_are_not_all_there_are_told(make, files):
    made = {**files[0], "targets.txt": TARGETS.replace("\n2\t", "\n5\t").replace("\t2\n", "\t5\n")}
    with pytest.raises(BenchError, match="indices of 3 targets, expected 0 to 2"):
        open_or_build(make(body(), made, PROFILE))


def test_windows_of_another_length_are_told(make, files):
    windows = files[0]["human_windows.bed"].replace("1064", "1065")
    with pytest.raises(BenchError, match=r"human_windows\.bed.*65 bp, expected 64 or 32"):
        open_or_build(make(body(), {**files[0], "human_windows.bed": windows}, PROFILE))


def test_targets_beyond_the_memory_are_refused(make, files, monkeypatch):
    import bench.tasks.records

    # 3 windows of 8 bins and 3 targets, 4 bytes each, held twice.
    memory = SimpleNamespace(available=2 * 4 * 3 * 8 * 3 - 1)
    monkeypatch.setattr(bench.tasks.records.psutil, "virtual_memory", lambda: memory)
    with pytest.raises(BenchError, match=r"3 windows need 0\.0 GB .*: choose targets by pattern"):
        open_or_build(make(body(), files[0], PROFILE))


def test_the_example_of_a_published_bundle_is_read(files, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "basenji2.toml"
    path.write_text((EXAMPLES / "basenji2.toml").read_text())
    for species in ("human", "mouse"):
        records = tmp_path / species / "tfrecords"
        records.mkdir(parents=True)
        for split in COUNTS:
            (records / f"{split}-0.tfr").write_bytes(files[0][f"{species}_{split}.tfr"])
        for name, content in (
            ("statistics.json", json.dumps(SIZES)), ("targets.txt", TARGETS),
            ("sequences.bed", files[0][f"{species}_windows.bed"]),
        ):  # fmt: skip
            (tmp_path / species / name).write_text(content)
    task = open_or_build(TaskSource(read_manifest(path), path, "basenji2-bundle", PROFILE))
    assert task.info.items == {split: 2 * count for split, count in COUNTS.items()}
    assert {head.targets for head in task.info.heads.values()} == {("plus", "minus")}


def test_a_strand_without_the_other_is_refused(make, files):
    alone = TARGETS.replace("CAGE:a\t0", "CAGE:b\t0")
    with pytest.raises(
        BenchError, match=r"targets\.txt: target plus is of one strand, .* target 1"
    ):
        changed = {**files[0], "targets.txt": alone}
        open_or_build(make(body(lambda item, *_: item + 'pattern = ":a"\n'), changed, PROFILE))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda item, *_: item + "bin_width = 6\n", "bin_width is 6, expected a multiple of 4"),
        (lambda item, *_: item + 'pattern = "^ATAC"\n', "no description that '\\^ATAC' matches"),
        (lambda item, *_: item + 'pattern = "("\n', "pattern is no regular expression"),
        (
            lambda item, species, split: item.replace(f"{species}_{split}", f"{species}_train"),
            r"windows\.bed: 2 windows of valid, but the records hold 3",
        ),
        (
            lambda item, species, split: item.replace(
                f'"{species}_{split}"', f'"{species}_{split}_10", "{species}_{split}_2"'
            ),
            "records: 'human_train_10' before 'human_train_2', expected the order of",
        ),
        (
            lambda item, species, _: item + ("bin_width = 8\n" if species == "mouse" else ""),
            r"bins of \['4', '8'\] bp, expected one width",
        ),
    ],
)
def test_mistakes(make, files, change, message):
    with pytest.raises(BenchError, match=message):
        open_or_build(make(body(change), files[0], PROFILE))

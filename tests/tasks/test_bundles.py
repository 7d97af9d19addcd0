"""Bundles of one-hot sequences, in small files of the published layouts."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from bench.data.alphabet import reverse_complement
from bench.data.manifest import read_manifest
from bench.interface.errors import BenchError
from bench.tasks.build import TaskSource, open_or_build
from bench.tasks.kinds import CLASSIFICATION
from tests.tasks.manifests import HEAD

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "bundles"
LENGTH, TARGETS = 60, 3

DEEPSEA = """
[tasks.mine]
title = "t"
kind = "classification"
split = { method = "given" }
overlap = "unchecked"
items = [
  { file = "train", format = "deepsea", split = "train", block_items = 4 },
  { file = "valid", format = "deepsea", split = "valid", block_items = 4 },
  { file = "test", format = "deepsea", split = "test", block_items = 4 },
]
"""

BASSET = """
[tasks.mine]
title = "t"
kind = "classification"
split = { method = "given" }
overlap = "unchecked"
items = [
  { file = "bundle", format = "basset", split = "train" },
  { file = "bundle", format = "basset", split = "valid" },
  { file = "bundle", format = "basset", split = "test" },
]
"""


def items(count, seed):
    """Codes with some N, and targets with both classes."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(5, (count, LENGTH), p=[0.24, 0.24, 0.24, 0.24, 0.04]).astype(np.uint8)
    return codes, (np.arange(count)[:, None] + np.arange(TARGETS)) % 3 == 0


def one_hot(codes, channels):
    """Return `(n, 4, length)`, all zeros for N."""
    return np.stack([codes == "ACGT".index(base) for base in channels], axis=1).astype(np.uint8)


def both_strands(codes, targets):
    return np.concatenate([codes, reverse_complement(codes)]), np.concatenate([targets, targets])


def write_deepsea(folder, change=lambda name, arrays: arrays):
    """Write the three files; the first as MATLAB does HDF5, with 512 bytes before it."""
    for seed, (name, count) in enumerate([("train", 10), ("valid", 6), ("test", 8)]):
        codes, targets = both_strands(*items(count, seed))
        sequences = one_hot(codes, "AGCT")
        arrays = {f"{name}xdata": sequences, f"{name}data": targets.astype(np.uint8)}
        arrays = change(name, arrays)
        path = folder / f"{name}.mat"
        if name == "train":
            with h5py.File(path, "w", userblock_size=512) as file:
                for key, array in arrays.items():
                    # MATLAB's axes come out reversed: (length, 4, n) and (targets, n).
                    file[key] = array.T
        else:
            savemat(path, arrays)


def write_basset(folder, change=lambda arrays: arrays):
    arrays = {"target_labels": np.array([b"8988T", b"AoSMC", b"Chorion"])}
    for seed, (name, count) in enumerate([("train", 10), ("valid", 6), ("test", 8)]):
        codes, targets = items(count, seed)
        arrays[f"{name}_in"] = one_hot(codes, "ACGT")[:, :, None, :].astype(bool)
        arrays[f"{name}_out"] = targets.astype(bool)
    with h5py.File(folder / "bundle.h5", "w") as file:
        for key, array in change(arrays).items():
            file[key] = array


@pytest.fixture
def built(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))

    def build(body):
        files = {
            "train": "train.mat", "valid": "valid.mat", "test": "test.mat", "bundle": "bundle.h5",
        }  # fmt: skip
        listed = "".join(
            f'{name} = {{ path = "{file}" }}\n' for name, file in files.items() if name in body
        )
        path = tmp_path / "mine.toml"
        path.write_text(f"{HEAD}\n[files]\n{listed}\n{body}")
        return open_or_build(TaskSource(read_manifest(path), path, "mine", CLASSIFICATION))

    return build


def test_deepsea_gives_one_strand_of_each_item(built, tmp_path):
    write_deepsea(tmp_path)
    task = built(DEEPSEA)
    assert task.info.items == {"train": 10, "valid": 6, "test": 8}
    for seed, (name, count) in enumerate([("train", 10), ("valid", 6), ("test", 8)]):
        codes, targets = items(count, seed)
        examples = task.examples(name, with_targets=True)
        np.testing.assert_array_equal(examples.windows(), codes)
        np.testing.assert_array_equal(examples.targets(), targets)
    assert task.info.heads["default"].targets == ("target-1", "target-2", "target-3")


def test_consecutive_items_are_resampled_together(built, tmp_path):
    write_deepsea(tmp_path)
    info = built(DEEPSEA).info
    assert (info.blocks, info.block_unit) == (2, "group")
    assert "The build did not look whether train and test overlap; an audit does." in info.notes


def test_basset_is_one_file_with_names_of_targets(built, tmp_path):
    write_basset(tmp_path)
    task = built(BASSET)
    assert task.info.heads["default"].targets == ("8988T", "AoSMC", "Chorion")
    for seed, (name, count) in enumerate([("train", 10), ("valid", 6), ("test", 8)]):
        codes, targets = items(count, seed)
        examples = task.examples(name, with_targets=True)
        np.testing.assert_array_equal(examples.windows(), codes)
        np.testing.assert_array_equal(examples.targets(), targets)
    assert (task.info.blocks, task.info.block_unit) == (8, "item")


def test_overlap_is_checked_unless_told_otherwise(built, tmp_path):
    def shared(arrays):
        arrays["train_in"][0] = arrays["test_in"][0]
        return arrays

    write_basset(tmp_path, shared)
    codes = built(BASSET).examples("train").windows()
    assert len(codes) == 10
    with pytest.raises(BenchError, match="50"):
        built(BASSET.replace('overlap = "unchecked"', 'overlap = "error"'))


def test_a_target_without_positives_in_the_test_set_is_noted(built, tmp_path):
    def absent(name, arrays):
        if name == "test":
            arrays["testdata"][:, 1] = 0
        return arrays

    write_deepsea(tmp_path, absent)
    info = built(DEEPSEA).info
    assert "1 targets have one class in the test set, and no score." in info.notes
    assert info.counts["test"][1].positives == 0


def test_a_test_set_without_any_score_is_refused(built, tmp_path):
    def absent(name, arrays):
        if name == "test":
            arrays["testdata"][:] = 0
        return arrays

    write_deepsea(tmp_path, absent)
    with pytest.raises(BenchError, match="'target-1' has only class 0 in test"):
        built(DEEPSEA)


def test_an_unknown_base_may_be_a_quarter_of_each(built, tmp_path):
    def quarters(arrays):
        for name in ("train", "valid", "test"):
            part = arrays[f"{name}_in"].astype(np.float16)
            arrays[f"{name}_in"] = np.where(part.any(axis=1, keepdims=True), part, 0.25)
        return arrays

    write_basset(tmp_path, quarters)
    codes, _ = items(10, 0)
    assert (codes == 4).any()
    np.testing.assert_array_equal(built(BASSET).examples("train").windows(), codes)


@pytest.mark.parametrize("labels", [[b"a", b"b"], [b"a", b"b", b"a"]])
def test_labels_that_do_not_fit(built, tmp_path, labels):
    write_basset(tmp_path, lambda arrays: {**arrays, "target_labels": np.array(labels)})
    with pytest.raises(BenchError, match="2 different target_labels, expected 3"):
        built(BASSET)


def test_a_group_in_place_of_an_array(built, tmp_path):
    write_basset(tmp_path)
    with h5py.File(tmp_path / "bundle.h5", "a") as file:
        del file["valid_out"]
        file.create_group("valid_out")
    with pytest.raises(BenchError, match="'valid_out' is no plain array, but Group"):
        built(BASSET)


@pytest.mark.parametrize(("name", "write"), [("deepsea", write_deepsea), ("basset", write_basset)])
def test_the_manifests_of_the_documentation(tmp_path, monkeypatch, name, write):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    path = tmp_path / f"{name}.toml"
    path.write_text((EXAMPLES / f"{name}.toml").read_text())
    manifest = read_manifest(path)
    folder = (tmp_path / next(iter(manifest.files.values())).path).parent
    folder.mkdir(exist_ok=True)
    write(folder)
    if name == "basset":
        (folder / "bundle.h5").rename(folder / "encode_roadmap.h5")
    task = open_or_build(TaskSource(manifest, path, f"{name}-bundle", CLASSIFICATION))
    assert task.info.items == {"train": 10, "valid": 6, "test": 8}


def renamed(name, arrays):
    return {f"{key}s": array for key, array in arrays.items()} if name == "test" else arrays


def other_order(name, arrays):
    if name == "train":
        key = "trainxdata"
        arrays[key] = np.concatenate([arrays[key][:10], arrays[key][10:][::-1]])
    return arrays


def odd_count(name, arrays):
    return {key: array[:-1] for key, array in arrays.items()} if name == "valid" else arrays


def fewer_targets(name, arrays):
    if name == "valid":
        arrays["validdata"] = arrays["validdata"][:-1]
    return arrays


def other_targets(name, arrays):
    if name == "valid":
        arrays["validdata"][7] = 1 - arrays["validdata"][7]
    return arrays


def doubled(name, arrays):
    if name == "test":
        arrays["testxdata"][3, :, 7] = 1
    return arrays


def turned(name, arrays):
    if name == "test":
        arrays["testxdata"] = arrays["testxdata"].transpose(0, 2, 1)
    return arrays


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (renamed, r"test\.mat: arrays \['testdatas', 'testxdatas'\], expected one named like"),
        (other_order, r"train\.mat: item 10 is not the reverse complement of item 0"),
        (odd_count, r"valid\.mat: 11 items, expected as many on either strand"),
        (fewer_targets, r"valid\.mat: targets of shape \(11, 3\), expected \(12, targets\)"),
        (other_targets, r"valid\.mat: item 7 has other targets than item 1"),
        (doubled, r"test\.mat: item 3 is not one-hot"),
        (turned, r"test\.mat: sequences of shape \(16, 60, 4\), expected \(n, 4, length\)"),
    ],
)
def test_files_of_another_layout(built, tmp_path, change, message):
    write_deepsea(tmp_path, change)
    with pytest.raises(BenchError, match=message):
        built(DEEPSEA)


def test_no_such_array(built, tmp_path):
    def without(arrays):
        return {key: array for key, array in arrays.items() if key != "valid_out"}

    write_basset(tmp_path, without)
    with pytest.raises(BenchError, match=r"no array 'valid_out'"):
        built(BASSET)


@pytest.mark.parametrize("content", [b"nothing of this kind" * 20, b"", b"\0" * 200])
def test_no_such_format(built, tmp_path, content):
    write_deepsea(tmp_path)
    (tmp_path / "test.mat").write_bytes(content)
    with pytest.raises(BenchError, match=r"test\.mat: neither HDF5 nor a MATLAB file"):
        built(DEEPSEA)


def test_many_items_are_read_in_parts(built, tmp_path, monkeypatch):
    import bench.tasks.bundles

    monkeypatch.setattr(bench.tasks.bundles, "AT_A_TIME", 3)
    write_deepsea(tmp_path)
    codes, _ = items(10, 0)
    np.testing.assert_array_equal(built(DEEPSEA).examples("train").windows(), codes)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('split = "test" }', "}", "basset.split: missing"),
        ('method = "given"', 'method = "component"', "overlap 'unchecked' goes with"),
    ],
)
def test_manifests_that_cannot_be(built, old, new, message):
    body = BASSET.replace(f", {old}" if old.startswith("split") else old, new)
    with pytest.raises(BenchError, match=message):
        built(body)

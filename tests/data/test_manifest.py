from __future__ import annotations

import copy

import pytest

from bench.data.manifest import parse_manifest, read_manifest, read_toml
from bench.interface.errors import DataError

SHA = "0" * 64
MANIFEST = {
    "schema": 1,
    "name": "my-data",
    "title": "t",
    "licence": "l",
    "citation": "c",
    "files": {"pos": {"path": "pos.fa"}},
    "tasks": {
        "my-task": {
            "title": "t",
            "kind": "classification",
            "split": {"method": "component"},
            "items": [{"file": "pos", "format": "fasta", "label": 1}],
        }
    },
}


def changed(path, value):
    content = copy.deepcopy(MANIFEST)
    place = content
    *parents, last = path
    for key in parents:
        place = place[key]
    place[last] = value
    return content


def test_a_minimal_manifest(tmp_path):
    manifest = parse_manifest(tmp_path / "m.toml", MANIFEST)
    assert manifest.tasks["my-task"].split.valid == 0.1
    assert manifest.files["pos"].url is None


ITEM = ("tasks", "my-task", "items", 0)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("schema",), 7, "schema 7: expected 1"),
        (("name",), "My Data", "expected lower-case"),
        (("titel",), "t", "titel"),
        (("tasks",), {}, "tasks"),
        (("files", "pos"), {}, "either url or path"),
        (("files", "pos"), {"url": "http://x/y"}, "needs bytes and sha256"),
        (("files", "pos"), {"path": "x", "sha256": "abc"}, "sha256"),
        (("tasks", "my-task", "kind"), "clasification", "kind"),
        (("tasks", "my-task", "split", "valid"), 1.5, "split.valid"),
        (("tasks", "my-task", "split", "method"), "chromosome", "needs genome"),
        (
            ("tasks", "my-task", "negatives"),
            {"method": "dinucleotide-shuffle", "splits": ["train"]},
            "only with split method 'given'",
        ),
        ((*ITEM, "split"), "train", "a source names its split, but split method is 'component'"),
        (("tasks", "my-task", "kinds"), "classification", "tasks.my-task.kinds: unknown key"),
        ((*ITEM, "file"), "absent", "'absent', which is not in files"),
        ((*ITEM, "label_from"), "header", "either label or label_from"),
        (ITEM, {"format": "fasta", "label": 1}, "fasta.file: missing"),
        (ITEM, {"format": "table", "file": "pos"}, "table.targets: missing"),
        (
            ITEM,
            {"format": "table", "file": "pos", "targets": ["y"]},
            "needs either sequence or fasta",
        ),
        (ITEM, {"format": "bad", "file": "pos"}, "'bad'.* does not match any of the expected"),
        (ITEM, {"format": "bed", "file": "pos"}, "bed.label: missing"),
        (ITEM, {"format": "simulated"}, "simulation: missing"),
        ((*ITEM, "window"), 200, "fasta.window: unknown key"),
        (ITEM, {"format": "bed", "file": "pos", "label": 1, "window": 0}, "bed.window"),
    ],
)
def test_a_wrong_manifest_names_the_field(tmp_path, path, value, message):
    with pytest.raises(DataError, match=message) as caught:
        parse_manifest(tmp_path / "m.toml", changed(path, value))
    assert str(caught.value).startswith(str(tmp_path / "m.toml"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), (b"a = ", "not TOML"), (b"\xff\xfe", "not TOML")],
)
def test_a_file_that_is_no_toml(tmp_path, content, message):
    path = tmp_path / "m.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_toml(path)


def test_a_folder_is_no_toml(tmp_path):
    with pytest.raises(DataError):
        read_manifest(tmp_path)

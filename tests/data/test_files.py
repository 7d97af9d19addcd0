from __future__ import annotations

import errno

import pytest

from bench.data.files import atomic_file, atomic_folder, sha256_of
from bench.interface.errors import BenchError


def test_a_full_disk_names_the_file(tmp_path):
    with pytest.raises(OSError, match="No space left") as caught, atomic_file(tmp_path / "x"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(tmp_path / "x")


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "x.txt"
    with atomic_file(path) as temporary:
        temporary.write_text("one")
        assert not path.exists()
    with pytest.raises(OSError, match="full"), atomic_file(path) as temporary:
        temporary.write_text("two")
        raise OSError("full")
    assert path.read_text() == "one"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "store"
    with pytest.raises(RuntimeError), atomic_folder(path) as temporary:
        (temporary / "x").write_text("one")
        raise RuntimeError
    assert not list(tmp_path.iterdir())
    with atomic_folder(path) as temporary:
        (temporary / "x").write_text("one")
    # Somebody else was faster: theirs stays.
    with atomic_folder(path) as temporary:
        (temporary / "x").write_text("two")
    assert (path / "x").read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_parent_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(BenchError, match="file is a file, expected a folder"),
        atomic_file(tmp_path / "file" / "deep" / "x"),
    ):
        pass


def test_sha256(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    assert sha256_of(tmp_path / "x").startswith("ba7816bf")

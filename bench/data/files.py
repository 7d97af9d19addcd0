"""Writing so that a reader sees the old content or the new, never a part; and hashing."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.interface.errors import BenchError

CHUNK = 1 << 20


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it replaces `path` when the block ends well.

    Raises:
        BenchError: a parent of `path` is a file.
    """
    temporary = _beside(path)
    try:
        yield temporary
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno and error.filename is None:
            # A full disk is told by the write, which does not know what it writes.
            error.filename = str(path)
        raise


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`, renamed to `path` when the block ends well.

    Where another process has made `path` in the meantime, that one stays.
    """
    temporary = _beside(path)
    try:
        temporary.mkdir()
        yield temporary
        if not path.exists():
            temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _beside(path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        blocker = next(parent for parent in path.parents if parent.is_file())
        raise BenchError(f"cannot write {path}: {blocker} is a file, expected a folder") from error
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")

"""One process at a time writes a run folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.interface.errors import BenchError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; the system releases it when the process ends, however it ends.

    Raises:
        BenchError: another process holds it.
    """
    import fcntl

    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BenchError(f"{path.parent}: another bench process is running there") from error
        yield

"""Errors that are the user's to mend: one clear line each, never a traceback."""

from __future__ import annotations

from pathlib import Path


class BenchError(Exception):
    """A mistake in what was asked for or given; its text is the one line shown to the user."""


class DataError(BenchError):
    """Bad input in a file; the text names the file, the line where known, and what was expected."""

    def __init__(self, path: Path | str, message: str, line: int | None = None) -> None:
        """Say what is wrong in `path`, at `line` (counted from 1) where a line is to blame."""
        place = str(path) if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {message}")
        self.path = Path(path)
        self.line = line

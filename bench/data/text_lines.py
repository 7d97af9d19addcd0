"""Text files, plain, gzip or bgzip, line by line: files of any size pass through."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from gzip import BadGzipFile
from pathlib import Path

from bench.data.fasta import open_binary
from bench.interface.errors import DataError


def stream_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield `(line number from 1, line)`, empty lines too, without line ends.

    Raises:
        DataError: no such file, damaged compression, or text that is not UTF-8.
    """
    with open_binary(path) as stream:
        number = 0
        while True:
            number += 1
            try:
                raw = stream.readline()
            except (EOFError, zlib.error, BadGzipFile) as error:
                raise DataError(path, "truncated or damaged gzip", number) from error
            if not raw:
                return
            try:
                # Some programs begin a file with a mark of its encoding.
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise DataError(path, "not UTF-8", number) from error
            yield number, text.rstrip("\r\n")

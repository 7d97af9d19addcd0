"""2bit files."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from bench.data.alphabet import encode
from bench.data.fasta import FastaRecord
from bench.interface.errors import DataError

MAGICS = {b"\x43\x27\x41\x1a": "<", b"\x1a\x41\x27\x43": ">"}
"""First bytes of a file, and the byte order that they tell."""


def is_twobit(path: Path) -> bool:
    """Whether a file's first bytes say that it is 2bit."""
    with path.open("rb") as stream:
        return stream.read(4) in MAGICS


def read_twobit(path: Path) -> Iterator[FastaRecord]:
    """Read the sequences of a 2bit file one after the other; soft masks are ignored.

    Raises:
        DataError: no such file, no 2bit file, or one that ends too early.
    """
    import py2bit

    if not path.is_file():
        raise DataError(path, "no such file")
    _refuse_truncated(path)
    try:
        opened = py2bit.open(str(path), False)
    except RuntimeError as error:
        raise DataError(path, "not a 2bit file, or damaged") from error
    try:
        for name in opened.chroms():
            yield FastaRecord(name, name, encode(opened.sequence(name)), 0)
    finally:
        opened.close()


def _refuse_truncated(path: Path) -> None:
    """Compare the size of the file with what its index says; the reader itself makes up bases."""
    size = path.stat().st_size
    try:
        with path.open("rb") as stream:
            needed = max(_record_ends(stream), default=0)
    except (struct.error, KeyError) as error:
        raise DataError(path, "not a 2bit file, or damaged") from error
    if size < needed:
        raise DataError(path, f"truncated: {size} bytes, its index needs {needed}")


def _record_ends(stream: BinaryIO) -> Iterator[int]:
    """Offset of the end of each sequence, by the file's index and the heads of its records.

    A record holds its length, the blocks of N and of soft mask as counts, starts and sizes, a
    reserved word and four bases per byte; all numbers have four bytes.
    """
    order = MAGICS[stream.read(4)]

    def number() -> int:
        return int(struct.unpack(f"{order}I", stream.read(4))[0])

    _, count, _ = number(), number(), number()
    offsets = []
    for _ in range(count):
        (width,) = struct.unpack("B", stream.read(1))
        stream.seek(width, 1)
        offsets.append(number())
    for offset in offsets:
        stream.seek(offset)
        bases = number()
        for _ in range(2):
            stream.seek(8 * number(), 1)
        yield stream.tell() + 4 + (bases + 3) // 4

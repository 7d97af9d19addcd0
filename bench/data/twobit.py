"""2bit files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.data.alphabet import encode
from bench.data.fasta import FastaRecord
from bench.interface.errors import DataError

MAGICS = (b"\x43\x27\x41\x1a", b"\x1a\x41\x27\x43")


def is_twobit(path: Path) -> bool:
    """Whether a file's first bytes say that it is 2bit."""
    with path.open("rb") as stream:
        return stream.read(4) in MAGICS


def read_twobit(path: Path) -> Iterator[FastaRecord]:
    """Read the sequences of a 2bit file one after the other; soft masks are ignored.

    Raises:
        DataError: no such file, or no 2bit file.
    """
    import py2bit

    if not path.is_file():
        raise DataError(path, "no such file")
    try:
        opened = py2bit.open(str(path), False)
    except RuntimeError as error:
        raise DataError(path, "not a 2bit file, or damaged") from error
    try:
        for name in opened.chroms():
            yield FastaRecord(name, name, encode(opened.sequence(name)), 0)
    finally:
        opened.close()

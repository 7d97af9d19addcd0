"""FASTA files, plain, gzip or bgzip, read as a stream."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, cast

import numpy as np

from bench.data.alphabet import CODE_OF_BYTE, ODD
from bench.interface.errors import DataError

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray

CHUNK = 1 << 24
GZIP_MAGIC = b"\x1f\x8b"
WINDOWS = "Windows line end (CRLF); convert the file with dos2unix"


class FastaRecord(NamedTuple):
    """One record: `name` is the first word of the header, `description` the whole of it.

    `codes` has shape `(length,)`; `line` is the line of the header, from 1 (0 where a file has no
    lines); `ambiguous` counts IUPAC letters that were read as N.
    """

    name: str
    description: str
    codes: CodeArray
    line: int
    ambiguous: int = 0


def read_fasta(path: Path) -> Iterator[FastaRecord]:
    """Read the records of a FASTA file one after the other.

    Raises:
        DataError: no such file, no record, a record without sequence, a letter that is no base,
            text before the first record, Windows line ends, or damaged compression.
    """
    line = 1
    for header, body in _raw_records(path):
        if not header.startswith(b">"):
            raise DataError(path, f"expected '>', found {_shown(header or body)}", 1)
        yield _record(path, header[1:], body, line)
        line += 1 + body.count(b"\n")
    if line == 1:
        raise DataError(path, "empty, expected at least one record")


def open_binary(path: Path) -> IO[bytes]:
    """Open a file for reading, decompressed where its first bytes say that it is gzip or bgzip.

    Raises:
        DataError: no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            compressed = stream.read(2) == GZIP_MAGIC
        return cast("IO[bytes]", gzip.open(path, "rb")) if compressed else path.open("rb")
    except FileNotFoundError as error:
        raise DataError(path, "no such file") from error
    except OSError as error:
        raise DataError(path, error.strerror or "cannot be read") from error


def read_chunks(path: Path, size: int = CHUNK) -> Iterator[bytes]:
    """Yield the decompressed content of a file, `size` bytes at a time.

    Raises:
        DataError: no such file, or damaged compression.
    """
    with open_binary(path) as stream:
        while True:
            try:
                chunk = stream.read(size)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise DataError(path, "truncated or damaged gzip") from error
            if not chunk:
                return
            yield chunk


def _raw_records(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield `(header line, lines of sequence)`; a record ends where a line begins with '>'."""
    pending: list[bytes] = []
    for chunk in read_chunks(path):
        if b"\r" in chunk:
            text = b"".join(pending) + chunk
            raise DataError(path, WINDOWS, _line_of(path, b"\r") if text else None)
        # A record may begin exactly at a chunk's edge, so the line end before it is kept in view.
        parts = (pending.pop() + chunk if pending else chunk).split(b"\n>")
        for part in parts[:-1]:
            pending.append(part)
            yield _divide(b"".join(pending) + b"\n")
            pending = [b">"]
        pending.append(parts[-1])
    if pending:
        yield _divide(b"".join(pending))


def _divide(text: bytes) -> tuple[bytes, bytes]:
    header, _, body = text.partition(b"\n")
    return header, body


def _line_of(path: Path, wanted: bytes) -> int:
    line = 1
    for chunk in read_chunks(path):
        place = chunk.find(wanted)
        if place >= 0:
            return line + chunk[:place].count(b"\n")
        line += chunk.count(b"\n")
    return line


def _record(path: Path, header: bytes, body: bytes, line: int) -> FastaRecord:
    description = header.decode("utf-8", errors="replace").strip()
    letters = body.translate(None, b"\n")
    if not letters:
        raise DataError(path, f"record {description!r} has no sequence", line)
    raw = np.frombuffer(letters, dtype=np.uint8)
    codes = CODE_OF_BYTE[raw]
    if codes.max() == ODD:
        letter = chr(raw[int(np.argmax(codes == ODD))])
        place = body.find(letter.encode("latin-1"))
        at = line + 1 + body[:place].count(b"\n")
        raise DataError(path, f"letter {letter!r} in record {description!r} is no base", at)
    unknown = int((codes == 4).sum())
    ambiguous = unknown - letters.count(b"N") - letters.count(b"n")
    name = description.split()[0] if description else ""
    return FastaRecord(name, description, codes, line, ambiguous)


def _shown(text: bytes) -> str:
    return repr(text[:20].decode("utf-8", errors="replace"))

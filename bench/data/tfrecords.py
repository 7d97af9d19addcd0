"""TFRecord files, plain or compressed with zlib or gzip, read as a stream without TensorFlow.

A record is its length (uint64), the masked CRC-32C of these eight bytes (uint32), the data, and the
masked CRC-32C of the data; numbers are little-endian
(tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details").
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from bench.data.crc32c import masked_crc32c
from bench.data.tf_example import parse_example
from bench.interface.errors import DataError

if TYPE_CHECKING:
    from bench.data.tf_example import Feature

HEAD = struct.Struct("<QI")
TAIL = struct.Struct("<I")
CHUNK = 1 << 16
LARGEST = 1 << 31
"""Bytes; the largest message of protocol buffers."""

ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS
"""Tells the decompressor to look at the first bytes."""


def read_records(path: Path) -> Iterator[dict[str, Feature]]:
    """Yield the features of each record of tf.train.Example, by name.

    Raises:
        DataError: as `read_messages`, or a record that is no Example.
    """
    for record, message in enumerate(read_messages(path), start=1):
        try:
            features = parse_example(message)
        except ValueError as error:
            raise DataError(path, f"record {record}: no tf.train.Example: {error}") from error
        yield features


def read_messages(path: Path) -> Iterator[bytes]:
    """Yield the data of each record.

    Raises:
        DataError: no such file, or one that is truncated or damaged; the text names the record,
            counted from 1.
    """
    try:
        stream = path.open("rb")
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise DataError(path, reason) from error
    with stream:
        content = io.BufferedReader(_Inflated(stream)) if _is_compressed(stream) else stream
        record = 1
        while True:
            try:
                message = _read_message(cast("BinaryIO", content))
            except (ValueError, zlib.error) as error:
                raise DataError(path, f"record {record}: {error}") from error
            if message is None:
                return
            yield message
            record += 1


def _read_message(stream: BinaryIO) -> bytes | None:
    head = stream.read(HEAD.size)
    if not head:
        return None
    if len(head) < HEAD.size:
        raise ValueError("truncated in its head")
    size, checksum = HEAD.unpack(head)
    if masked_crc32c(head[:8]) != checksum:
        raise ValueError("damaged: wrong checksum of its length")
    if size > LARGEST:
        raise ValueError(f"{size} bytes, expected at most {LARGEST}")
    message = stream.read(size)
    tail = stream.read(TAIL.size)
    if len(tail) < TAIL.size:
        raise ValueError(f"truncated: {len(message) + len(tail)} of {size + TAIL.size} bytes")
    if masked_crc32c(message) != TAIL.unpack(tail)[0]:
        raise ValueError("damaged: wrong checksum of its data")
    return message


def _is_compressed(stream: BinaryIO) -> bool:
    """Tell by the first bytes; the length of a plain record is known by its checksum."""
    head = stream.read(HEAD.size)
    stream.seek(0)
    if len(head) == HEAD.size and masked_crc32c(head[:8]) == HEAD.unpack(head)[1]:
        return False
    is_zlib = len(head) > 1 and head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0
    return is_zlib or head.startswith(b"\x1f\x8b")


class _Inflated(io.RawIOBase):
    """The content of a zlib or gzip stream; parts that follow each other are joined."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._inflate = zlib.decompressobj(ZLIB_OR_GZIP)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill the buffer, at least in part; 0 at the end.

        Raises:
            ValueError: the stream ends too early.
            zlib.error: the stream is damaged.
        """
        while True:
            if self._inflate.eof:
                rest = self._inflate.unused_data or self._stream.read(CHUNK)
                if not rest:
                    return 0
                self._inflate = zlib.decompressobj(ZLIB_OR_GZIP)
            else:
                rest = self._inflate.unconsumed_tail or self._stream.read(CHUNK)
                if not rest:
                    raise ValueError("truncated: its compression does not end")
            content = self._inflate.decompress(rest, len(buffer))
            if content:
                buffer[: len(content)] = content
                return len(content)

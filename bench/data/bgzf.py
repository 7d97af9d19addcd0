"""Writes bgzip files: gzip in blocks of which each says how long it is (SAM specification, 4.1)."""

from __future__ import annotations

import struct
import zlib
from typing import IO

BLOCK = 0xFF00
"""Bytes of content in a block; with what deflate adds at worst a block stays below 64 KiB."""
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that closes a file, by which a reader knows that it is whole."""
LEVEL = 6


class BgzfWriter:
    """Writes bytes to an open binary file as bgzip; `close` leaves the file itself open."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._pending = bytearray()

    def write(self, content: bytes) -> None:
        """Add content."""
        self._pending += content
        while len(self._pending) >= BLOCK:
            self._stream.write(_block(bytes(self._pending[:BLOCK])))
            del self._pending[:BLOCK]

    def close(self) -> None:
        """Write what is left, and the block that ends the file."""
        if self._pending:
            self._stream.write(_block(bytes(self._pending)))
            self._pending.clear()
        self._stream.write(END)


def _block(content: bytes) -> bytes:
    deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
    body = deflate.compress(content) + deflate.flush()
    size = len(body) + 26
    head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, size - 1)
    return head + body + struct.pack("<II", zlib.crc32(content), len(content))

"""CRC-32C (Castagnoli), the checksum of TFRecord files.

A checksum is linear over the bits of its input: the bytes are cut into lanes of one length whose
checksums are computed side by side, and a checksum is carried across a lane by a table of what a
lane of zeros makes of each bit.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

POLYNOMIAL = 0x82F63B78
"""0x1EDC6F41 with its bits reversed (RFC 3720, section 12.1)."""

LANE = 256
ALL_ONES = 0xFFFFFFFF
MASK_ADDEND = 0xA282EAD8


def crc32c(data: bytes | memoryview) -> int:
    """Return the CRC-32C of `data`, 0xE3069283 for b"123456789"."""
    content = np.frombuffer(data, dtype=np.uint8)
    lanes = len(content) // LANE
    rows = content[: lanes * LANE].reshape(lanes, LANE)
    state = ALL_ONES
    zeros = _across_a_lane()
    for lane in _advanced(np.zeros(lanes, dtype=np.uint32), rows).tolist():
        state = (
            lane
            ^ zeros[0][state & 0xFF]
            ^ zeros[1][state >> 8 & 0xFF]
            ^ zeros[2][state >> 16 & 0xFF]
            ^ zeros[3][state >> 24]
        )
    steps = _steps()
    for byte in content[lanes * LANE :].tolist():
        state = steps[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state ^ ALL_ONES


def masked_crc32c(data: bytes | memoryview) -> int:
    """Return the checksum as TFRecord files hold it: rotated right by 15 bits, plus a constant.

    Source: tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details".
    """
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + MASK_ADDEND) & ALL_ONES


@cache
def _table() -> NDArray[np.uint32]:
    """Return what one byte makes of an empty register, `(256,)`."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ POLYNOMIAL, table >> 1).astype(np.uint32)
    return table


@cache
def _steps() -> list[int]:
    steps: list[int] = _table().tolist()
    return steps


@cache
def _across_a_lane() -> list[list[int]]:
    """Return what a lane of zeros makes of each value of each of the four bytes of a register."""
    registers = (np.arange(256, dtype=np.uint32) << np.array([[0], [8], [16], [24]])).ravel()
    zeros = np.broadcast_to(np.uint8(0), (len(registers), LANE))
    across: list[list[int]] = _advanced(registers.astype(np.uint32), zeros).reshape(4, 256).tolist()
    return across


def _advanced(registers: NDArray[np.uint32], rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Feed each row of bytes into its own register."""
    table = _table()
    for column in np.ascontiguousarray(rows.T):
        registers = table[(registers ^ column) & 0xFF] ^ registers >> 8
    return registers

"""Fingerprints of windows: what a prediction is kept by.

Places alone do not tell a sequence: two tasks of one genome may hold different parts of a
chromosome, and an allele changes what stands at a place. So predictions are kept by content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray

MULTIPLIER = 0x9E3779B97F4A7C15
"""Any odd number: those have an inverse modulo 2**64."""
BASES = np.array(
    [
        0xD1B54A32D192ED03,
        0xABC98388FB8FAC02,
        0x8CB92BA72F3D8DD7,
        0x6C62272E07BB0142,
        0x2545F4914F6CDD1D,
    ],
    dtype=np.uint64,
)
"""What a base stands for, by its code."""


def window_keys(codes: CodeArray, begins: NDArray[np.int64], window: int) -> NDArray[np.uint64]:
    """Fingerprint windows of long sequences.

    A window's key is the sum of `BASES[code] * MULTIPLIER**i` over its bases i = 0, 1, ..., modulo
    2**64. It comes from the difference of two running sums, so that overlapping windows cost no
    more than the sequence they lie in.

    Args:
        codes: `(n, width)`.
        begins: first base of each window, `(n, bins)`.
        window: in bp.

    Returns:
        `(n, bins)`.
    """
    width = codes.shape[1]
    sums = np.zeros((len(codes), width + 1), dtype=np.uint64)
    np.cumsum(BASES[codes] * _powers(MULTIPLIER, width), axis=1, out=sums[:, 1:])
    between = np.take_along_axis(sums, begins + window, 1) - np.take_along_axis(sums, begins, 1)
    inverse = _powers(pow(MULTIPLIER, -1, 1 << 64), width + 1)
    keys: NDArray[np.uint64] = between * inverse[begins]
    return keys


def _powers(base: int, count: int) -> NDArray[np.uint64]:
    powers = np.full(max(1, count), base, dtype=np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)[:count]

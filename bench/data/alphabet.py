"""The alphabet: bases as `uint8` codes A 0, C 1, G 2, T 3, N 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray, FloatArray

LETTERS = "ACGTN"
N = 4
AMBIGUOUS = "RYSWKMBDHV"
"""IUPAC letters for a choice of bases; read as N."""

ODD = 255
"""Marks a letter that stands for no base."""


def _table() -> NDArray[np.uint8]:
    table = np.full(256, ODD, dtype=np.uint8)
    for code, letter in enumerate(LETTERS):
        table[ord(letter)] = table[ord(letter.lower())] = code
    for letter in AMBIGUOUS:
        table[ord(letter)] = table[ord(letter.lower())] = N
    return table


CODE_OF_BYTE = _table()
"""Code of each ASCII letter of either case; `ODD` for everything else."""

_COMPLEMENT = np.array([3, 2, 1, 0, N], dtype=np.uint8)


def encode(sequence: str | bytes) -> CodeArray:
    """Return the codes of a sequence, shape `(length,)`; ambiguous letters become N.

    Raises:
        ValueError: a letter stands for no base; the text names it and its position, from 0.
    """
    text = sequence.encode("utf-8") if isinstance(sequence, str) else sequence
    codes = CODE_OF_BYTE[np.frombuffer(text, dtype=np.uint8)]
    odd = np.flatnonzero(codes == ODD)
    if len(odd):
        position = int(odd[0])
        letter = chr(text[position])
        raise ValueError(f"letter {letter!r} at position {position} of the sequence is no base")
    return codes


def decode(codes: CodeArray) -> str:
    """Return the letters of codes of shape `(length,)`."""
    return np.frombuffer(LETTERS.encode(), dtype=np.uint8)[codes].tobytes().decode()


def reverse_complement(codes: CodeArray) -> CodeArray:
    """Return the other strand of codes of shape `(..., length)`; N stays N."""
    return _COMPLEMENT[codes[..., ::-1]]


def one_hot(codes: CodeArray, dtype: type[np.floating] = np.float32) -> FloatArray:
    """Return codes of shape `(..., length)` as `(..., 4, length)`; N is all zeros."""
    bases = np.arange(4, dtype=np.uint8)[:, None]
    encoded: FloatArray = (codes[..., None, :] == bases).astype(dtype)
    return encoded

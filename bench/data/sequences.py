"""Sequences of any lengths in one memory-mapped file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.data.alphabet import N

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray, IntArray


class SequenceStore:
    """Sequences laid end to end: `bases` are codes, `offsets` int64 `(n + 1,)`."""

    def __init__(self, bases: CodeArray, offsets: IntArray) -> None:
        self._bases = bases
        self._offsets = offsets

    @classmethod
    def from_arrays(cls, sequences: Sequence[CodeArray], folder: Path) -> Self:
        """Write sequences into a new `folder` and open it."""
        folder.mkdir(parents=True)
        lengths = [len(codes) for codes in sequences]
        np.save(folder / "offsets.npy", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
        with (folder / "sequences.u8").open("wb") as stream:
            for codes in sequences:
                stream.write(codes.astype(np.uint8).tobytes())
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Map the sequences of a folder that `from_arrays` wrote."""
        offsets = np.load(folder / "offsets.npy")
        path = folder / "sequences.u8"
        if offsets[-1] == 0:
            return cls(np.zeros(0, dtype=np.uint8), offsets)
        return cls(np.memmap(path, dtype=np.uint8, mode="r"), offsets)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> CodeArray:
        return np.array(self._bases[self._offsets[row] : self._offsets[row + 1]])

    @property
    def lengths(self) -> IntArray:
        """Length of each sequence, int64 `(n,)`."""
        return np.diff(self._offsets)

    def windows(
        self, rows: IntArray, length: int | None = None, shift: int | IntArray = 0
    ) -> CodeArray:
        """Read windows around the centres of sequences; see `bench.interface.Examples.windows`."""
        begins = self._offsets[rows]
        lengths = self._offsets[rows + 1] - begins
        if length is None:
            width = int(lengths.max(initial=0))
            starts, reads = np.zeros(len(rows), dtype=np.int64), lengths
        else:
            width = length
            starts = lengths // 2 - length // 2
            reads = np.full(len(rows), length, dtype=np.int64)
        windows = np.full((len(rows), width), N, dtype=np.uint8)
        first = np.broadcast_to(starts + shift, len(rows))
        low = np.clip(first, 0, lengths)
        high = np.clip(first + reads, low, lengths)
        for row in range(len(rows)):
            begin = begins[row]
            piece = self._bases[begin + low[row] : begin + high[row]]
            place = low[row] - first[row]
            windows[row, place : place + len(piece)] = piece
        return windows

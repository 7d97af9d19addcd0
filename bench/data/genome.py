"""A genome as memory-mapped codes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.data.alphabet import N
from bench.data.fasta import read_fasta
from bench.data.files import atomic_folder
from bench.data.twobit import is_twobit, read_twobit
from bench.interface.errors import BenchError, DataError

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray, IntArray

STORE_SCHEMA = 1


class GenomeStore:
    """All chromosomes of a genome, laid end to end in one file of codes.

    The file is mapped on first use in each process: a map is never shared across a fork or sent to
    another process.
    """

    def __init__(self, folder: Path, name: str, chromosomes: Mapping[str, int]) -> None:
        self.folder = folder
        self.name = name
        self.chromosomes = chromosomes
        lengths = np.array(list(chromosomes.values()), dtype=np.int64)
        self._lengths = lengths
        self._offsets = np.cumsum(lengths) - lengths
        self._numbers = {chrom: number for number, chrom in enumerate(chromosomes)}
        self._map: CodeArray | None = None
        self._owner = 0

    @classmethod
    def build(cls, source: Path, folder: Path, name: str) -> Self:
        """Build a store from a FASTA or 2bit file, chromosome by chromosome.

        Raises:
            DataError: bad input, or a chromosome that stands twice; nothing is left behind.
        """
        if not source.is_file():
            raise DataError(source, "no such file")
        records = read_twobit(source) if is_twobit(source) else read_fasta(source)
        return cls._write(_distinct(records, source), folder, name)

    @classmethod
    def from_codes(cls, chromosomes: Mapping[str, CodeArray], folder: Path, name: str) -> Self:
        """Build a store from arrays of codes."""
        return cls._write(chromosomes.items(), folder, name)

    @classmethod
    def _write(cls, named: Iterable[tuple[str, CodeArray]], folder: Path, name: str) -> Self:
        lengths: dict[str, int] = {}
        with atomic_folder(folder) as temporary:
            with (temporary / "codes.u8").open("wb") as stream:
                for chrom, codes in named:
                    stream.write(np.ascontiguousarray(codes, dtype=np.uint8).data)
                    lengths[chrom] = len(codes)
            facts = {"schema": STORE_SCHEMA, "name": name, "chromosomes": lengths}
            (temporary / "genome.json").write_text(json.dumps(facts, indent=1) + "\n")
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a store.

        Raises:
            BenchError: the folder holds no genome store of this version.
        """
        path = folder / "genome.json"
        if not path.is_file():
            raise BenchError(f"{folder}: no genome store here")
        facts = json.loads(path.read_text())
        if facts["schema"] != STORE_SCHEMA:
            raise BenchError(f"{path}: schema {facts['schema']}, expected {STORE_SCHEMA}")
        return cls(folder, facts["name"], facts["chromosomes"])

    def sequence(self, chrom: str, start: int, end: int) -> CodeArray:
        """Return a copy of `[start, end)`; outside of the chromosome is N.

        Raises:
            BenchError: unknown chromosome.
        """
        starts = np.array([start], dtype=np.int64)
        window: CodeArray = self.windows([chrom], starts, max(end - start, 0))[0]
        return window

    def windows(self, chroms: Sequence[str] | IntArray, starts: IntArray, length: int) -> CodeArray:
        """Read windows of one length, codes `(n, length)`; outside of a chromosome is N.

        Args:
            chroms: names of chromosomes, or their numbers in the order of `chromosomes`.
            starts: first base of each window, 0-based; may be negative.
            length: in bp.

        Raises:
            BenchError: unknown chromosome.
        """
        numbers = self._chromosome_numbers(chroms)
        codes = self._codes()
        windows = np.empty((len(numbers), length), dtype=np.uint8)
        low = np.clip(starts, 0, self._lengths[numbers])
        high = np.clip(starts + length, low, self._lengths[numbers])
        begin = self._offsets[numbers] + low
        # Lists of plain integers: indexing with numpy scalars would cost more than the copy.
        places = zip(begin.tolist(), (high - low).tolist(), (low - starts).tolist(), strict=True)
        for row, (first, size, place) in enumerate(places):
            if size == length:
                windows[row] = codes[first : first + length]
            else:
                windows[row] = N
                windows[row, place : place + size] = codes[first : first + size]
        return windows

    def chromosome_codes(self, chrom: str) -> CodeArray:
        """Return all codes of a chromosome as a read-only view."""
        number = int(self._chromosome_numbers([chrom])[0])
        offset = self._offsets[number]
        return self._codes()[offset : offset + self._lengths[number]]

    def unknown_runs(self, chrom: str) -> IntArray:
        """Return starts and ends of the runs of N of a chromosome, int64 `(n, 2)`, half-open."""
        is_unknown = np.concatenate([[False], self.chromosome_codes(chrom) == N, [False]])
        return np.flatnonzero(is_unknown[1:] != is_unknown[:-1]).reshape(-1, 2)

    def _chromosome_numbers(self, chroms: Sequence[str] | IntArray) -> IntArray:
        if isinstance(chroms, np.ndarray) and chroms.dtype.kind in "iu":
            return chroms
        try:
            return np.array([self._numbers[str(chrom)] for chrom in chroms], dtype=np.int64)
        except KeyError as error:
            raise BenchError(f"genome {self.name} has no chromosome {error.args[0]!r}") from error

    def _codes(self) -> CodeArray:
        if self._map is None or self._owner != os.getpid():
            # A plain array over the map: slices of a numpy.memmap cost several times more.
            mapped = np.memmap(self.folder / "codes.u8", dtype=np.uint8, mode="r")
            self._map = np.asarray(mapped)
            self._owner = os.getpid()
        return self._map

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_map": None}


def _distinct(
    records: Iterable[tuple[str, str, CodeArray, int, int]], source: Path
) -> Iterator[tuple[str, CodeArray]]:
    seen: set[str] = set()
    for name, _, codes, line, _ in records:
        if name in seen:
            raise DataError(source, f"duplicate chromosome {name!r}", line or None)
        seen.add(name)
        yield name, codes

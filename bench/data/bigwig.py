"""bigWig files, read on demand."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.fasta import open_binary
from bench.data.tracks import chromosome_length
from bench.interface.errors import DataError

if TYPE_CHECKING:
    import pybigtools
    from numpy.typing import NDArray

MAGICS = {b"\x26\xfc\x8f\x88", b"\x88\x8f\xfc\x26"}
"""First bytes of a bigWig file in either byte order."""


class BigWigTrack:
    """A bigWig file; NaN where no interval lies.

    The file is opened on first use in each process and thread: a handle is never shared across a
    fork, between threads, or sent to another process.
    """

    def __init__(
        self,
        path: Path,
        chromosomes: Mapping[str, int],
        *,
        names: Mapping[str, str] | None = None,
        partial: bool = False,
    ) -> None:
        """Check the chromosomes of a file against those of a genome.

        Args:
            path: a name that ends in .bw or .bigWig.
            chromosomes: of the genome, with their lengths in bp; one that the file lacks is NaN.
            names: names of chromosomes in the file that the genome writes otherwise.
            partial: whether the genome may hold only the first part of a chromosome.

        Raises:
            DataError: no such file, no bigWig file, a chromosome of another length, or none that
                the genome has.
        """
        self.path = path
        self.chromosomes = chromosomes
        self._local = threading.local()
        self._own_names = self._match_names(names or {}, partial=partial)

    @property
    def missing(self) -> frozenset[str]:
        """Chromosomes of the genome that the file lacks."""
        return frozenset(self.chromosomes) - frozenset(self._own_names)

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """Return the value of each base of `[start, end)`; NaN where the file says nothing.

        Raises:
            BenchError: unknown chromosome.
            DataError: the file is damaged.
        """
        chromosome_length(self, chrom)
        size = max(end - start, 0)
        if chrom not in self._own_names or not size:
            return np.full(size, np.nan, dtype=np.float32)
        try:
            values = self._handle().values(self._own_names[chrom], start, end, fillna=None)
        except _read_error() as error:
            raise DataError(self.path, f"truncated or damaged bigWig: {error}") from error
        return np.asarray(values, dtype=np.float32)

    def _match_names(self, names: Mapping[str, str], *, partial: bool) -> dict[str, str]:
        """Map names of the genome onto those of the file."""
        try:
            lengths: dict[str, int] = self._handle().chroms()
        except _read_error() as error:
            raise DataError(self.path, f"truncated or damaged bigWig: {error}") from error
        matched: dict[str, str] = {}
        for own, length in lengths.items():
            chrom = names.get(own, own)
            if chrom in matched:
                raise DataError(self.path, f"{matched[chrom]!r} and {own!r} are both {chrom!r}")
            if chrom not in self.chromosomes:
                continue
            known = self.chromosomes[chrom]
            if length != known and not (partial and length > known):
                raise DataError(
                    self.path,
                    f"chromosome {own!r} has {length} bp, expected {known}; "
                    "is it of another genome build?",
                )
            matched[chrom] = own
        if not matched:
            shown = ", ".join(map(repr, list(lengths)[:3])) or "none"
            raise DataError(self.path, f"no chromosome of the genome; it names {shown}")
        return matched

    def _handle(self) -> pybigtools.BBIReader:
        if getattr(self._local, "owner", None) != os.getpid():
            self._local.handle = _open(self.path)
            self._local.owner = os.getpid()
        return self._local.handle

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_local"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._local = threading.local()


def _open(path: Path) -> pybigtools.BBIReader:
    import pybigtools

    with open_binary(path) as stream:
        if stream.read(4) not in MAGICS:
            raise DataError(path, "not a bigWig file")
    try:
        return pybigtools.open(str(path))
    except ValueError as error:
        raise DataError(path, "the name of a bigWig file must end in .bw or .bigWig") from error
    except _read_error() as error:
        raise DataError(path, f"truncated or damaged bigWig: {error}") from error


def _read_error() -> type[Exception]:
    import pybigtools

    kind: type[Exception] = pybigtools.BBIReadError
    return kind

"""Stretches of a genome or a sequence, and the windows in which a model sees them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bench.data.fasta import FastaRecord
from bench.effects.variants import around
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.data.genome import GenomeStore
    from bench.interface.arrays import CodeArray

REGION = re.compile(r"(?P<chrom>[^\s:]+):(?P<first>[0-9][0-9,]*)-(?P<last>[0-9][0-9,]*)")


@dataclass(frozen=True, slots=True)
class Window:
    """What a model reads, and the part of it that is changed.

    Attributes:
        codes: of the window, and behind it those that deletions let in.
        length: of the window.
        start: of the part, 0-based within the window.
        end: likewise, not itself part of it.
        first: position of `start` in the stretch, from 0.
    """

    codes: CodeArray
    length: int
    start: int
    end: int
    first: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bases to be changed.

    Attributes:
        name: of the chromosome or the sequence.
        begin: position of the first base there, 0-based.
        size: how many bases.
        read: returns codes of `[start, end)` of the chromosome or sequence, N outside.
    """

    name: str
    begin: int
    size: int
    read: Callable[[int, int], CodeArray]

    @classmethod
    def of_region(cls, genome: GenomeStore, text: str) -> Self:
        """Read a region as genome browsers write it: `chr1:101-300`, 1-based, both ends included.

        Raises:
            BenchError: no region, no such chromosome, or beyond its end.
        """
        match = REGION.fullmatch(text.strip())
        if match is None:
            raise BenchError(f"region {text!r}, expected chrom:first-last such as chr1:101-300")
        chrom = match["chrom"]
        first, last = (int(match[name].replace(",", "")) for name in ("first", "last"))
        if chrom not in genome.chromosomes:
            raise BenchError(f"region {text}: genome {genome.name} has no chromosome {chrom!r}")
        size = genome.chromosomes[chrom]
        if not 1 <= first <= last <= size:
            raise BenchError(
                f"region {text}: expected 1 <= first <= last <= {size:,}, the length of {chrom}"
            )

        def read(start: int, end: int) -> CodeArray:
            return genome.sequence(chrom, start, end)

        return cls(chrom, first - 1, last - first + 1, read)

    @classmethod
    def of_record(cls, record: FastaRecord) -> Self:
        """Take a whole sequence."""
        codes = record.codes

        def read(start: int, end: int) -> CodeArray:
            length = end - start
            return around(codes, start + length // 2, length)

        return cls(record.name, 0, len(codes), read)

    def windows(self, length: int | None, behind: int = 0) -> Iterator[Window]:
        """Yield windows whose parts make up the stretch, each part in the middle of its window.

        Args:
            length: of a window; None: the stretch as it is.
            behind: bases that are read beyond the window.
        """
        if length is None:
            codes = self.read(self.begin, self.begin + self.size + behind)
            yield Window(codes, self.size, 0, self.size, 0)
            return
        # Where one window does not hold all, its outer quarters give each part its flanks.
        size = self.size if self.size <= length else max(1, length // 2)
        for first in range(0, self.size, size):
            count = min(size, self.size - first)
            start = length // 2 - count // 2
            begin = self.begin + first - start
            codes = self.read(begin, begin + length + behind)
            yield Window(codes, length, start, start + count, first)

"""VCF files, plain, gzip or bgzip, read as a stream that keeps every line as it is.

Only the five columns that name alleles are understood: whatever else a line holds goes through
unchanged, so that scores can be added to any file (VCF 4.3, sections 1.4 and 1.6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.data.text_lines import stream_lines
from bench.interface.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = 8
"""CHROM, POS, ID, REF, ALT, QUAL, FILTER, INFO."""
BASES = re.compile(r"[ACGTNacgtn]+")
AMBIGUOUS_BASES = re.compile(r"[ACGTNRYSWKMBDHVacgtnryswkmbdhv]+")
OTHER_ALLELE = re.compile(
    r"<[^<>]+>|\*|\.|.*[\[\]].*|\.[ACGTNacgtn]+|[ACGTNacgtn]+\.|" + AMBIGUOUS_BASES.pattern
)
"""Alleles that are no sequence of their own: symbolic ones, breakends, those deleted upstream, none
at all, and such as stand for a choice of bases."""
HEADER = "#CHROM"


@dataclass(frozen=True, slots=True)
class VcfRecord:
    """A line of a VCF file.

    Attributes:
        line: its number, from 1.
        chrom: as the file calls it.
        start: of the reference allele, 0-based.
        name: its ID; `.` where it has none.
        ref: the reference allele.
        alts: one for each alternative allele; None for one that is no sequence of its own.
        fields: the eight columns as they stand, and all others together.
    """

    line: int
    chrom: str
    start: int
    name: str
    ref: str
    alts: tuple[str | None, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VcfHeader:
    """The lines of a VCF file above its records, without line ends; the last names the columns."""

    lines: tuple[str, ...]


class VcfReader:
    """Reads a VCF file: the header at once, then record after record.

    Raises:
        DataError: no such file, or no VCF header.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = stream_lines(path)
        self.header = self._read_header()

    def _read_header(self) -> VcfHeader:
        kept: list[str] = []
        for number, text in self._lines:
            if not text.startswith("#"):
                raise DataError(self.path, f"expected a line that begins {HEADER}", number)
            kept.append(text)
            if text.startswith(HEADER):
                return VcfHeader(tuple(kept))
        raise DataError(self.path, f"no line begins {HEADER}: no VCF file")

    def __iter__(self) -> Iterator[VcfRecord]:
        """Yield the records.

        Raises:
            DataError: too few columns, a position that is none, or an allele that is none; the text
                names line and value.
        """
        for number, text in self._lines:
            if text:
                yield self._record(number, text)

    def _record(self, line: int, text: str) -> VcfRecord:
        # What follows, such as the columns of thousands of samples, is kept in one piece.
        fields = tuple(text.split("\t", COLUMNS))
        if len(fields) < COLUMNS:
            raise DataError(self.path, f"{len(fields)} columns, expected {COLUMNS} or more", line)
        chrom, position, name, ref, alts = fields[:5]
        if not position.isascii() or not position.isdecimal() or position == "0":
            raise DataError(self.path, f"POS {position!r}, expected a whole number from 1", line)
        if not AMBIGUOUS_BASES.fullmatch(ref):
            raise DataError(self.path, f"REF {ref!r}, expected letters A, C, G, T or N", line)
        found = tuple(self._allele(alt, line) for alt in alts.split(","))
        return VcfRecord(line, chrom, int(position) - 1, name, ref, found, fields)

    def _allele(self, alt: str, line: int) -> str | None:
        if BASES.fullmatch(alt):
            return alt
        if OTHER_ALLELE.fullmatch(alt):
            return None
        raise DataError(self.path, f"ALT {alt!r}, expected letters A, C, G, T or N", line)

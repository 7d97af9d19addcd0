"""Alleles to score, from a VCF file or a table, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.data.alphabet import encode
from bench.data.text_lines import stream_lines
from bench.data.variant import Variant
from bench.data.vcf import BASES, VcfReader
from bench.interface.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.interface.arrays import CodeArray

PLACED = ("chrom", "pos", "ref", "alt")
PAIRED = ("ref_sequence", "alt_sequence")
NAME = "id"
ABSENT = {"", "-", "."}
"""What tables write where an allele has no bases."""


@dataclass(frozen=True, slots=True)
class AlleleRecord:
    """A line with one or more alternative alleles.

    Attributes:
        line: its number, from 1.
        name: its id, which may be empty.
        variants: one for each alternative allele; None for one that is no sequence. Empty where
            sequences are given.
        sequences: codes of both alleles with their flanks, where no genome stands behind them.
        fields: all columns as they stand.
    """

    line: int
    name: str
    variants: tuple[Variant | None, ...] = ()
    sequences: tuple[CodeArray, CodeArray] | None = None
    fields: tuple[str, ...] = field(default=())


def vcf_records(reader: VcfReader) -> Iterator[AlleleRecord]:
    """Yield the records of a VCF file."""
    for record in reader:
        variants = tuple(
            None if alt is None else Variant(record.chrom, record.start, record.ref, alt)
            for alt in record.alts
        )
        name = "" if record.name == "." else record.name
        yield AlleleRecord(record.line, name, variants, fields=record.fields)


class AlleleTable:
    """A tab-separated table of alleles with names of columns in its first line.

    Columns are either `chrom`, `pos` (1-based, as in VCF), `ref` and `alt`, where `-` stands for no
    bases, or `ref_sequence` and `alt_sequence`; `id` may be there too. Others go through unchanged.

    Raises:
        DataError: no such file, or columns are missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = stream_lines(path)
        self.columns = tuple(next(self._lines, (0, ""))[1].split("\t"))
        lower = [column.strip().lower() for column in self.columns]
        twice = sorted({name for name in lower if lower.count(name) > 1})
        if twice:
            raise DataError(path, f"two columns are called {twice[0]!r}", 1)
        self._places = {name: lower.index(name) for name in lower}
        self.has_sequences = set(PAIRED) <= set(lower)
        if not self.has_sequences and not set(PLACED) <= set(lower):
            raise DataError(
                path,
                f"columns {', '.join(self.columns) or 'none'}; expected chrom, pos, ref and alt, "
                "or ref_sequence and alt_sequence",
                1,
            )

    def __iter__(self) -> Iterator[AlleleRecord]:
        """Yield the rows.

        Raises:
            DataError: a row with another number of columns, or a value that is none of its column;
                the text names line and value.
        """
        for number, text in self._lines:
            if text:
                yield self._record(tuple(text.split("\t")), number)

    def _record(self, row: tuple[str, ...], line: int) -> AlleleRecord:
        if len(row) != len(self.columns):
            raise DataError(
                self.path, f"{len(row)} columns, expected {len(self.columns)} as above", line
            )
        values = {name: row[place].strip() for name, place in self._places.items()}
        name = values.get(NAME, "")
        if self.has_sequences:
            for column in PAIRED:
                if not values[column]:
                    raise DataError(self.path, f"{column} is empty", line)
            before, after = (self._bases(values[column], column, line) for column in PAIRED)
            return AlleleRecord(line, name, sequences=(before, after), fields=row)
        position = values["pos"]
        if not position.isascii() or not position.isdecimal() or position == "0":
            raise DataError(self.path, f"pos {position!r}, expected a whole number from 1", line)
        ref, alt = ("" if values[one] in ABSENT else values[one] for one in ("ref", "alt"))
        for allele in (ref, alt):
            if allele and not BASES.fullmatch(allele):
                raise DataError(
                    self.path, f"allele {allele!r}, expected letters A, C, G, T or N", line
                )
        variant = Variant(values["chrom"], int(position) - 1, ref, alt)
        return AlleleRecord(line, name, (variant,), fields=row)

    def _bases(self, text: str, column: str, line: int) -> CodeArray:
        try:
            return encode(text)
        except ValueError as error:
            raise DataError(self.path, f"{column}: {error}", line) from error

"""Scores in a table with one line for each alternative allele, such as CADD's."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.data.text_lines import stream_lines
from bench.data.vcf import AMBIGUOUS_BASES
from bench.interface import DataError
from bench.interface.names import nearest
from bench_external.scored import ScoredVariant, parse_score

COMMENT = "##"
PLACES = {
    "chrom": {"chrom", "chr", "chromosome"},
    "pos": {"pos", "position", "pos(1-based)"},
    "ref": {"ref"},
    "alt": {"alt"},
}
"""What tables call the columns that name a variant, in lower case."""
NO_BASES = {"", "-", "."}
"""What tables write where an allele has no bases."""
SINGLE = frozenset("ACGT")


class ScoreTable:
    """A table with columns chrom, pos (1-based), ref, alt and a score.

    Lines that begin `##` are comments; the first other line names the columns, and may begin with
    `#`. Columns are divided by tabs where that line holds one, else by commas.

    Args:
        path: the table, plain, gzip or bgzip.
        column: name or 1-based number of the column of scores; empty for the last.

    Raises:
        DataError: no such file, or columns are missing or stand there twice.
    """

    def __init__(self, path: Path, column: str = "") -> None:
        self.path = path
        self._lines = stream_lines(path)
        self._header_line, text = self._find_header()
        self._delimiter = "\t" if "\t" in text else ","
        self.columns = tuple(name.strip() for name in self._divided(text.lstrip("#")))
        self._places = [self._place(name) for name in PLACES]
        self._score = self._score_place(column)

    def _find_header(self) -> tuple[int, str]:
        for number, text in self._lines:
            if text and not text.startswith(COMMENT):
                return number, text
        raise DataError(self.path, "empty, expected a line that names the columns")

    def _divided(self, text: str) -> Sequence[str]:
        if self._delimiter == "\t":
            return text.split("\t")
        return next(csv.reader([text]))

    def _place(self, name: str) -> int:
        found = [place for place, one in enumerate(self.columns) if one.lower() in PLACES[name]]
        if len(found) != 1:
            many = "no column" if not found else "more than one column"
            shown = ", ".join(self.columns)
            raise self._error(f"{many} for {name} among {shown}; expected chrom, pos, ref and alt")
        return found[0]

    def _score_place(self, column: str) -> int:
        named = [place for place, one in enumerate(self.columns) if one == column]
        if len(named) > 1:
            raise self._error(f"column {column!r} stands {len(named)} times in the header")
        if column and not named:
            named = [self._numbered(column)]
        place = named[0] if column else len(self.columns) - 1
        if place in self._places:
            raise self._error(
                f"column {self.columns[place]!r} names the variant; expected one with scores, "
                "which column=NAME chooses"
            )
        return place

    def _numbered(self, column: str) -> int:
        if not (column.isascii() and column.isdecimal()):
            raise self._error(f"no column {column!r}; {nearest(column, self.columns)}")
        if not 1 <= int(column) <= len(self.columns):
            raise self._error(f"no column {column}, expected 1 to {len(self.columns)}, or a name")
        return int(column) - 1

    def _error(self, message: str) -> DataError:
        return DataError(self.path, message, self._header_line)

    def __iter__(self) -> Iterator[ScoredVariant]:
        """Yield the rows.

        Raises:
            DataError: a row with another number of columns, or a value that is none of its column;
                the text names line and value.
        """
        for number, text in self._lines:
            if text and not text.startswith(COMMENT):
                yield self._row(number, self._divided(text))

    def _row(self, line: int, row: Sequence[str]) -> ScoredVariant:
        if len(row) != len(self.columns):
            raise DataError(
                self.path, f"{len(row)} columns, the header has {len(self.columns)}", line
            )
        chrom, position, ref, alt = self._places
        word = row[position]
        if not (word.isascii() and word.isdecimal()) or int(word) < 1:
            raise DataError(self.path, f"pos {word!r}, expected a whole number from 1", line)
        return ScoredVariant(
            line,
            row[chrom],
            int(word) - 1,
            self._bases(row[ref], line),
            self._bases(row[alt], line),
            parse_score(row[self._score], self.columns[self._score], self.path, line),
        )

    def _bases(self, allele: str, line: int) -> str:
        # Nearly all alleles are of one base.
        if allele in SINGLE or AMBIGUOUS_BASES.fullmatch(allele):
            return allele
        if allele in NO_BASES:
            return ""
        raise DataError(self.path, f"allele {allele!r}, expected letters A, C, G, T or N", line)

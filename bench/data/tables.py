"""TSV and CSV tables with a header, plain or compressed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.data.fasta import WINDOWS, read_chunks
from bench.interface.errors import DataError
from bench.interface.names import nearest

if TYPE_CHECKING:
    import pandas as pd

LONGEST_FIELD = (1 << 31) - 1
"""Characters; the largest number that every system takes."""


def read_table(path: Path, text: Sequence[str] = (), numbers: Sequence[str] = ()) -> pd.DataFrame:
    """Read named columns of a table; the delimiter is a tab where the header holds one.

    Args:
        path: the file.
        text: columns read as words, stripped of surrounding blanks.
        numbers: columns read as float64; an empty cell, NA or NaN is NaN.

    Returns:
        Frame with the columns asked for and `line`, the line in the file, from 1.

    Raises:
        DataError: no such file, no rows, a missing column (with the nearest name), a row of another
            width, or a word where a number is expected.
    """
    import pandas as pd

    lines = list(_rows(path))
    if not lines:
        raise DataError(path, "empty, expected a header and at least one row")
    (_, header), rows = lines[0], lines[1:]
    if not rows:
        raise DataError(path, "a header and no rows")
    _check_columns(path, header, [*text, *numbers])
    for line, row in rows:
        if len(row) != len(header):
            raise DataError(path, f"{len(row)} columns, the header has {len(header)}", line)
    columns: dict[str, list[str] | list[float] | list[int]] = {}
    for name in text:
        place = header.index(name)
        columns[name] = [row[place].strip() for _, row in rows]
    for name in numbers:
        place = header.index(name)
        columns[name] = [_number(path, name, row[place], line) for line, row in rows]
    columns["line"] = [line for line, _ in rows]
    return pd.DataFrame(columns)


def read_header(path: Path) -> list[str]:
    """Return the names of a table's columns.

    Raises:
        DataError: no such file, or an empty one.
    """
    for _, header in _rows(path):
        return header
    raise DataError(path, "empty, expected a header and at least one row")


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield `(line number from 1, line)` of a text file, plain or compressed, without line ends.

    Raises:
        DataError: no such file, damaged compression, Windows line ends or text that is not UTF-8.
    """
    content = b"".join(read_chunks(path))
    if b"\r" in content:
        raise DataError(path, WINDOWS, content[: content.index(b"\r")].count(b"\n") + 1)
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(path, "not UTF-8 text", line) from error
    for number, text in enumerate(lines, start=1):
        if text:
            yield number, text


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    # A field may hold a whole sequence; the limit is the module's, there is none of a reader.
    csv.field_size_limit(LONGEST_FIELD)
    delimiter = None
    for number, line in read_lines(path):
        if delimiter is None:
            delimiter = "\t" if "\t" in line else ","
        try:
            yield number, next(csv.reader([line], delimiter=delimiter))
        except csv.Error as error:
            raise DataError(path, str(error), number) from error


def _check_columns(path: Path, header: Sequence[str], wanted: Sequence[str]) -> None:
    for name in wanted:
        if name not in header:
            raise DataError(path, f"no column {name!r}; {nearest(name, header)}", 1)
        if header.count(name) > 1:
            raise DataError(path, f"column {name!r} stands twice in the header", 1)


def _number(path: Path, column: str, word: str, line: int) -> float:
    if word.strip().lower() in {"", "na", "nan"}:
        return float("nan")
    try:
        return float(word)
    except ValueError as error:
        raise DataError(path, f"{column} is {word!r}, expected a number", line) from error

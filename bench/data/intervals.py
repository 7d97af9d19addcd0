"""BED and narrowPeak files: 0-based, half-open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bench.data.tables import read_lines
from bench.interface.errors import BenchError, DataError
from bench.interface.names import nearest

if TYPE_CHECKING:
    import pandas as pd

REGION = re.compile(r"(?P<chrom>[^:\s]+):(?P<start>\d+)-(?P<end>\d+)")
"""A region as users write it."""
NOT_DATA = ("#", "track", "browser")
NARROWPEAK_COLUMNS = 10
STRANDS = {"+", "-", "."}


def parse_region(text: str, chromosomes: Mapping[str, int]) -> tuple[str, int, int]:
    """Read `chrom:start-end`, 0-based and half-open.

    Raises:
        BenchError: another form, or not on a chromosome of the genome.
    """
    match = REGION.fullmatch(text)
    if match is None or not int(match["start"]) < int(match["end"]) <= chromosomes.get(
        match["chrom"], 0
    ):
        raise BenchError(f"region {text!r}: expected chrom:start-end on a chromosome of the genome")
    return match["chrom"], int(match["start"]), int(match["end"])


def read_bed(path: Path, min_columns: int = 3) -> pd.DataFrame:
    """Read a BED file, plain or compressed.

    Returns:
        Frame with `chrom`, `start`, `end`, `line` (from 1) and, where the file has them, `name`,
        `score` (float64) and `strand`.

    Raises:
        DataError: bad input; the text names line and value.
    """
    import pandas as pd

    rows = _rows(path, min_columns)
    width = min(len(row) for _, row in rows)
    columns: dict[str, object] = {
        "chrom": [row[0] for _, row in rows],
        "start": [_position(path, row[1], line) for line, row in rows],
        "end": [_position(path, row[2], line) for line, row in rows],
    }
    if width > 3:
        columns["name"] = [row[3] for _, row in rows]
    if width > 4:
        columns["score"] = [_score(path, "score", row[4], line) for line, row in rows]
    if width > 5:
        columns["strand"] = [_strand(path, row[5], line) for line, row in rows]
    columns["line"] = [line for line, _ in rows]
    frame = pd.DataFrame(columns)
    _check_order(frame, path)
    return frame


def read_narrowpeak(path: Path) -> pd.DataFrame:
    """Read a narrowPeak file: BED with `signal`, `p`, `q` and `summit` (offset, -1 for none).

    Raises:
        DataError: bad input; the text names line and value.
    """
    frame = read_bed(path, NARROWPEAK_COLUMNS)
    rows = _rows(path, NARROWPEAK_COLUMNS)
    for place, name in ((6, "signal"), (7, "p"), (8, "q")):
        frame[name] = [_score(path, name, row[place], line) for line, row in rows]
    summits = [_position(path, row[9], line, allow_none=True) for line, row in rows]
    for summit, start, end, line in zip(
        summits, frame["start"], frame["end"], frame["line"], strict=True
    ):
        if summit >= end - start:
            raise DataError(path, f"summit {summit} lies beyond the peak of {end - start} bp", line)
    frame["summit"] = summits
    return frame


def check_intervals(frame: pd.DataFrame, chromosomes: Mapping[str, int], path: Path) -> None:
    """Check intervals with a `line` column against a genome.

    Args:
        frame: intervals of `path`.
        chromosomes: name to length in bp.
        path: for the message.

    Raises:
        DataError: unknown chromosome (with the nearest name), negative start, or an end beyond the
            end of the chromosome.
    """
    _check_order(frame, path)
    lengths = frame["chrom"].map(chromosomes)
    unknown = lengths.isna()
    if unknown.any():
        row = frame[unknown].iloc[0]
        known = nearest(row["chrom"], chromosomes)
        raise DataError(path, f"unknown chromosome {row['chrom']!r}; {known}", int(row["line"]))
    beyond = frame["end"] > lengths
    if beyond.any():
        row = frame[beyond].iloc[0]
        raise DataError(
            path,
            f"end {row['end']} lies beyond the end of {row['chrom']} "
            f"({chromosomes[row['chrom']]} bp)",
            int(row["line"]),
        )


def _rows(path: Path, min_columns: int) -> list[tuple[int, list[str]]]:
    rows = []
    for line, text in read_lines(path):
        if text.startswith(NOT_DATA):
            continue
        row = text.split("\t") if "\t" in text else text.split()
        if len(row) < min_columns:
            raise DataError(path, f"{len(row)} columns, expected at least {min_columns}", line)
        rows.append((line, row))
    if not rows:
        raise DataError(path, "no intervals")
    return rows


def _check_order(frame: pd.DataFrame, path: Path) -> None:
    negative = frame["start"] < 0
    if negative.any():
        row = frame[negative].iloc[0]
        raise DataError(path, f"start {row['start']} is negative", int(row["line"]))
    empty = frame["start"] >= frame["end"]
    if empty.any():
        row = frame[empty].iloc[0]
        raise DataError(
            path,
            f"start {row['start']} is not below end {row['end']} (BED is 0-based, half-open)",
            int(row["line"]),
        )


def _position(path: Path, word: str, line: int, *, allow_none: bool = False) -> int:
    try:
        value = int(word)
    except ValueError as error:
        raise DataError(path, f"{word!r}, expected a whole number", line) from error
    if allow_none and value < -1:
        raise DataError(path, f"summit {value}, expected an offset or -1", line)
    return value


def _score(path: Path, name: str, word: str, line: int) -> float:
    if word == ".":
        return float("nan")
    try:
        return float(word)
    except ValueError as error:
        raise DataError(path, f"{name} is {word!r}, expected a number", line) from error


def _strand(path: Path, word: str, line: int) -> str:
    if word not in STRANDS:
        raise DataError(path, f"strand {word!r}, expected +, - or .", line)
    return word

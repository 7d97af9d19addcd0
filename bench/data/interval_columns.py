"""Intervals with a number from large tab-separated files, on the chromosomes of a genome.

A plain file is parsed at once; any other goes through the reader of BED files, which is slower and
names the line that is wrong.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.fasta import read_chunks
from bench.data.intervals import NOT_DATA, check_intervals, read_bed
from bench.interface.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NUMBER_COLUMNS = {4: "name", 5: "score"}
"""Columns of a BED file, from 1, that may hold the number."""


def read_interval_numbers(
    path: Path,
    chromosomes: Mapping[str, int],
    column: int | None,
    names: Mapping[str, str] | None,
    leave_out: Collection[str],
    partial: bool = False,
) -> pd.DataFrame:
    """Read the intervals of a file, plain or compressed, 0-based and half-open.

    Args:
        path: the file.
        chromosomes: of the genome, with their lengths in bp.
        column: that of the number, 4 or 5, from 1; None where each interval counts as 1.
        names: names of chromosomes in the file that the genome writes otherwise.
        leave_out: chromosomes, as the file names them, that are passed over.
        partial: whether the genome may hold only the first part of a chromosome; intervals that
            reach beyond it are passed over.

    Returns:
        Frame with `chrom`, `start`, `end`, `number` (float64, finite) and `line`, from 1.

    Raises:
        DataError: bad input; the text names line and value.
    """
    frame = _read_at_once(path, column)
    if frame is None:
        frame = _read_by_line(path, column)
    frame = on_genome(frame, path, chromosomes, names, leave_out, partial)
    odd = ~np.isfinite(frame["number"].to_numpy())
    if odd.any():
        row = frame[odd].iloc[0]
        raise DataError(path, f"value {row['number']}, expected a finite number", int(row["line"]))
    return frame


def on_genome(
    frame: pd.DataFrame,
    path: Path,
    chromosomes: Mapping[str, int],
    names: Mapping[str, str] | None,
    leave_out: Collection[str],
    partial: bool = False,
) -> pd.DataFrame:
    """Rename chromosomes as the genome does, and check intervals against it.

    Args:
        frame: `chrom`, `start`, `end` and `line`.
        path: for the message.
        chromosomes: of the genome, with their lengths in bp.
        names: names of chromosomes in the file that the genome writes otherwise.
        leave_out: chromosomes, as the file names them, whose rows are dropped.
        partial: whether the genome may hold only the first part of a chromosome; intervals that
            reach beyond it are passed over.

    Raises:
        DataError: no rows are left, or an interval does not lie on the genome.
    """
    if leave_out:
        frame = frame[~frame["chrom"].isin(list(leave_out))].reset_index(drop=True)
    if frame.empty:
        raise DataError(path, "no rows outside of the chromosomes that are left out")
    if names:
        known = {name: names.get(name, name) for name in frame["chrom"].unique()}
        frame["chrom"] = frame["chrom"].map(known)
    if partial:
        lengths = frame["chrom"].map(chromosomes)
        frame = frame[~(frame["end"] > lengths)].reset_index(drop=True)
        if frame.empty:
            raise DataError(path, "no rows on the part of the genome that is there")
    check_intervals(frame, chromosomes, path)
    return frame


def by_chromosome(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each chromosome with its rows, in the order of their first appearance."""
    for chrom, rows in frame.groupby("chrom", sort=False):
        yield str(chrom), rows


def _read_at_once(path: Path, column: int | None) -> pd.DataFrame | None:
    """Return the rows of a file, or None where a row is not as plain as it should be."""
    import pandas as pd

    content = b"".join(read_chunks(path))
    offset, line = _end_of_head(content)
    if b"\r" in content:
        return None
    types: dict[int, type] = {0: str, 1: np.int64, 2: np.int64}
    if column is not None:
        types[column - 1] = np.float64
    try:
        frame = pd.read_csv(
            io.BytesIO(content[offset:]),
            sep="\t",
            header=None,
            usecols=list(types),
            dtype=types,
            na_filter=False,
            skip_blank_lines=False,
            quoting=csv.QUOTE_NONE,
        )
    except ValueError:
        return None
    frame.columns = pd.Index(["chrom", "start", "end", *(["number"] if column else [])])
    if column is None:
        frame["number"] = 1.0
    frame["line"] = np.arange(line, line + len(frame))
    return frame


def _end_of_head(content: bytes) -> tuple[int, int]:
    """Return where the first row of data begins, and the number of its line."""
    heads = tuple(word.encode() for word in NOT_DATA)
    offset, line = 0, 1
    while content.startswith((*heads, b"\n"), offset):
        after = content.find(b"\n", offset) + 1
        if not after:
            return len(content), line
        offset, line = after, line + 1
    return offset, line


def _read_by_line(path: Path, column: int | None) -> pd.DataFrame:
    frame = read_bed(path, max(3, column or 0))
    frame["number"] = [1.0] * len(frame)
    if column is not None:
        words = zip(frame[NUMBER_COLUMNS[column]], frame["line"], strict=True)
        frame["number"] = [_number(path, word, line) for word, line in words]
    return frame[["chrom", "start", "end", "number", "line"]]


def _number(path: Path, word: str | float, line: int) -> float:
    try:
        return float(word)
    except ValueError as error:
        raise DataError(path, f"value {word!r}, expected a number", line) from error

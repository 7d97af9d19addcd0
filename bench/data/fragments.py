"""Sequenced fragments, such as those of ATAC-seq: one row each, 0-based and half-open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from bench.data.fasta import open_binary
from bench.data.interval_columns import by_chromosome, read_interval_numbers
from bench.data.intervals import NOT_DATA
from bench.data.tracks import Steps, StepTrack, coverage_steps, point_steps
from bench.interface.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

FragmentSignal = Literal["cuts", "coverage"]

TN5_SHIFT = (4, -4)
"""bp from the first base of a read to the middle of the 9 bp that transposition doubles, by strand
of the read (Buenrostro et al. 2013, doi:10.1038/nmeth.2688, whose -5 counts from the base after the
fragment)."""

COUNT_COLUMN = 5
PAIR_COLUMNS = 6


def open_fragments(
    path: Path,
    chromosomes: Mapping[str, int],
    signal: FragmentSignal,
    *,
    shift: tuple[int, int] = (0, 0),
    counted: bool = False,
    names: Mapping[str, str] | None = None,
    leave_out: Collection[str] = (),
    partial: bool = False,
) -> StepTrack:
    """Read fragments, plain or compressed, in any order; 0 where there are none.

    Args:
        path: chromosome, start and end per row; further columns are passed over.
        chromosomes: of the genome, with their lengths in bp.
        signal: "cuts" counts the first base of both reads, `start` and `end - 1`; "coverage" counts
            the fragments over each base.
        shift: bp by which the cut at the start and the one at the end are moved to the right,
            `TN5_SHIFT` for ATAC-seq. A cut moved off its chromosome is left out.
        counted: column 5 tells how many times the fragment was seen.
        names: names of chromosomes in the file that the genome writes otherwise.
        leave_out: chromosomes, as the file names them, that are passed over.
        partial: whether the genome may hold only the first part of a chromosome; intervals that
            reach beyond it are passed over.

    Raises:
        DataError: bad input, or two mates in a row; the text names line and value.
    """
    _refuse_pairs(path)
    frame = read_interval_numbers(
        path, chromosomes, COUNT_COLUMN if counted else None, names, leave_out, partial
    )
    _check_counts(path, frame)
    steps = {
        chrom: _cuts(rows, shift, chromosomes[chrom]) if signal == "cuts" else _coverage(rows)
        for chrom, rows in by_chromosome(frame)
    }
    return StepTrack(chromosomes, steps, 0.0)


def _cuts(rows: pd.DataFrame, shift: tuple[int, int], length: int) -> Steps:
    left, right = shift
    ends = rows["end"].to_numpy() - 1 + right
    positions = np.concatenate([rows["start"].to_numpy() + left, ends])
    counts = np.tile(rows["number"].to_numpy(), 2)
    inside = (positions >= 0) & (positions < length)
    return point_steps(positions[inside], counts[inside])


def _coverage(rows: pd.DataFrame) -> Steps:
    starts, ends = rows["start"].to_numpy(), rows["end"].to_numpy()
    return coverage_steps(starts, ends, rows["number"].to_numpy())


def _check_counts(path: Path, frame: pd.DataFrame) -> None:
    counts = frame["number"].to_numpy()
    odd = (counts < 1) | (counts != np.rint(counts))
    if odd.any():
        row = frame[odd].iloc[0]
        raise DataError(
            path, f"count {row['number']:g}, expected a whole number from 1", int(row["line"])
        )


def _refuse_pairs(path: Path) -> None:
    """Refuse BEDPE with both mates in a row: its first three columns are one read only."""
    heads = tuple(word.encode() for word in NOT_DATA)
    with open_binary(path) as stream:
        for line, text in enumerate(stream, start=1):
            if text.startswith(heads) or not text.strip():
                continue
            row = text.split()
            is_pair = len(row) >= PAIR_COLUMNS and row[4].isdigit() and row[5].isdigit()
            if is_pair and row[3] == row[0]:
                raise DataError(path, "both mates in a row, expected one fragment", line)
            return

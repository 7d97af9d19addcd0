"""Tables of tags counted at single bases of either strand, as CAGE and its kin give them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bench.data.interval_columns import by_chromosome, on_genome
from bench.data.tables import read_table
from bench.data.tracks import StepTrack, point_steps
from bench.interface.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class TagColumns:
    """Names of the columns of a table of tags.

    Attributes:
        chrom: name of the chromosome.
        position: the base that the tags begin at.
        strand: + or -.
        count: number of tags; may be scaled, but not negative.
        end: last base, where the table has ranges; each must be of a single base.
        first_base: number of the first base of a chromosome, 1 or 0.
    """

    chrom: str = "seqnames"
    position: str = "start"
    strand: str = "strand"
    count: str = "score"
    end: str | None = None
    first_base: int = 1


class StrandedTracks(NamedTuple):
    """One track per strand; both count from the left end of the chromosome."""

    plus: StepTrack
    minus: StepTrack


def open_tag_counts(
    path: Path,
    chromosomes: Mapping[str, int],
    columns: TagColumns,
    *,
    names: Mapping[str, str] | None = None,
    leave_out: Collection[str] = (),
) -> StrandedTracks:
    """Read a table of tags with a header, plain or compressed; 0 where there is no row.

    Args:
        path: TSV or CSV.
        chromosomes: of the genome, with their lengths in bp.
        columns: names of the columns.
        names: names of chromosomes in the file that the genome writes otherwise.
        leave_out: chromosomes, as the file names them, that are passed over.

    Raises:
        DataError: bad input, or a base that stands twice; the text names line and value.
    """
    frame = _read(path, columns)
    frame = on_genome(frame, path, chromosomes, names, leave_out)
    twice = frame.duplicated(["chrom", "start", "strand"])
    if twice.any():
        row = frame[twice].iloc[0]
        base = f"{row['chrom']}:{row['start'] + columns.first_base} ({row['strand']})"
        raise DataError(path, f"{base} stands twice", int(row["line"]))
    return StrandedTracks(*(_track(frame, strand, chromosomes) for strand in "+-"))


def _read(path: Path, columns: TagColumns) -> pd.DataFrame:
    numbers = [columns.position, columns.count, *([columns.end] if columns.end else [])]
    table = read_table(path, [columns.chrom, columns.strand], numbers)
    positions, counts = table[columns.position], table[columns.count]
    _refuse(path, table, columns.position, positions.mod(1) != 0, "expected a whole number")
    if columns.end:
        _refuse(path, table, columns.end, table[columns.end] != positions, "expected a single base")
    # A comparison with NaN is false, so that a missing count is refused as well.
    _refuse(path, table, columns.count, ~(counts >= 0) | np.isinf(counts), "expected from 0")
    _refuse(path, table, columns.strand, ~table[columns.strand].isin(["+", "-"]), "expected + or -")
    own = {columns.chrom: "chrom", columns.strand: "strand", columns.count: "count"}
    frame = table[[*own, "line"]].rename(columns=own)
    frame["start"] = positions.astype(np.int64) - columns.first_base
    frame["end"] = frame["start"] + 1
    return frame


def _refuse(
    path: Path, table: pd.DataFrame, column: str, odd: pd.Series[bool], expected: str
) -> None:
    if odd.any():
        row = table[odd].iloc[0]
        raise DataError(path, f"{column} is {row[column]!s}, {expected}", int(row["line"]))


def _track(frame: pd.DataFrame, strand: str, chromosomes: Mapping[str, int]) -> StepTrack:
    own = frame[frame["strand"] == strand]
    steps = {
        chrom: point_steps(rows["start"].to_numpy(), rows["count"].to_numpy())
        for chrom, rows in by_chromosome(own)
    }
    return StepTrack(chromosomes, steps, 0.0)

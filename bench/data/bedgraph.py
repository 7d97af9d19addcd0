"""bedGraph files: 0-based, half-open intervals with a value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.interval_columns import by_chromosome, read_interval_numbers
from bench.data.tracks import Steps, StepTrack
from bench.interface.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

VALUE_COLUMN = 4


def open_bedgraph(
    path: Path,
    chromosomes: Mapping[str, int],
    *,
    names: Mapping[str, str] | None = None,
    leave_out: Collection[str] = (),
    partial: bool = False,
) -> StepTrack:
    """Read a bedGraph file, plain or compressed, sorted or not; NaN where no interval lies.

    Args:
        path: the file.
        chromosomes: of the genome, with their lengths in bp.
        names: names of chromosomes in the file that the genome writes otherwise.
        leave_out: chromosomes, as the file names them, that are passed over.
        partial: whether the genome may hold only the first part of a chromosome; intervals that
            reach beyond it are passed over.

    Raises:
        DataError: bad input, or intervals that overlap; the text names line and value.
    """
    frame = read_interval_numbers(path, chromosomes, VALUE_COLUMN, names, leave_out, partial)
    steps = {chrom: _steps(path, rows) for chrom, rows in by_chromosome(frame)}
    return StepTrack(chromosomes, steps, np.nan)


def _steps(path: Path, rows: pd.DataFrame) -> Steps:
    rows = rows.sort_values("start", kind="stable")
    starts, ends = rows["start"].to_numpy(), rows["end"].to_numpy()
    overlapping = np.flatnonzero(starts[1:] < ends[:-1])
    if len(overlapping):
        first, second = sorted(rows["line"].iloc[[overlapping[0], overlapping[0] + 1]].tolist())
        raise DataError(path, f"the interval overlaps that of line {first}", second)
    return Steps(starts, ends, rows["number"].to_numpy(dtype=np.float32))

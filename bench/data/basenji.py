"""The files that describe a folder of Basenji's or Baskerville's data: sizes, targets, windows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bench.data.intervals import read_bed
from bench.data.manifest import describe
from bench.data.tables import read_lines, read_table
from bench.interface.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

INDEX_COLUMNS = ("", "index")
"""Names of the first column of a table of targets, by age of the data."""

TEXT_COLUMNS = ("identifier", "description")
OPTIONAL_TEXT = ("genome", "file", "sum_stat")
OPTIONAL_NUMBERS = ("clip", "clip_soft", "scale")


class Statistics(BaseModel):
    """Sizes that all windows of a folder share; keys that are not named here are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    num_targets: int = Field(ge=1)
    seq_length: int = Field(ge=1, description="bp of the sequence")
    target_length: int = Field(ge=1, description="number of bins")
    pool_width: int = Field(ge=1, description="bp of a bin")
    crop_bp: int = Field(ge=0, description="bp at either end of the sequence without a bin")
    windows: Mapping[str, int] = Field(default_factory=dict, description="of each split")

    @model_validator(mode="before")
    @classmethod
    def _gather_windows(cls, content: object) -> object:
        """Gather the keys of splits, such as `train_seqs`."""
        if not isinstance(content, dict):
            raise ValueError("expected a table of sizes")  # noqa: TRY004  # pydantic's convention
        ending = "_seqs"
        splits = {key.removesuffix(ending): content[key] for key in content if key.endswith(ending)}
        return {**content, "windows": splits}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        length = self.target_length * self.pool_width + 2 * self.crop_bp
        if length != self.seq_length:
            raise ValueError(f"bins and crops make {length} bp, seq_length is {self.seq_length}")
        return self


def read_statistics(path: Path) -> Statistics:
    """Read `statistics.json`.

    Raises:
        DataError: not there, no JSON, or a size that is missing or does not fit the others.
    """
    text = "\n".join(line for _, line in read_lines(path))
    try:
        return Statistics.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise DataError(path, f"not JSON: {error.msg}") from error
    except ValidationError as error:
        raise DataError(path, describe(error)) from error


def read_targets(path: Path) -> pd.DataFrame:
    """Read `targets.txt`.

    Returns:
        Frame with `index`, `identifier`, `description` and `line`, and what else the file has of
        `genome`, `file`, `clip`, `clip_soft`, `scale`, `sum_stat` and `strand_pair`: the index of
        the track of the other strand, or the target's own.

    Raises:
        DataError: a column is missing, an index stands twice, or pairs do not point at each other.
    """
    header = next((line.split("\t") for _, line in read_lines(path)), [""])
    first = header[0]
    if first not in INDEX_COLUMNS:
        raise DataError(path, f"first column {first!r}, expected the index of the targets", 1)
    text = [*TEXT_COLUMNS, *(name for name in OPTIONAL_TEXT if name in header)]
    numbers = [name for name in OPTIONAL_NUMBERS if name in header]
    pairs = [name for name in ("strand_pair",) if name in header]
    frame = read_table(path, text, [first, *numbers, *pairs]).rename(columns={first: "index"})
    for name in ("index", *pairs):
        odd = ~(frame[name].mod(1) == 0)
        if odd.any():
            row = frame[odd].iloc[0]
            raise DataError(
                path, f"{name} is {row[name]}, expected a whole number", int(row["line"])
            )
        frame[name] = frame[name].astype(np.int64)
    _check_targets(frame, path)
    return frame[["index", *text, *numbers, *pairs, "line"]]


def read_windows(path: Path) -> pd.DataFrame:
    """Read `sequences.bed`.

    Returns:
        Frame with `chrom`, `start`, `end` (0-based, half-open), `split` and `line`.

    Raises:
        DataError: bad input; the text names line and value.
    """
    frame = read_bed(path, 4).rename(columns={"name": "split"})
    return frame[["chrom", "start", "end", "split", "line"]]


def with_crops(windows: pd.DataFrame, statistics: Statistics, path: Path) -> pd.DataFrame:
    """Return windows as long as their sequences.

    Files of Basenji give the whole sequence, those of Baskerville only the bases that have bins.

    Args:
        windows: as `read_windows` returns them.
        statistics: of the same folder.
        path: of the windows, for the message.

    Raises:
        DataError: a window has neither length.
    """
    sizes = windows["end"] - windows["start"]
    binned = statistics.target_length * statistics.pool_width
    odd = ~sizes.isin([binned, statistics.seq_length])
    if odd.any():
        row = windows[odd].iloc[0]
        raise DataError(
            path,
            f"{row['end'] - row['start']} bp, expected {statistics.seq_length} or {binned}",
            int(row["line"]),
        )
    missing = (statistics.seq_length - sizes) // 2
    return windows.assign(start=windows["start"] - missing, end=windows["end"] + missing)


def _check_targets(frame: pd.DataFrame, path: Path) -> None:
    twice = frame["index"].duplicated()
    if twice.any():
        row = frame[twice].iloc[0]
        raise DataError(path, f"index {row['index']} stands twice", int(row["line"]))
    if "strand_pair" not in frame:
        return
    partner = dict(zip(frame["index"], frame["strand_pair"], strict=True))
    for index, pair, line in zip(frame["index"], frame["strand_pair"], frame["line"], strict=True):
        if partner.get(pair) != index:
            raise DataError(path, f"strand_pair {pair} does not point back at {index}", int(line))

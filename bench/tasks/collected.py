"""Items as they come from their sources, before they are split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.errors import BenchError, DataError

if TYPE_CHECKING:
    import pandas as pd

    from bench.interface.arrays import CodeArray, FloatArray, IntArray

COLUMNS = ("item", "chrom", "start", "end", "strand", "group", "split")


@dataclass(frozen=True, slots=True)
class Collected:
    """Items with targets and, where no genome stands behind them, sequences.

    `frame` has the columns of `COLUMNS`: a unique `item` id; `chrom`, `start`, `end` (0-based,
    half-open), with `chrom` empty where an item has no coordinates; `strand` "+", "-" or ".";
    `group` and `split`, empty where nothing was given. `targets` is float32 `(n, targets)`.
    `parents` holds, for an item that was derived from another (a shuffled negative), the row of the
    other, and for every other item its own row.
    """

    frame: pd.DataFrame
    targets: FloatArray
    target_names: tuple[str, ...]
    sequences: list[CodeArray] | None
    parents: IntArray | None = None

    def __len__(self) -> int:
        """Number of items."""
        return len(self.frame)

    @property
    def origins(self) -> IntArray:
        """`parents`, or each item's own row where nothing was derived."""
        return np.arange(len(self)) if self.parents is None else self.parents

    @property
    def has_coordinates(self) -> bool:
        """Whether every item has coordinates."""
        return bool((self.frame["chrom"] != "").all())


def item_frame(
    items: list[str],
    chroms: list[str] | None = None,
    starts: list[int] | None = None,
    ends: list[int] | None = None,
    **columns: list[str],
) -> pd.DataFrame:
    """Make a frame with all `COLUMNS`; those not given hold their empty value."""
    import pandas as pd

    count = len(items)
    frame = pd.DataFrame(
        {
            "item": items,
            "chrom": chroms if chroms is not None else [""] * count,
            "start": np.asarray(starts if starts is not None else [0] * count, dtype=np.int64),
            "end": np.asarray(ends if ends is not None else [0] * count, dtype=np.int64),
            "strand": columns.get("strand", ["."] * count),
            "group": columns.get("group", [""] * count),
            "split": columns.get("split", [""] * count),
        }
    )
    return frame[list(COLUMNS)]


def concatenate(parts: list[Collected], task: str) -> Collected:
    """Join the items of all sources of a task.

    Raises:
        BenchError: sources disagree about targets, or an id stands in two of them.
    """
    import pandas as pd

    first = parts[0]
    for part in parts[1:]:
        if part.target_names != first.target_names:
            raise BenchError(
                f"task {task}: its sources have targets {list(first.target_names)} and "
                f"{list(part.target_names)}, expected the same in all"
            )
        if (part.sequences is None) != (first.sequences is None):
            raise BenchError(f"task {task}: some items have sequences and some only coordinates")
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    twice = frame["item"].duplicated()
    if twice.any():
        raise BenchError(f"task {task}: duplicate id {frame['item'][twice].iloc[0]!r}")
    sequences = None
    if first.sequences is not None:
        sequences = [codes for part in parts for codes in part.sequences or []]
    targets = np.concatenate([part.targets for part in parts])
    return Collected(frame, targets, first.target_names, sequences)


def refuse_duplicate(seen: dict[str, int], item: str, path: Path, line: int) -> None:
    """Remember where an id stands; an id that stands twice in a file is an error."""
    if item in seen:
        raise DataError(path, f"duplicate id {item!r}, first in line {seen[item]}", line)
    seen[item] = line

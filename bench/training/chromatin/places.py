"""Where the bins of items lie on their chromosomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.interface import BenchError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.interface import Examples
    from bench.training.chromatin.windows import Span


@dataclass(frozen=True, slots=True, eq=False)
class Loci:
    """Items on a genome.

    `centres` `(n,)` are 0-based positions, -1 where unknown; `turned` `(n,)` says which items are
    read on the other strand.
    """

    centres: NDArray[np.int64]
    turned: NDArray[np.bool_]

    @classmethod
    def of(cls, examples: Examples, *, directed: bool) -> Self:
        """Find the items; `directed` if they are read in the direction of transcription."""
        items = _items(examples)
        if items is None:
            return cls(np.full(len(examples), -1), np.zeros(len(examples), dtype=bool))
        turned = (items["strand"].astype(object) == "-").to_numpy(dtype=bool) & directed
        return cls(_centres(items), turned)

    def __getitem__(self, rows: slice | NDArray[np.intp]) -> Self:
        """Return the items at `rows`."""
        return type(self)(self.centres[rows], self.turned[rows])

    def places(self, offsets: NDArray[np.int64], grid: int, span: Span) -> NDArray[np.int64]:
        """Return bp from each item's centre to its bins, towards higher coordinates, `(n, bins)`.

        Args:
            offsets: bp in the direction in which items are read, `(bins,)`.
            grid: bp to a multiple of which positions are rounded; 0 for none.
            span: what is read; a place near its end is rounded inwards.
        """
        moved = np.where(self.turned[:, None], -offsets, offsets)
        if not grid:
            return moved
        centres = self.centres[:, None]
        first, last = span.limits(self)
        rounded = (centres + moved + grid // 2) // grid
        inside = rounded.clip(-(-(centres + first) // grid), (centres + last) // grid)
        return np.where(centres >= 0, inside * grid - centres, moved)


def _items(examples: Examples) -> pd.DataFrame | None:
    try:
        return examples.items
    except BenchError:
        return None


def _centres(items: pd.DataFrame) -> NDArray[np.int64]:
    named = items["chrom"].notna() & (items["chrom"].astype(object) != "")
    known = (named & items["start"].notna() & items["end"].notna()).to_numpy(dtype=bool)
    starts = items["start"].fillna(0).to_numpy(dtype=np.int64)
    ends = items["end"].fillna(0).to_numpy(dtype=np.int64)
    return np.where(known, (starts + ends) // 2, -1)

"""Items whose flanks are changed beyond a radius: what a model predicts without what lies there.

A position is told by its offset from the item's centre, in bp, in the direction in which the item
is read. A *core* always stays: the centre, or of a profile the span of its bins. With radius `r`
the offsets from `-(before + r)` to `after + r` stay as they are, where the core holds those from
`-before` to `after`; everything else of a window is changed:

mask       is N
shuffle    each flank has the dinucleotide counts, the first and the last base that it had
           (`bench.data.shuffle`), whatever they were in other windows of the item
replace    is what stands at the same offsets of another item
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.data.alphabet import N
from bench.data.shuffle import dinucleotide_shuffles
from bench.interface.context import DEFAULT_HEAD, silent
from bench.interface.errors import BenchError
from bench.interface.examples import Examples

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray, FloatArray, IntArray
    from bench.interface.context import Progress, TaskShape

SMALLEST = 64
"""bp of the smallest radius that is tried, of models that read 1 kb or more."""
LEAST_RADII = 4
"""Radii below the largest that are tried at least, as far as they are 1 bp or more."""


class Fill(StrEnum):
    """What takes the place of a flank."""

    MASK = "mask"
    """N."""
    SHUFFLE = "shuffle"
    """The same flank with its dinucleotides shuffled."""
    REPLACE = "replace"
    """The flank of another item."""


@dataclass(frozen=True, slots=True)
class Core:
    """What always stays: offsets from `-before` to `after`, in bp from an item's centre."""

    before: int = 0
    after: int = 0

    @classmethod
    def of(cls, shape: TaskShape) -> Self:
        """Return the span of the bins of a profile, the longest of all heads; else the centre."""
        spans = [(head.bins or 0) * (head.bin_width or 0) for head in shape.heads.values()]
        span = max(1, *spans)
        return cls(span // 2, span - 1 - span // 2)

    def reach(self, length: int) -> int:
        """Return the smallest radius that leaves a window of `length` bp as it is."""
        return max(0, length // 2 - self.before, length - 1 - length // 2 - self.after)


def default_radii(reach: int) -> tuple[int, ...]:
    """Return powers of two below `reach`, from 64 or, where these would be few, from less."""
    first = SMALLEST
    while first > 1 and first << (LEAST_RADII - 1) >= reach:
        first //= 2
    return tuple(first << step for step in range(64) if first << step < reach)


def other_items(heads: Mapping[str, NDArray[np.bool_]], seed: int) -> IntArray:
    """Give each item another one of its head: a permutation without fixed points.

    Args:
        heads: which items are of each head, bool `(n,)`; an item is of one.
        seed: of the permutation.

    Returns:
        Rows, `(n,)`.

    Raises:
        BenchError: a head has a single item.
    """
    rng = np.random.default_rng(seed)
    others = np.arange(len(next(iter(heads.values()))))
    for own in heads.values():
        # One cycle through all items in random order.
        cycle = rng.permutation(np.flatnonzero(own))
        if len(cycle) == 1:
            raise BenchError("a single item: there is no other one whose flanks could be taken")
        others[cycle] = np.roll(cycle, 1)
    return others


class Flanks:
    """The flanks of items, and what takes their place.

    Args:
        items: as they are.
        fill: what takes the place of flanks.
        core: what always stays.
        heads: which items are of each head, bool `(n,)`.
        turned: which items are read against the direction of their chromosome, so that a shift
            moves their windows the other way, bool `(n,)`; None for none.
        seed: of shuffles, or of the choice of other items.

    Raises:
        BenchError: there is no other item whose flanks could be taken.
    """

    def __init__(
        self,
        items: Examples,
        fill: Fill,
        core: Core,
        *,
        heads: Mapping[str, NDArray[np.bool_]] | None = None,
        turned: NDArray[np.bool_] | None = None,
        seed: int = 0,
    ) -> None:
        self.items = items
        self.fill = fill
        self.core = core
        self.heads = heads or {DEFAULT_HEAD: np.ones(len(items), dtype=bool)}
        self.turned = np.zeros(len(items), dtype=bool) if turned is None else turned
        self.seed = seed
        self.others = other_items(self.heads, seed) if fill is Fill.REPLACE else None

    def beyond(
        self, radius: int, told: Callable[[int], object] = lambda count: count
    ) -> ChangedFlanks:
        """Return the items with flanks changed beyond a radius.

        Args:
            radius: in bp from the core.
            told: called with the number of items whose windows were read.
        """
        return ChangedFlanks(self, radius, np.arange(len(self.items)), told)


class ChangedFlanks(Examples):
    """Some of the items of `Flanks`, changed beyond a radius; windows are made when asked for."""

    def __init__(
        self, flanks: Flanks, radius: int, rows: IntArray, told: Callable[[int], object]
    ) -> None:
        """Take the items at `rows`; see `Flanks.beyond`."""
        self._flanks = flanks
        self._radius = radius
        self._rows = rows
        self._told = told

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: slice | IntArray) -> Self:
        return type(self)(self._flanks, self._radius, self._rows[rows], self._told)

    @property
    def _own(self) -> Examples:
        """The items as they are."""
        return self._flanks.items[self._rows]

    @property
    def lengths(self) -> IntArray:
        """Length of each item's own interval in bp, which no fill changes."""
        return self._own.lengths

    @property
    def items(self) -> pd.DataFrame:
        """Ids and coordinates, where the items as they are show them."""
        return self._own.items

    def tss_distances(self) -> FloatArray:
        """Return what the items as they are return."""
        return self._own.tss_distances()

    def targets(self, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return targets, where the items as they are show them."""
        return self._own.targets(head)

    def of_head(self, head: str) -> Self:
        """Return the items of a head.

        Raises:
            BenchError: there is no such head.
        """
        if head not in self._flanks.heads:
            raise BenchError(f"no head {head!r}, expected one of {sorted(self._flanks.heads)}")
        return self[np.flatnonzero(self._flanks.heads[head][self._rows])]

    def windows(self, length: int | None = None, shift: int | IntArray = 0) -> CodeArray:
        """Read windows as codes, `(n, length)`, with their flanks changed."""
        own = self._own
        codes = np.array(own.windows(length, shift), dtype=np.uint8)
        widths = own.lengths if length is None else np.full(len(self), length)
        turned = self._flanks.turned[self._rows]
        # The column of each item's centre.
        centres = widths // 2 - np.where(turned, -np.asarray(shift), shift)
        core = self._flanks.core
        starts = np.clip(centres - core.before - self._radius, 0, widths).tolist()
        ends = np.clip(centres + core.after + self._radius + 1, 0, widths).tolist()
        filling = self._filling(codes, centres)
        for row, (start, end, width) in enumerate(zip(starts, ends, widths.tolist(), strict=True)):
            for flank in (slice(0, start), slice(end, width)):
                if flank.start < flank.stop:
                    codes[row, flank] = filling(row, flank)
        self._told(len(self))
        return codes

    def _filling(
        self, codes: CodeArray, centres: IntArray
    ) -> Callable[[int, slice], CodeArray | int]:
        """Return what stands in some columns of a row instead."""
        if self._flanks.fill is Fill.MASK:
            return lambda _row, _flank: N
        if self._flanks.fill is Fill.SHUFFLE:
            seed = self._flanks.seed
            return lambda row, flank: dinucleotide_shuffles([codes[row, flank]], seed)[0]
        assert self._flanks.others is not None
        columns = codes.shape[1]
        half = int(max(centres.max(initial=0), columns - 1 - centres.min(initial=columns)))
        others = self._flanks.items[self._flanks.others[self._rows]].windows(2 * half + 1)
        moved = (half - centres).tolist()

        def of_others(row: int, flank: slice) -> CodeArray:
            return others[row, flank.start + moved[row] : flank.stop + moved[row]]

        return of_others


def predicted_within(
    radii: Sequence[int],
    flanks: Flanks,
    predict: Callable[[Examples], FloatArray],
    progress: Progress = silent,
) -> Iterator[tuple[int, FloatArray]]:
    """Yield each radius with what is predicted of the items whose flanks are changed beyond it.

    Args:
        radii: in bp from the core.
        flanks: the items.
        predict: predicts items in their order.
        progress: told of the items that were read.
    """
    for place, radius in enumerate(radii):
        counted = _Counted(progress, place, len(radii), len(flanks.items), f"{radius:,} bp")
        yield radius, predict(flanks.beyond(radius, counted))


@dataclass(slots=True)
class _Counted:
    """Tells progress by the items that were read, each of which a model may read several times."""

    progress: Progress
    place: int
    radii: int
    items: int
    note: str
    read: int = 0

    def __call__(self, count: int) -> None:
        """Take note of `count` more items."""
        self.read = min(self.items, self.read + count)
        self.progress(self.place * self.items + self.read, self.radii * self.items, self.note)

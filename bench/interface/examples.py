"""The items of a task as a model sees them: sequences on request, targets in `fit` only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from bench.interface.context import DEFAULT_HEAD
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    import pandas as pd

    from bench.interface.arrays import CodeArray, FloatArray, IntArray


class Examples(ABC):
    """Items in a fixed order, read lazily.

    The centre of an item `[start, end)` is `(start + end) // 2`, and a window of `length` bp
    covers `[centre - length // 2, centre - length // 2 + length)`. Beyond the end of a chromosome,
    or of a sequence that has no genome behind it, a window holds N. Genes, the items of expression
    tasks, are read in the direction of transcription: their centre is the TSS, which stands at
    `length // 2` of a window on either strand.
    """

    @abstractmethod
    def __len__(self) -> int:
        """Number of items."""

    @abstractmethod
    def __getitem__(self, rows: slice | IntArray) -> Self:
        """Return the items at `rows`, in that order; nothing is read yet."""

    @property
    @abstractmethod
    def lengths(self) -> IntArray:
        """Length of each item's own interval in bp, shape `(n,)`."""

    @abstractmethod
    def windows(self, length: int | None = None, shift: int | IntArray = 0) -> CodeArray:
        """Read sequences as `uint8` codes, shape `(n, length)`.

        With `length` None each item's own interval is read, from the left, and padded with N on the
        right to the longest of these items. A positive `shift` moves the window towards higher
        coordinates by that many bp; an array gives one shift per item. The flanks that come into
        view are real sequence wherever there is a genome behind the item.
        """

    @abstractmethod
    def targets(self, head: str = DEFAULT_HEAD) -> FloatArray:
        """Targets of `head`, `float32` of shape `(n, targets)` or `(n, bins, targets)`.

        Bins lie around the item's centre, from lower to higher coordinates. NaN stands for a value
        that was not measured or is left out of loss and metric.

        Raises:
            BenchError: outside of `fit`, where targets are hidden.
        """

    @property
    @abstractmethod
    def items(self) -> pd.DataFrame:
        """Ids and coordinates: `item`, `chrom`, `start`, `end`, `strand` (0-based, half-open).

        Variants have `ref` and `alt` too: the bases at `[start, end)`, and those that take their
        place; either may be empty, and both are where the task does not say where alleles lie.

        Where the task names transcripts there is `tss_distance` too: bp from the nearest TSS to the
        item's centre, positive in the direction of transcription, NaN where the chromosome has
        none.

        Raises:
            BenchError: for a model whose card does not say `uses_coordinates`.
        """

    def tss_distances(self) -> FloatArray:
        """Return bp from the nearest TSS to each item's centre, `(n,)`, as `items` tells.

        Of a profile it is those of the centres of its bins, `(n, bins)`. NaN where the chromosome
        has no TSS, or the task names no transcripts.

        Raises:
            BenchError: for a model whose card does not say `uses_coordinates`.
        """
        import numpy as np

        items = self.items
        if "tss_distance" not in items:
            return np.full(len(items), np.nan)
        return items["tss_distance"].to_numpy(dtype=np.float64)

    @abstractmethod
    def of_head(self, head: str) -> Self:
        """Return the items that carry targets of `head`: with several genomes, one genome's."""

    def alleles(self, length: int) -> tuple[CodeArray, CodeArray]:  # noqa: ARG002
        """Read `length` bp of both alleles, reference first: codes `(n, length)` each.

        Items of variant tasks have both. On a genome the first base that changes stands at
        `length // 2`, and each allele goes on as the genome does. Where there is no genome, alleles
        are sequences with N around them; a window shorter than they are lies around the first base
        that differs, or as near to that as it may without leaving the longer allele.

        Raises:
            BenchError: the items are no variants.
        """
        raise BenchError(f"{type(self).__name__} holds no variants, which alone have alleles")

    def batches(
        self, size: int, length: int | None = None, shift: int | IntArray = 0
    ) -> Iterator[CodeArray]:
        """Yield `windows` of `size` items at a time; the last batch may be smaller."""
        for start in range(0, len(self), size):
            part = self[start : start + size]
            moved = shift if isinstance(shift, int) else shift[start : start + size]
            yield part.windows(length, moved)

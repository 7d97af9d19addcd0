"""Examples held in memory: for tests, for demonstrations and for a user's own arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.data.allele_pairs import stacked_windows
from bench.data.alphabet import N
from bench.interface.context import DEFAULT_HEAD
from bench.interface.errors import BenchError
from bench.interface.examples import Examples

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray, FloatArray, IntArray


class ArrayExamples(Examples):
    """Sequences with targets, all in memory; beyond the end of a sequence there is N.

    Args:
        sequences: codes of shape `(n, length)`, or one array of codes per item.
        targets: one array per head, `(n, targets)` or `(n, bins, targets)`, or a single array for
            the default head; None hides them, as they are outside of `fit`.
        items: the frame that `items` returns, with one row per item; None hides it.
        alternatives: of variants, codes of the other allele of each item; `sequences` holds the
            reference then.

    Raises:
        BenchError: `targets`, `items` or `alternatives` do not have one row per sequence.
    """

    def __init__(
        self,
        sequences: CodeArray | Sequence[CodeArray],
        targets: Mapping[str, FloatArray] | FloatArray | None = None,
        items: pd.DataFrame | None = None,
        alternatives: Sequence[CodeArray] | None = None,
    ) -> None:
        lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        bases = np.concatenate([np.zeros(0, dtype=np.uint8), *sequences]).astype(np.uint8)
        self._bases: CodeArray = bases
        self._offsets = np.cumsum(lengths) - lengths
        self._lengths = lengths
        self._targets = _by_head(targets)
        self._items = None if items is None else items.reset_index(drop=True)
        self._alternatives = None if alternatives is None else list(alternatives)
        self._check()

    def _check(self) -> None:
        tables = {f"targets of head {head!r}": array for head, array in self._targets.items()}
        for name, table in tables.items():
            if len(table) != len(self):
                raise BenchError(f"{name} have {len(table)} rows, expected {len(self)}")
        if self._items is not None and len(self._items) != len(self):
            raise BenchError(f"items have {len(self._items)} rows, expected {len(self)}")
        if self._alternatives is not None and len(self._alternatives) != len(self):
            raise BenchError(
                f"alternatives have {len(self._alternatives)} rows, expected {len(self)}"
            )

    def __len__(self) -> int:
        return len(self._lengths)

    def __getitem__(self, rows: slice | IntArray) -> Self:
        part = object.__new__(type(self))
        part._bases = self._bases
        part._offsets = self._offsets[rows]
        part._lengths = self._lengths[rows]
        part._targets = {head: array[rows] for head, array in self._targets.items()}
        part._items = None
        if self._items is not None:
            part._items = self._items.iloc[rows].reset_index(drop=True)
        part._alternatives = None
        if self._alternatives is not None:
            chosen = np.arange(len(self))[rows].tolist()
            part._alternatives = [self._alternatives[row] for row in chosen]
        return part

    @property
    def lengths(self) -> IntArray:
        """Length of each sequence in bp, shape `(n,)`."""
        return self._lengths

    def windows(self, length: int | None = None, shift: int | IntArray = 0) -> CodeArray:
        """Read sequences as codes, shape `(n, length)`; see `Examples.windows`."""
        if length is None:
            width = int(self._lengths.max(initial=0))
            starts = np.zeros(len(self), dtype=np.int64)
            read = self._lengths
        else:
            width = length
            starts = self._lengths // 2 - length // 2
            read = np.full(len(self), length, dtype=np.int64)
        return self._read(starts + shift, read, width)

    def _read(self, starts: IntArray, read: IntArray, width: int) -> CodeArray:
        """Read `read` bases from `starts` (0 is an item's first base) into rows of `width`."""
        steps = np.arange(width)
        positions: NDArray[np.int64] = starts[:, None] + steps
        inside = (positions >= 0) & (positions < self._lengths[:, None]) & (steps < read[:, None])
        codes = np.full(positions.shape, N, dtype=np.uint8)
        codes[inside] = self._bases[(self._offsets[:, None] + positions)[inside]]
        return codes

    def alleles(self, length: int) -> tuple[CodeArray, CodeArray]:
        """Read windows of both alleles; see `Examples.alleles`.

        Raises:
            BenchError: these examples were made without alternatives.
        """
        if self._alternatives is None:
            return super().alleles(length)
        references = [
            self._bases[begin : begin + width]
            for begin, width in zip(self._offsets, self._lengths, strict=True)
        ]
        return stacked_windows(zip(references, self._alternatives, strict=True), length)

    def targets(self, head: str = DEFAULT_HEAD) -> FloatArray:
        """Targets of `head`, float32.

        Raises:
            BenchError: there are no targets, or none of that head.
        """
        if not self._targets:
            raise BenchError("targets are shown in fit only")
        self._check_head(head)
        return self._targets[head]

    @property
    def items(self) -> pd.DataFrame:
        """Ids and coordinates.

        Raises:
            BenchError: these examples were made without.
        """
        if self._items is None:
            raise BenchError(
                "coordinates are shown only to a model whose card says uses_coordinates"
            )
        return self._items.copy()

    def of_head(self, head: str) -> Self:
        """Return all items: each carries targets of every head.

        Raises:
            BenchError: there are targets, but none of that head.
        """
        if self._targets:
            self._check_head(head)
        return self

    def _check_head(self, head: str) -> None:
        if head not in self._targets:
            raise BenchError(f"no head {head!r}, expected one of {sorted(self._targets)}")


def _by_head(
    targets: Mapping[str, FloatArray] | FloatArray | None,
) -> dict[str, NDArray[np.float32]]:
    if targets is None:
        return {}
    named = targets if isinstance(targets, Mapping) else {DEFAULT_HEAD: targets}
    return {head: np.asarray(array, dtype=np.float32) for head, array in named.items()}

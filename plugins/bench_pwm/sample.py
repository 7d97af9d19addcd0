"""A bounded choice of training items: motifs need thousands of sequences, not millions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray, Examples, FloatArray, IntArray

MOST_ITEMS = 6000
MOST_BASES = 1_500_000
LONGEST = 1000
"""Of longer items, so many bp around the centre are searched."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Sequences `(n, width)`, how many bases of each row count, and targets `(n, targets)`."""

    codes: CodeArray
    lengths: IntArray
    targets: FloatArray


def sampled(examples: Examples, head: str) -> Sample:
    """Read at most `MOST_ITEMS` items of `head`, and at most `MOST_BASES` bases."""
    examples = examples.of_head(head)
    longest = int(examples.lengths.max(initial=1))
    width = min(longest, LONGEST)
    targets = examples.targets(head)
    rows = chosen_rows(targets, min(MOST_ITEMS, max(1, MOST_BASES // max(1, width))))
    part = examples[rows]
    if longest <= LONGEST:
        return Sample(part.windows(), part.lengths, targets[rows])
    return Sample(part.windows(LONGEST), np.full(len(part), LONGEST), targets[rows])


def chosen_rows(targets: FloatArray, most: int) -> NDArray[np.intp]:
    """Choose up to `most` rows, evenly from those with high and those with low targets.

    A row is high where any target exceeds its mean: for classes, where it is a positive of any. As
    many of both kinds are taken as there are, up to half of `most` each, evenly spaced.
    """
    count = len(targets)
    if count <= most:
        return np.arange(count)
    measured = ~np.isnan(targets)
    means = np.where(measured, targets, 0.0).sum(axis=0) / np.maximum(1, measured.sum(axis=0))
    is_high = (np.where(measured, targets, -np.inf) > means).any(axis=1)
    high, low = np.flatnonzero(is_high), np.flatnonzero(~is_high)
    from_high = min(len(high), max(most // 2, most - len(low)))
    chosen = [_spaced(high, from_high), _spaced(low, most - from_high)]
    return np.sort(np.concatenate(chosen))


def _spaced(rows: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    return rows[np.arange(count) * len(rows) // max(1, count)]

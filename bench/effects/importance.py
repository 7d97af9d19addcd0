"""Importance of the bases of items, by saturation mutagenesis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bench.effects.saturation import substitutions
from bench.interface.context import Progress, silent

if TYPE_CHECKING:
    from bench.effects.predictor import AllelePredictor
    from bench.effects.scores import Score
    from bench.interface.arrays import FloatArray, IntArray
    from bench.interface.examples import Examples

MOST_BASES = 2000
"""Of a longer item so many bases in its middle are changed."""


def changed_sizes(lengths: IntArray, read: int | None) -> IntArray:
    """Return how many bases are changed in the middle of each item.

    Args:
        lengths: of the items, in bp.
        read: bp that the model reads around an item's centre; None: the item.
    """
    return np.minimum(lengths, MOST_BASES if read is None else min(read, MOST_BASES))


def importances(
    predictor: AllelePredictor,
    examples: Examples,
    read: int | None,
    score: Score,
    progress: Progress = silent,
) -> Iterator[FloatArray]:
    """Yield the importance of each item's changed bases, `(bases, targets)`.

    Base `i` of `n` stands `i - n // 2` bp from the item's centre, as the item is read.

    Args:
        predictor: the model.
        examples: the items.
        read: bp that the model reads around an item's centre; None: the item.
        score: how alleles are compared.
        progress: told how many items are done.
    """
    sizes = changed_sizes(examples.lengths, read)
    for row, size in enumerate(sizes.tolist()):
        (window,) = examples[row : row + 1].windows(read)
        start = len(window) // 2 - size // 2
        yield substitutions(predictor, window, start, start + size, score).importance
        progress(row + 1, len(sizes))

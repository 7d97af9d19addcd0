"""What tells active items from the others in a trial: one signal for all that a model may read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import encode, reverse_complement
from bench.interface.card import Reads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray, IntArray

MOTIFS = tuple(
    encode(word) for word in ("ATGACTCATCG", "CCATATTAGGA", "GGGACTTTCCA", "ATTTGCATAAC")
)
"""Motifs of the first targets; further targets share them."""
COPIES = 2
"""How often the motif stands in an active item."""
STRETCH = 500_000
"""In bp: whole stretches of the chromosome are active where a model reads coordinates."""


@dataclass
class Draft:
    """Items before they carry a signal.

    `codes` `(n, width)` of which the first `lengths` `(n,)` count, `starts` `(n,)` on a chromosome,
    `truth` `(n, targets)`: 1 where an item is to be active. A signal changes these in place.
    """

    codes: CodeArray
    lengths: IntArray
    starts: IntArray
    truth: NDArray[np.float32]

    def sequences(self) -> list[CodeArray]:
        """Codes of each item."""
        return [row[:length] for row, length in zip(self.codes, self.lengths, strict=True)]


def plant_motifs(draft: Draft, rng: np.random.Generator) -> None:
    """Write the target's motif into active items, on either strand."""
    for target in range(draft.truth.shape[1]):
        motif = MOTIFS[target % len(MOTIFS)][: draft.codes.shape[1]]
        for row in np.flatnonzero(draft.truth[:, target]):
            for _ in range(COPIES):
                place = rng.integers(0, max(1, draft.lengths[row] - len(motif) + 1))
                strand = motif if rng.random() < 0.5 else reverse_complement(motif)
                draft.codes[row, place : place + len(motif)] = strand


def plant_composition(draft: Draft, rng: np.random.Generator) -> None:
    """Give active items more G and C."""
    draft.truth[:] = draft.truth[:, :1]
    rich = draft.truth[:, 0] == 1
    shares = np.where(rich[:, None], [[0.2, 0.3, 0.3, 0.2]], [[0.3, 0.2, 0.2, 0.3]])
    draws = rng.random(draft.codes.shape)
    bounds = np.cumsum(shares, axis=1)[:, None, :3]
    draft.codes[:] = (draws[:, :, None] > bounds).sum(axis=2)


def plant_length(draft: Draft, rng: np.random.Generator) -> None:  # noqa: ARG001
    """Make active items the longer ones."""
    draft.truth[:] = (draft.lengths > np.median(draft.lengths))[:, None]


def plant_coordinates(draft: Draft, rng: np.random.Generator) -> None:  # noqa: ARG001
    """Make every other stretch of the chromosome active."""
    draft.truth[:] = (draft.starts // STRETCH % 2)[:, None]


def plant_nothing(draft: Draft, rng: np.random.Generator) -> None:
    """Leave items as they are."""


SIGNALS: dict[Reads, Callable[[Draft, np.random.Generator], None]] = {
    Reads.SEQUENCE: plant_motifs,
    Reads.COMPOSITION: plant_composition,
    Reads.LENGTH: plant_length,
    Reads.COORDINATES: plant_coordinates,
    Reads.NOTHING: plant_nothing,
}

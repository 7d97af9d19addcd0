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
ONE_SIDED = MOTIFS[2]
"""A motif that shares no word of four bases with its reverse complement."""
SPACING = 100
"""An active item holds a motif for so many bp of its length, and two at least: in a long window a
single one would be lost among chance matches."""
RUN = 40
"""Length in bp of runs of one base."""
RUNS = {"A or T": (0, 3), "C or G": (1, 2)}
"""Codes of the bases that runs are made of: a base and its complement."""
PROMOTER = 300
"""In bp upstream of a TSS: active where a model reads the distance from it."""
FARTHEST = 2_000
STRETCH = 500_000
"""In bp: whole stretches of the chromosome are active where a model reads coordinates."""


@dataclass
class Draft:
    """Items before they carry a signal.

    `codes` `(n, width)` of which the first `lengths` `(n,)` count, `starts` `(n,)` on a chromosome,
    `truth` `(n, targets)`: 1 where an item is to be active. A signal changes these in place.
    `given_strand`: whether motifs stand on the given strand only. `tss_distances` `(n,)` in bp,
    where a signal makes them.
    """

    codes: CodeArray
    lengths: IntArray
    starts: IntArray
    truth: NDArray[np.float32]
    given_strand: bool = False
    tss_distances: NDArray[np.float64] | None = None

    def sequences(self) -> list[CodeArray]:
        """Codes of each item."""
        return [row[:length] for row, length in zip(self.codes, self.lengths, strict=True)]


def plant_motifs(draft: Draft, rng: np.random.Generator) -> None:
    """Write the target's motif into active items, on either strand."""
    for target in range(draft.truth.shape[1]):
        motif = ONE_SIDED if draft.given_strand else MOTIFS[target % len(MOTIFS)]
        motif = motif[: draft.codes.shape[1]]
        for row in np.flatnonzero(draft.truth[:, target]):
            for _ in range(max(2, draft.lengths[row] // SPACING)):
                turned = rng.random() < 0.5 and not draft.given_strand
                word = reverse_complement(motif) if turned else motif
                _write_anywhere(draft.codes[row, : draft.lengths[row]], word, rng)


def _write_anywhere(codes: CodeArray, word: CodeArray, rng: np.random.Generator) -> None:
    place = rng.integers(0, max(1, len(codes) - len(word) + 1))
    codes[place : place + len(word)] = word


def plant_weak_runs(draft: Draft, rng: np.random.Generator) -> None:
    """Write runs of A or T into active items, and runs of C or G into half of the others."""
    _plant_runs(draft, rng, RUNS["A or T"], RUNS["C or G"])


def plant_strong_runs(draft: Draft, rng: np.random.Generator) -> None:
    """Write runs of C or G into active items, and runs of A or T into half of the others."""
    _plant_runs(draft, rng, RUNS["C or G"], RUNS["A or T"])


def _plant_runs(
    draft: Draft, rng: np.random.Generator, in_active: tuple[int, int], in_others: tuple[int, int]
) -> None:
    """Plant so that what any run lacks, such as all words of several bases, tells nothing."""
    draft.truth[:] = draft.truth[:, :1]
    for row, active in enumerate(draft.truth[:, 0]):
        if active or rng.random() < 0.5:
            bases = in_active if active else in_others
            write_runs(draft.codes[row, : draft.lengths[row]], bases[int(rng.integers(2))])


def write_runs(codes: CodeArray, base: int) -> None:
    """Write runs of a base into a sequence: one in the middle of each 200 bp."""
    pieces = max(1, len(codes) // 200)
    for piece in np.array_split(codes, pieces):
        start = max(0, (len(piece) - RUN) // 2)
        piece[start : start + RUN] = base


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


def plant_tss_distance(draft: Draft, rng: np.random.Generator) -> None:
    """Make items active that lie upstream of a TSS and near it."""
    near = rng.uniform(-PROMOTER, 0, len(draft.codes))
    far = rng.uniform(0, FARTHEST, len(draft.codes))
    far = np.where(rng.random(len(far)) < 0.5, far, -PROMOTER - far)
    draft.truth[:] = draft.truth[:, :1]
    draft.tss_distances = np.where(draft.truth[:, 0] == 1, near, far)


def plant_nothing(draft: Draft, rng: np.random.Generator) -> None:
    """Leave items as they are."""


SIGNALS: dict[Reads, Callable[[Draft, np.random.Generator], None]] = {
    Reads.SEQUENCE: plant_motifs,
    Reads.COMPOSITION: plant_composition,
    Reads.LENGTH: plant_length,
    Reads.COORDINATES: plant_coordinates,
    Reads.TSS_DISTANCE: plant_tss_distance,
    Reads.NOTHING: plant_nothing,
}

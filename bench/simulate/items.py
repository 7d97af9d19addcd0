"""Items read off a simulated genome: windows with what was measured there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.interface.errors import BenchError
from bench.simulate.genome import SimulatedGenome
from bench.simulate.layout import EDGE, Ints

if TYPE_CHECKING:
    import pandas as pd

JITTER = 20
"""Items lie up to this many bp off the centre of what they stand for."""
LENGTHS = (50, 600)
"""Shortest and longest items; there is little background that leaves room for longer ones."""
COLUMNS = ["item", "chrom", "start", "end", "strand", "element"]


@dataclass(frozen=True, slots=True)
class SimulatedItems:
    """Windows and their targets.

    Attributes:
        frame: `item chrom start end strand element`, 0-based and half-open, in genome order; the
            id is `chrom:start-end`, the strand `.`, `element` the id of the element, or -1. Items
            that are genes have their id and strand; variants have `ref` and `alt` too.
        targets: `float32` of shape `(n, targets)`.
        target_names: one name per column of `targets`.
        bin_width: bp of a bin, where targets are `(n, bins, targets)`.
    """

    frame: pd.DataFrame
    targets: NDArray[np.float32]
    target_names: tuple[str, ...]
    bin_width: int | None = None


def check_length(length: int) -> None:
    """Refuse an item length that would not leave room for background items."""
    if not LENGTHS[0] <= length <= LENGTHS[1]:
        raise BenchError(
            f"simulated items of {length} bp: expected {LENGTHS[0]} to {LENGTHS[1]} bp; "
            "models may still read more around them"
        )


def windows(
    chrom: str, centres: Ints, length: int, rng: np.random.Generator, element: Ints | int = -1
) -> pd.DataFrame:
    """Return windows of `length` bp around jittered centres, with the columns of the items."""
    import pandas as pd

    starts = centres + rng.integers(-JITTER, JITTER + 1, len(centres)) - length // 2
    ends = starts + length
    return pd.DataFrame(
        {
            "item": [f"{chrom}:{start}-{end}" for start, end in zip(starts, ends, strict=True)],
            "chrom": chrom,
            "start": starts,
            "end": ends,
            "strand": ".",
            "element": element,
        }
    )


def on_chrom(frame: pd.DataFrame, chrom: str) -> pd.DataFrame:
    """Rows of one chromosome."""
    return frame[frame["chrom"] == chrom]


def centres_of(intervals: pd.DataFrame) -> Ints:
    """Centres of intervals, as the items count them."""
    centres: Ints = (intervals["start"] + intervals["end"]).to_numpy() // 2
    return centres


def overlaps(starts: Ints, ends: Ints, intervals: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which of the windows share a base with one of the intervals.

    The intervals lie on one chromosome and do not overlap each other.
    """
    ordered = intervals.sort_values("start")
    lower = np.append(ordered["start"].to_numpy(), np.iinfo(np.int64).max)
    nearest = np.searchsorted(ordered["end"].to_numpy(), starts, side="right")
    shared: NDArray[np.bool_] = lower[nearest] < ends
    return shared


def free_centres(
    genome: SimulatedGenome, chrom: str, length: int, least: int, rng: np.random.Generator
) -> Ints:
    """Centres of background windows, in random order.

    Windows of `length` bp around them, however jittered, overlap neither each other nor an element,
    a decoy or a repeat.

    Raises:
        BenchError: there are fewer than `least`.
    """
    step = length + 2 * JITTER
    last = len(genome.chromosomes[chrom]) - EDGE
    starts = np.arange(EDGE + int(rng.integers(step)), last - step, step)
    taken = np.zeros(len(starts), dtype=np.bool_)
    for features in (genome.elements, genome.regions):
        taken |= overlaps(starts, starts + step, on_chrom(features, chrom))
    centres: Ints = rng.permutation(starts[~taken]) + step // 2
    if len(centres) < least:
        raise BenchError(
            f"simulation {genome.spec.name}: {least} background windows of {length} bp wanted on "
            f"{chrom}, {len(centres)} there; expected fewer negatives or a shorter length"
        )
    return centres


def outside_elements(genome: SimulatedGenome, chrom: str, centres: Ints, length: int) -> Ints:
    """Keep the centres whose windows, however jittered, touch no element."""
    half = length // 2 + JITTER
    inside = overlaps(centres - half, centres + half, on_chrom(genome.elements, chrom))
    return centres[~inside]


def collected(
    parts: list[pd.DataFrame], targets: list[NDArray[np.float64]], names: tuple[str, ...]
) -> SimulatedItems:
    """Join parts with their targets and put them in genome order."""
    import pandas as pd

    frame = pd.concat(parts, ignore_index=True)
    order = np.lexsort((frame["start"], frame["chrom"]))
    values = np.concatenate(targets).astype(np.float32)[order]
    return SimulatedItems(frame.iloc[order].reset_index(drop=True)[COLUMNS], values, names)

"""Where the features of a chromosome lie: promoters, enhancers, decoys and repeats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.interface.errors import BenchError
from bench.simulate.background import LANE, Floats
from bench.simulate.spec import SimulationSpec
from bench.simulate.streams import stream

Ints: TypeAlias = NDArray[np.int64]

EDGE = 2_000
"""No feature is centred closer to an end of its chromosome, in bp."""
SPACING = 450
"""Least distance in bp between the centres of two features; no feature is longer."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The features of one chromosome, in order.

    `centres` in bp; `gc` is the GC content of the background at each centre; `kinds` holds
    `promoter`, `enhancer`, `decoy` or `repeat`.
    """

    centres: Ints
    gc: Floats
    kinds: NDArray[np.str_]

    def of(self, kind: str) -> Ints:
        """Row numbers of the features of one kind."""
        return np.flatnonzero(self.kinds == kind)


def lay_out(spec: SimulationSpec, chrom: str, length: int, lane_gc: Floats) -> Layout:
    """Place the features of a chromosome: uniform, `SPACING` apart, elements where GC is high.

    Args:
        spec: the simulation.
        chrom: name of the chromosome.
        length: its length in bp.
        lane_gc: GC content per lane, see `isochore_gc`.

    Raises:
        BenchError: more features than fit, or a kind of which there would be none.
    """
    rng = stream(spec.seed, "layout", chrom)
    counts = _counts(spec, length)
    total = sum(counts.values())
    room = length - 2 * EDGE - SPACING * total
    if room <= 0 or not all(counts.values()):
        raise BenchError(
            f"simulation {spec.name}: {counts} on {chrom} of {length} bp; "
            f"expected at least one of each kind and {SPACING} bp for each feature"
        )
    centres = EDGE + np.sort(rng.integers(0, room, total)) + SPACING * np.arange(total)
    gc = lane_gc[centres // LANE]
    # Gumbel top-k: a weighted draw without replacement.
    preference = spec.gc_preference * gc + rng.gumbel(size=total)
    order = np.argsort(-preference)
    elements = counts["promoter"] + counts["enhancer"]
    kinds = np.empty(total, dtype="<U8")
    kinds[rng.permutation(order[:elements])] = _repeated(counts, ("promoter", "enhancer"))
    kinds[rng.permutation(order[elements:])] = _repeated(counts, ("decoy", "repeat"))
    return Layout(centres, gc, kinds)


def _counts(spec: SimulationSpec, length: int) -> dict[str, int]:
    densities = {
        "promoter": spec.genes_per_mb,
        "enhancer": spec.enhancers_per_mb,
        "decoy": spec.decoys_per_mb,
        "repeat": spec.repeats_per_mb,
    }
    return {kind: round(density * length / 1e6) for kind, density in densities.items()}


def _repeated(counts: dict[str, int], kinds: tuple[str, str]) -> NDArray[np.str_]:
    return np.repeat(np.array(kinds), [counts[kind] for kind in kinds])

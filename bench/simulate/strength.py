"""Strength: how open the elements are, as a number."""

from __future__ import annotations

import numpy as np

from bench.simulate.genome import SimulatedGenome
from bench.simulate.items import (
    SimulatedItems,
    centres_of,
    check_length,
    collected,
    on_chrom,
    windows,
)
from bench.simulate.streams import stream
from bench.simulate.truth import activity_columns

DEPTH = 100.0
"""Expected signal of an element that is open in every cell."""
NOISE = 0.5
"""Standard deviation of the measurement on the log2 scale."""


def strength_items(genome: SimulatedGenome, length: int = 200) -> SimulatedItems:
    """Every element with `log2(1 + 100 activity)` plus noise, for each cell type.

    Args:
        genome: the simulated genome.
        length: length of the items in bp, 50 to 600.

    Raises:
        BenchError: `length` is out of range.
    """
    check_length(length)
    spec = genome.spec
    parts, targets = [], []
    for chrom in genome.chromosomes:
        rng = stream(spec.seed, "items", "strength", chrom)
        elements = on_chrom(genome.elements, chrom)
        parts.append(windows(chrom, centres_of(elements), length, rng, elements["id"].to_numpy()))
        signal = np.log2(1.0 + DEPTH * elements[activity_columns(spec)].to_numpy())
        targets.append(signal + rng.normal(0.0, NOISE, signal.shape))
    return collected(parts, targets, spec.cell_types)

"""Accessibility: which windows are open in which cell types."""

from __future__ import annotations

import numpy as np

from bench.simulate.background import Floats
from bench.simulate.genome import SimulatedGenome
from bench.simulate.items import (
    SimulatedItems,
    centres_of,
    check_length,
    collected,
    free_centres,
    on_chrom,
    outside_elements,
    windows,
)
from bench.simulate.layout import Ints
from bench.simulate.streams import stream
from bench.simulate.truth import activity_columns, log_odds_of

DECOY_SHARE = 0.4
REPEAT_SHARE = 0.15
"""Parts of the background items that lie on decoys and on repeats; the rest lies on neither."""


def accessibility_items(genome: SimulatedGenome, length: int = 200) -> SimulatedItems:
    """Every element, and as many background windows of which some hold decoys or repeats.

    A target is 1 where the measured log-odds of accessibility exceed 0, for each cell type.

    Args:
        genome: the simulated genome.
        length: length of the items in bp, 50 to 600.

    Raises:
        BenchError: `length` is out of range or there is too little background.
    """
    check_length(length)
    spec = genome.spec
    parts, targets = [], []
    for chrom in genome.chromosomes:
        rng = stream(spec.seed, "items", "accessibility", chrom)
        elements = on_chrom(genome.elements, chrom)
        parts.append(windows(chrom, centres_of(elements), length, rng, elements["id"].to_numpy()))
        truth = log_odds_of(elements[activity_columns(spec)].to_numpy())
        targets.append(_called(genome, truth, rng))
        background = _background(genome, chrom, length, len(elements), rng)
        parts.append(windows(chrom, background, length, rng))
        shape = (len(background), len(spec.cell_types))
        truth = spec.background_log_odds + rng.normal(0.0, spec.element_noise, shape)
        targets.append(_called(genome, truth, rng))
    return collected(parts, targets, spec.cell_types)


def _called(genome: SimulatedGenome, log_odds: Floats, rng: np.random.Generator) -> Floats:
    """Measure log-odds and call peaks."""
    measured = log_odds + rng.normal(0.0, genome.spec.assay_noise, log_odds.shape)
    return (measured > 0).astype(np.float64)


def _background(
    genome: SimulatedGenome, chrom: str, length: int, count: int, rng: np.random.Generator
) -> Ints:
    """Centres of `count` background windows on decoys, on repeats and on neither."""
    regions = on_chrom(genome.regions, chrom)
    chosen = []
    for kind, share in (("decoy", DECOY_SHARE), ("repeat", REPEAT_SHARE)):
        centres = centres_of(regions[regions["kind"] == kind])
        centres = rng.permutation(outside_elements(genome, chrom, centres, length))
        chosen.append(centres[: round(share * count)])
    rest = count - sum(len(centres) for centres in chosen)
    chosen.append(free_centres(genome, chrom, length, rest, rng)[:rest])
    return np.concatenate(chosen)

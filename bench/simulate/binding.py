"""Binding: windows that a factor binds in a cell type against windows that only look like it."""

from __future__ import annotations

import numpy as np

from bench.interface.arrays import CodeArray
from bench.interface.errors import BenchError
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

FALSE_PEAKS = 0.03
"""Probability that an open element without a site is called bound."""


def binding_items(
    genome: SimulatedGenome,
    factor: str,
    cell_type: str,
    length: int = 200,
    negatives_per_positive: int = 1,
) -> SimulatedItems:
    """Bound windows, and unbound ones of three sorts in equal parts on each chromosome.

    An element is bound with the probability that its best site is occupied and that it is open,
    plus a few false peaks. The unbound sorts are open elements without a working site, decoys or
    repeats that carry the factor's motif, and background of the same GC content as the bound
    windows. Where elements or decoys run short, background makes up the number.

    Args:
        genome: the simulated genome.
        factor: name of a factor.
        cell_type: one in which the factor is active.
        length: length of the items in bp, 50 to 600.
        negatives_per_positive: unbound windows for each bound one.

    Raises:
        BenchError: an unknown factor, a cell type in which it is not active, a bad length or number
            of negatives, or too little background for them.
    """
    check_length(length)
    _check_active(genome, factor, cell_type)
    if negatives_per_positive < 1:
        raise BenchError(f"negatives_per_positive {negatives_per_positive}: expected 1 or more")
    parts, targets = [], []
    for chrom in genome.chromosomes:
        rng = stream(genome.spec.seed, "items", "binding", factor, cell_type, chrom)
        bound, unbound = _elements(genome, chrom, factor, cell_type, rng)
        elements = genome.elements
        positives = windows(chrom, centres_of(elements.iloc[bound]), length, rng, bound)
        wanted = negatives_per_positive * len(positives)
        unbound = rng.permutation(unbound)[: wanted // 3]
        decoys = outside_elements(genome, chrom, _decoys(genome, chrom, factor), length)
        decoys = rng.permutation(decoys)[: wanted // 3]
        rest = wanted - len(unbound) - len(decoys)
        free = _matched(genome, chrom, positives["start"].to_numpy(), rest, length, rng)
        parts += [
            positives,
            windows(chrom, centres_of(elements.iloc[unbound]), length, rng, unbound),
            windows(chrom, np.concatenate([decoys, free]), length, rng),
        ]
        targets += [np.ones((len(positives), 1)), np.zeros((wanted, 1))]
    return collected(parts, targets, (f"{factor}_{cell_type}",))


def _check_active(genome: SimulatedGenome, factor: str, cell_type: str) -> None:
    spec = genome.spec
    cells = spec.working_cells(spec.factors[spec.factor_index(factor)])
    if cell_type not in cells:
        raise BenchError(
            f"simulation {spec.name}: factor {factor} in cell type {cell_type!r}; "
            f"expected one in which it is active: {', '.join(cells)}"
        )


def occupancies(genome: SimulatedGenome, factor: str) -> Floats:
    """Occupancy of the best functional site of a factor in each element, 0 without one."""
    sites = genome.sites
    own = sites[(sites["factor"] == factor) & (sites["element"] >= 0)]
    best = np.zeros(len(genome.elements))
    np.maximum.at(best, own["element"].to_numpy(), own["effect"].to_numpy())
    return best / genome.factors[factor].effect


def _elements(
    genome: SimulatedGenome,
    chrom: str,
    factor: str,
    cell_type: str,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Rows of the bound elements of a chromosome, and of open elements without a site."""
    rows = np.flatnonzero(genome.elements["chrom"] == chrom)
    occupied = occupancies(genome, factor)[rows]
    opened = genome.elements[f"activity_{cell_type}"].to_numpy()[rows]
    called = rng.random(len(rows)) < opened * np.maximum(occupied, FALSE_PEAKS)
    return rows[called], rows[~called & (occupied == 0) & (opened > 0.5)]


def _decoys(genome: SimulatedGenome, chrom: str, factor: str) -> Ints:
    """Centres of the decoys and repeats that carry the motif of a factor."""
    sites = on_chrom(genome.sites, chrom)
    idle = sites[(sites["factor"] == factor) & (sites["role"] != "functional")]
    idle = idle.drop_duplicates("start")
    regions = on_chrom(genome.regions, chrom)
    row = np.searchsorted(regions["start"].to_numpy(), idle["start"].to_numpy(), side="right") - 1
    return centres_of(regions.iloc[np.unique(row)])


def _matched(
    genome: SimulatedGenome,
    chrom: str,
    like: Ints,
    count: int,
    length: int,
    rng: np.random.Generator,
) -> Ints:
    """Centres of `count` background windows, each nearest in GC to one that starts in `like`."""
    codes = genome.chromosomes[chrom]
    free = free_centres(genome, chrom, length, count, rng)
    wanted = np.resize(rng.permutation(_gc(codes, like, length)), count)
    offered = _gc(codes, free - length // 2, length).astype(np.float64)
    chosen = np.empty(count, dtype=np.int64)
    for number, gc in enumerate(wanted):
        chosen[number] = best = int(np.argmin(np.abs(offered - gc)))
        offered[best] = np.inf
    return free[chosen]


def _gc(codes: CodeArray, starts: Ints, length: int) -> Ints:
    """Number of C and G in windows."""
    window = codes[starts[:, None] + np.arange(length)]
    count: Ints = ((window == 1) | (window == 2)).sum(axis=1)
    return count

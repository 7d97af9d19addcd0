"""The simulated genome: sequences together with all the truth that was planted in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.interface.arrays import CodeArray
from bench.simulate.chromosome import Shared, SimulatedChromosome, simulate_chromosome
from bench.simulate.factors import Factor
from bench.simulate.spec import SimulationSpec

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class SimulatedGenome:
    """Sequences and truth. Coordinates are 0-based and half-open; tables are in genome order.

    Attributes:
        spec: what it was made from.
        chromosomes: codes of each chromosome; there is no N.
        sites: planted sites, `chrom start end strand factor role element effect score partner`.
            `role` is `functional`, `decoy` (no effect, outside of elements) or `repeat` (no effect,
            in a repeat). `element` is an id, or -1. `effect` is what the site adds to the log-odds
            of its element where its factor is active; `score` is in bits; `partner` is the row of
            the other site of its pair, or -1. The effect of a pair needs both of its sites.
        elements: `id chrom start end strand kind gene`, then `log_odds_CT` and `activity_CT` for
            each cell type: what the sites give, and the share of cells in which the element is
            open, which also holds what no site explains. `kind` is `promoter` or `enhancer`;
            `gene` is that of a promoter, and -1 of an enhancer, whose strand is `.`.
        genes: `id chrom tss strand`; `tss` is the first transcribed base.
        regions: decoys and repeats, `id chrom start end strand kind family`.
        factors: the transcription factors by name.
    """

    spec: SimulationSpec
    chromosomes: Mapping[str, CodeArray]
    sites: pd.DataFrame
    elements: pd.DataFrame
    genes: pd.DataFrame
    regions: pd.DataFrame
    factors: Mapping[str, Factor]


def simulate(spec: SimulationSpec) -> SimulatedGenome:
    """Simulate a genome; the same spec always gives the same genome."""
    shared = Shared.of(spec)
    parts = {
        chrom: simulate_chromosome(spec, chrom, length, shared)
        for chrom, length in spec.chromosome_lengths
    }
    return _joined(spec, parts)


def _joined(spec: SimulationSpec, parts: Mapping[str, SimulatedChromosome]) -> SimulatedGenome:
    """Join the chromosomes; ids, which count from 0 in each, count on through the genome."""
    import pandas as pd

    sites, elements, genes, regions = [], [], [], []
    rows = ids = gene_ids = 0
    for part in parts.values():
        sites.append(_shifted(part.sites, {"element": ids, "partner": rows}))
        elements.append(_shifted(part.elements, {"id": ids, "gene": gene_ids}))
        genes.append(_shifted(part.genes, {"id": gene_ids}))
        regions.append(part.regions)
        rows += len(part.sites)
        ids += len(part.elements)
        gene_ids += len(part.genes)
    joined = pd.concat(regions, ignore_index=True)
    joined.insert(0, "id", range(len(joined)))
    return SimulatedGenome(
        spec=spec,
        chromosomes={chrom: part.codes for chrom, part in parts.items()},
        sites=pd.concat(sites, ignore_index=True),
        elements=pd.concat(elements, ignore_index=True),
        genes=pd.concat(genes, ignore_index=True),
        regions=joined,
        factors={factor.name: factor for factor in spec.factors},
    )


def _shifted(frame: pd.DataFrame, offsets: Mapping[str, int]) -> pd.DataFrame:
    """Add to the columns of ids, leaving -1 as it is."""
    moved = {
        column: frame[column].where(frame[column] < 0, frame[column] + offset)
        for column, offset in offsets.items()
    }
    return frame.assign(**moved)

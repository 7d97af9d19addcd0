"""One simulated chromosome: background, then repeats, elements and decoys, then their sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.arrays import CodeArray
from bench.simulate.background import (
    GENOMIC_CPG,
    ISLAND_CPG,
    LANE,
    MarkovChain,
    isochore_gc,
)
from bench.simulate.composition import CORE
from bench.simulate.elements import draw_elements
from bench.simulate.layout import Layout, lay_out
from bench.simulate.repeats import draw_repeats, family_consensus
from bench.simulate.sites import plant_sites
from bench.simulate.spec import SimulationSpec
from bench.simulate.streams import stream
from bench.simulate.truth import activity, activity_columns, element_log_odds, log_odds_columns

if TYPE_CHECKING:
    import pandas as pd

LOCAL = 400
"""Stretch around the centre of an element or decoy, in bp, that has its own base composition."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all chromosomes have in common."""

    genomic: MarkovChain
    island: MarkovChain
    consensus: list[CodeArray]

    @classmethod
    def of(cls, spec: SimulationSpec) -> Shared:
        """Prepare it once."""
        chains = MarkovChain.with_cpg(GENOMIC_CPG), MarkovChain.with_cpg(ISLAND_CPG)
        return cls(*chains, family_consensus(spec))


@dataclass(frozen=True, slots=True)
class SimulatedChromosome:
    """Sequence and truth of one chromosome; ids and partners count from 0."""

    codes: CodeArray
    sites: pd.DataFrame
    elements: pd.DataFrame
    genes: pd.DataFrame
    regions: pd.DataFrame


def simulate_chromosome(
    spec: SimulationSpec, chrom: str, length: int, shared: Shared
) -> SimulatedChromosome:
    """Simulate one chromosome; it depends on no other."""
    lane_gc = isochore_gc(
        length, spec.gc_range, spec.isochore_length, stream(spec.seed, "isochores", chrom)
    )
    codes = shared.genomic.sample(lane_gc, LANE, stream(spec.seed, "background", chrom))
    codes = codes.reshape(-1)[:length].copy()
    layout = lay_out(spec, chrom, length, lane_gc)
    elements, genes = draw_elements(spec, chrom, layout)
    _rewrite(spec, chrom, codes, layout, shared)
    regions = _insert_repeats(spec, chrom, codes, layout, shared)
    sites = plant_sites(spec, chrom, codes, elements, regions)
    return SimulatedChromosome(
        codes, sites, _with_activity(spec, chrom, elements, sites), genes, regions
    )


def _rewrite(
    spec: SimulationSpec, chrom: str, codes: CodeArray, layout: Layout, shared: Shared
) -> None:
    """Give elements and decoys their own GC content, and promoters their CpGs."""
    shifts = {
        "promoter": (shared.island, spec.promoter_gc_shift),
        "enhancer": (shared.genomic, spec.enhancer_gc_shift),
        "decoy": (shared.genomic, spec.decoy_gc_shift),
    }
    for kind, (chain, shift) in shifts.items():
        rows = layout.of(kind)
        rng = stream(spec.seed, "composition", chrom, kind)
        drawn = chain.sample(layout.gc[rows] + shift, LOCAL, rng)
        codes[layout.centres[rows, None] - LOCAL // 2 + np.arange(LOCAL)] = drawn


def _insert_repeats(
    spec: SimulationSpec, chrom: str, codes: CodeArray, layout: Layout, shared: Shared
) -> pd.DataFrame:
    """Write the repeats and list repeats and decoys in order of position."""
    import pandas as pd

    rng = stream(spec.seed, "repeats", chrom)
    copies = draw_repeats(shared.consensus, layout.centres[layout.of("repeat")], rng)
    for start, copy in zip(copies.starts.tolist(), copies.codes, strict=True):
        codes[start : start + len(copy)] = copy
    decoys = layout.centres[layout.of("decoy")] - CORE // 2
    count = len(decoys)
    frame = pd.DataFrame(
        {
            "chrom": chrom,
            "start": np.concatenate([decoys, copies.starts]),
            "end": np.concatenate([decoys + CORE, copies.ends]),
            "strand": ["."] * count + ["+" if strand == 1 else "-" for strand in copies.strands],
            "kind": ["decoy"] * count + ["repeat"] * len(copies.starts),
            "family": np.concatenate([np.full(count, -1), copies.families]),
        }
    )
    return frame.sort_values("start", ignore_index=True)


def _with_activity(
    spec: SimulationSpec, chrom: str, elements: pd.DataFrame, sites: pd.DataFrame
) -> pd.DataFrame:
    """Add what the sites give and, with activity that no site explains, what the element does."""
    log_odds = element_log_odds(spec, elements, sites)
    noise = stream(spec.seed, "activity", chrom).normal(0.0, spec.element_noise, log_odds.shape)
    values = np.concatenate([log_odds, activity(log_odds + noise)], axis=1)
    names = log_odds_columns(spec) + activity_columns(spec)
    return elements.assign(**dict(zip(names, values.T, strict=True)))

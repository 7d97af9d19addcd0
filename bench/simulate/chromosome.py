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
from bench.simulate.composition import (
    CORE,
    UnitKind,
    compose_decoy,
    compose_enhancer,
    compose_promoter,
    unit_kinds,
)
from bench.simulate.elements import draw_elements
from bench.simulate.layout import Layout, lay_out
from bench.simulate.planting import plant, site_frame, sites_in_repeats
from bench.simulate.repeats import draw_repeats, family_consensus
from bench.simulate.spec import SimulationSpec
from bench.simulate.streams import stream
from bench.simulate.truth import activity, activity_columns, element_log_odds, log_odds_columns

if TYPE_CHECKING:
    import pandas as pd

LOCAL = 400
"""Stretch around the centre of an element or decoy, in bp, that has its own base composition."""
SITE_COLUMNS = [
    "chrom", "start", "end", "strand", "factor", "role", "element", "effect", "score", "partner",
]


@dataclass(frozen=True, slots=True)
class Shared:
    """What all chromosomes have in common."""

    genomic: MarkovChain
    island: MarkovChain
    kinds: list[UnitKind]
    consensus: list[CodeArray]

    @classmethod
    def of(cls, spec: SimulationSpec) -> Shared:
        """Prepare it once."""
        chains = MarkovChain.with_cpg(GENOMIC_CPG), MarkovChain.with_cpg(ISLAND_CPG)
        return cls(*chains, unit_kinds(spec), family_consensus(spec))


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
    sites = _plant_sites(spec, chrom, codes, elements, regions, shared)
    return SimulatedChromosome(codes, sites, _with_activity(spec, chrom, elements, sites), genes, regions)


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


def _plant_sites(
    spec: SimulationSpec,
    chrom: str,
    codes: CodeArray,
    elements: pd.DataFrame,
    regions: pd.DataFrame,
    shared: Shared,
) -> pd.DataFrame:
    """Compose and plant all sites; return them in order of position."""
    import pandas as pd

    rng = stream(spec.seed, "elements", chrom, "units")
    composed = []
    for row in elements.itertuples():
        if row.kind == "promoter":
            strand = 1 if row.strand == "+" else -1
            placed = compose_promoter(spec, shared.kinds, strand, rng)
        else:
            placed = compose_enhancer(spec, shared.kinds, row.end - row.start, rng)
        composed.append((row.start, row.id, placed))
    decoys = regions.loc[regions["kind"] == "decoy", "start"].tolist()
    rng = stream(spec.seed, "decoys", chrom, "units")
    isolated = [(start, -1, compose_decoy(spec, shared.kinds, rng)) for start in decoys]
    functional = site_frame(composed, chrom, "functional")
    broken = site_frame(isolated, chrom, "decoy")
    broken.loc[broken["partner"] >= 0, "partner"] += len(functional)
    planted = plant(spec, chrom, codes, pd.concat([functional, broken], ignore_index=True))
    repeats = regions[regions["kind"] == "repeat"]
    starts, ends = repeats["start"].to_numpy(), repeats["end"].to_numpy()
    found = sites_in_repeats(spec, chrom, codes, starts, ends)
    return _in_order(spec, pd.concat([planted, found[planted.columns]], ignore_index=True))


def _in_order(spec: SimulationSpec, sites: pd.DataFrame) -> pd.DataFrame:
    """Sort sites by position, let partners follow, and write factors and strands as text."""
    order = np.lexsort((sites["strand"], sites["start"]))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    partner = sites["partner"].to_numpy()
    names = np.array([factor.name for factor in spec.factors])
    return sites.assign(
        partner=np.where(partner < 0, -1, place[partner]),
        factor=names[sites["factor"]],
        strand=np.where(sites["strand"] == 1, "+", "-"),
    ).iloc[order].reset_index(drop=True)[SITE_COLUMNS]


def _with_activity(
    spec: SimulationSpec, chrom: str, elements: pd.DataFrame, sites: pd.DataFrame
) -> pd.DataFrame:
    """Add what the sites give and, with activity that no site explains, what the element does."""
    log_odds = element_log_odds(spec, elements, sites)
    noise = stream(spec.seed, "activity", chrom).normal(0.0, spec.element_noise, log_odds.shape)
    values = np.concatenate([log_odds, activity(log_odds + noise)], axis=1)
    names = log_odds_columns(spec) + activity_columns(spec)
    return elements.assign(**dict(zip(names, values.T, strict=True)))

"""All the sites of a chromosome: composed, planted, and listed in order of position."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.arrays import CodeArray
from bench.simulate.composition import (
    compose_decoy,
    compose_enhancer,
    compose_promoter,
    unit_kinds,
)
from bench.simulate.planting import plant, sites_in_repeats
from bench.simulate.spec import SimulationSpec
from bench.simulate.streams import stream
from bench.simulate.units import Placement

if TYPE_CHECKING:
    import pandas as pd

SITE_COLUMNS = (
    *("chrom", "start", "end", "strand", "factor", "role", "element"),
    *("effect", "score", "partner"),
)


def plant_sites(
    spec: SimulationSpec,
    chrom: str,
    codes: CodeArray,
    elements: pd.DataFrame,
    regions: pd.DataFrame,
) -> pd.DataFrame:
    """Compose the sites of elements and decoys and write them into `codes`.

    Args:
        spec: the simulation.
        chrom: name of the chromosome.
        codes: its sequence, with repeats; changed in place.
        elements: `id start end strand kind`.
        regions: `start end kind`, decoys and repeats.

    Returns:
        The table of sites, with what reads like a site in the repeats, in order of position;
        columns as in `SimulatedGenome.sites`.
    """
    import pandas as pd

    functional = _site_frame(_in_elements(spec, chrom, elements), chrom, "functional")
    decoys = regions.loc[regions["kind"] == "decoy", "start"].tolist()
    broken = _site_frame(_in_decoys(spec, chrom, decoys), chrom, "decoy")
    broken.loc[broken["partner"] >= 0, "partner"] += len(functional)
    planted = plant(spec, chrom, codes, pd.concat([functional, broken], ignore_index=True))
    repeats = regions[regions["kind"] == "repeat"]
    starts, ends = repeats["start"].to_numpy(), repeats["end"].to_numpy()
    found = sites_in_repeats(spec, chrom, codes, starts, ends)
    return _in_order(spec, pd.concat([planted, found], ignore_index=True))


def _in_elements(
    spec: SimulationSpec, chrom: str, elements: pd.DataFrame
) -> Iterable[tuple[int, int, list[Placement]]]:
    rng, kinds = stream(spec.seed, "units", chrom, "elements"), unit_kinds(spec)
    columns = (elements[name].tolist() for name in ("id", "start", "end", "strand", "kind"))
    for number, start, end, strand, kind in zip(*columns, strict=True):
        if kind == "promoter":
            yield start, number, compose_promoter(spec, kinds, 1 if strand == "+" else -1, rng)
        else:
            yield start, number, compose_enhancer(spec, kinds, end - start, rng)


def _in_decoys(
    spec: SimulationSpec, chrom: str, starts: list[int]
) -> Iterable[tuple[int, int, list[Placement]]]:
    rng, kinds = stream(spec.seed, "units", chrom, "decoys"), unit_kinds(spec)
    for start in starts:
        yield start, -1, compose_decoy(spec, kinds, rng)


def _site_frame(
    regions: Iterable[tuple[int, int, list[Placement]]], chrom: str, role: str
) -> pd.DataFrame:
    """List the sites of regions, each given by its start, element id or -1, and placements.

    Returns:
        Columns `start end strand factor element partner chrom role`; `factor` is the position in
        the spec, `strand` 1 or -1, `partner` the row of the other site of a pair, or -1.
    """
    import pandas as pd

    rows: list[tuple[int, int, int, int, int, int]] = []
    for origin, element, placements in regions:
        base = len(rows)
        for site in placements:
            start = origin + site.start
            partner = -1 if site.partner < 0 else base + site.partner
            rows.append((start, start + site.width, site.strand, site.factor, element, partner))
    columns = ["start", "end", "strand", "factor", "element", "partner"]
    frame = pd.DataFrame(np.array(rows, dtype=np.int64).reshape(-1, 6), columns=columns)
    return frame.assign(chrom=chrom, role=role)


def _in_order(spec: SimulationSpec, sites: pd.DataFrame) -> pd.DataFrame:
    """Sort sites by position, let partners follow, and write factors and strands as text."""
    order = np.lexsort((sites["strand"], sites["start"]))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    partner = sites["partner"].to_numpy()
    names = np.array([factor.name for factor in spec.factors])
    named = sites.assign(
        partner=np.where(partner < 0, -1, place[partner]),
        factor=names[sites["factor"]],
        strand=np.where(sites["strand"] == 1, "+", "-"),
    )
    return named.iloc[order].reset_index(drop=True)[list(SITE_COLUMNS)]

"""Write sites into a chromosome and list them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import reverse_complement
from bench.interface.arrays import CodeArray
from bench.simulate.layout import Ints
from bench.simulate.motifs import reverse_complement_pwm, sample_sites, scan
from bench.simulate.spec import SimulationSpec
from bench.simulate.streams import stream
from bench.simulate.units import Placement

if TYPE_CHECKING:
    import pandas as pd


def site_frame(
    regions: Iterable[tuple[int, int, list[Placement]]], chrom: str, role: str
) -> pd.DataFrame:
    """List planned sites.

    Args:
        regions: start, element id (-1 outside of elements) and sites of each region.
        chrom: name of the chromosome.
        role: `functional` or `decoy`.

    Returns:
        Columns `chrom start end strand factor role element partner`; `factor` is the position in
        the spec and `partner` the row of the other site of a pair, or -1.
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


def plant(
    spec: SimulationSpec, chrom: str, codes: CodeArray, sites: pd.DataFrame
) -> pd.DataFrame:
    """Draw a sequence for each site and write it into `codes`.

    Returns:
        The sites with `score` (bits) and `effect` (log-odds; 0 unless functional) added.
    """
    scores, effects = np.zeros(len(sites)), np.zeros(len(sites))
    numbers, strands = sites["factor"].to_numpy(), sites["strand"].to_numpy()
    starts, functional = sites["start"].to_numpy(), (sites["role"] == "functional").to_numpy()
    for number, factor in enumerate(spec.factors):
        rows = np.flatnonzero(numbers == number)
        rng = stream(spec.seed, "sites", chrom, factor.name)
        drawn = sample_sites(factor.pwm, len(rows), factor.threshold, rng)
        scores[rows] = scan(factor.pwm, drawn)[:, 0]
        effects[rows] = factor.effect * factor.occupancy(scores[rows])
        reverse = strands[rows] == -1
        drawn[reverse] = reverse_complement(drawn[reverse])
        codes[starts[rows, None] + np.arange(factor.width)] = drawn
    return sites.assign(score=scores, effect=np.where(functional, effects, 0.0))


def sites_in_repeats(
    spec: SimulationSpec, chrom: str, codes: CodeArray, starts: Ints, ends: Ints
) -> pd.DataFrame:
    """List what reads like a site of `spec.repeat_factor` in the repeats; none has an effect."""
    import pandas as pd

    number = spec.factor_index(spec.repeat_factor)
    factor = spec.factors[number]
    found: list[tuple[int, int, float]] = []
    for strand, pwm in ((1, factor.pwm), (-1, reverse_complement_pwm(factor.pwm))):
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            scores = scan(pwm, codes[start:end])
            hits = np.flatnonzero(scores >= factor.threshold).tolist()
            found += [(start + hit, strand, float(scores[hit])) for hit in hits]
    frame = pd.DataFrame(found, columns=["start", "strand", "score"])
    fixed = {"chrom": chrom, "factor": number, "role": "repeat", "element": -1, "partner": -1}
    return frame.assign(end=frame["start"] + factor.width, effect=0.0, **fixed)

"""Write sites into the sequence of a chromosome, and find those that repeats hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import reverse_complement
from bench.interface.arrays import CodeArray
from bench.simulate.layout import Ints
from bench.simulate.motifs import reverse_complement_pwm, sample_sites, scan
from bench.simulate.spec import SimulationSpec
from bench.simulate.streams import stream

if TYPE_CHECKING:
    import pandas as pd


def plant(spec: SimulationSpec, chrom: str, codes: CodeArray, sites: pd.DataFrame) -> pd.DataFrame:
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
        effects[rows] = factor.site_effect(scores[rows])
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
    return frame.assign(
        chrom=chrom,
        end=frame["start"] + factor.width,
        factor=number,
        role="repeat",
        element=-1,
        effect=0.0,
        partner=-1,
    )

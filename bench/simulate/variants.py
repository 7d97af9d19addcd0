"""Variants of the simulated genome, whose effects follow from the planted sites.

A change inside a working site gives the site a new score, hence a new occupancy and effect; its
element becomes more or less open by that much on the scale of log-odds, in each cell type where the
factor works. Of a pair the other site keeps its effect. Changes elsewhere do nothing: the
simulation knows no sites but those that it planted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bench.data.alphabet import LETTERS, reverse_complement
from bench.interface.errors import BenchError
from bench.simulate.genome import SimulatedGenome
from bench.simulate.items import SimulatedItems, on_chrom
from bench.simulate.motifs import site_scores
from bench.simulate.streams import stream
from bench.simulate.truth import active_factors

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray
    from bench.simulate.background import Floats

COLUMNS = ["item", "chrom", "start", "end", "strand", "element", "ref", "alt"]
CAUSAL = 0.2
"""Change of log-odds, either way, from which on a variant counts as causal."""
TRIED = 20
"""Sites without effect that are looked at for a control."""


class _Site(NamedTuple):
    start: int
    end: int
    strand: str
    factor: str
    element: int


def _sites(frame: pd.DataFrame) -> list[_Site]:
    columns = (frame[name].tolist() for name in _Site._fields)
    return [_Site(*row) for row in zip(*columns, strict=True)]


def variant_items(
    genome: SimulatedGenome, per_mb: int = 400, causal: bool = False
) -> SimulatedItems:
    """Single-base changes in working sites, and as many that do nothing.

    For each of the former there is one in a decoy or repeat: the same base of a site of the same
    factor becomes the same base, which does nothing there; where there is none, one of the same
    element outside of all sites takes its place. The target is the change of the log-odds of
    accessibility in each cell type.

    Args:
        genome: the simulated genome.
        per_mb: changes in working sites for each Mb.
        causal: whether targets are classes instead: 1 where the log-odds change by 0.2 or more,
            NaN where they change by less and not by 0.

    Raises:
        BenchError: `per_mb` is below 1.
    """
    if per_mb < 1:
        raise BenchError(f"per_mb {per_mb}: expected 1 or more")
    import pandas as pd

    frames, targets = [], []
    for chrom, codes in genome.chromosomes.items():
        rng = stream(genome.spec.seed, "items", "variants", chrom)
        count = max(1, per_mb * len(codes) // 1_000_000)
        frame, effects = _of_chromosome(genome, chrom, count, rng)
        frames.append(frame)
        targets.append(effects)
    values = np.concatenate(targets)
    if causal:
        size = np.abs(values)
        values = np.where(size >= CAUSAL, 1.0, np.where(size == 0, 0.0, np.nan))
    return SimulatedItems(
        pd.concat(frames, ignore_index=True)[COLUMNS],
        values.astype(np.float32),
        genome.spec.cell_types,
    )


def _of_chromosome(
    genome: SimulatedGenome, chrom: str, count: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, Floats]:
    """Return variants of a chromosome in order, and the change of log-odds that each brings."""
    codes = genome.chromosomes[chrom]
    sites = on_chrom(genome.sites, chrom)
    working = sites[sites["role"] == "functional"]
    chosen = _sites(working.iloc[rng.permutation(len(working))[:count]])
    idle: dict[str, list[_Site]] = {}
    for site in _sites(sites[sites["effect"] == 0]):
        idle.setdefault(site.factor, []).append(site)
    free = _free_places(genome, chrom)
    taken: set[int] = set()
    rows: list[tuple[int, int, int]] = []
    effects: list[Floats] = []
    nothing = np.zeros(len(genome.spec.cell_types))
    for site in chosen:
        offset, alt = _acting_change(genome, codes, site, rng)
        place = site.start + offset
        ref = int(codes[place])
        control = _in_decoy(codes, idle.get(site.factor, []), site.strand, offset, ref, rng)
        inside = free.get(site.element, np.zeros(0, dtype=np.int64))
        if control is None and len(inside):
            control = int(rng.choice(inside))
        if control is None or place in taken or control in taken:
            continue
        taken |= {place, control}
        # Read on the strand of the decoy, the same base takes the place.
        there = int(codes[control])
        other = alt if there == ref else 3 - alt
        if other == there:
            other = (there + 1) % 4
        rows += [(place, alt, site.element), (control, other, -1)]
        effects += [_effect(genome, codes, site, place, alt), nothing]
    return _ordered(genome, chrom, codes, rows, effects)


def _acting_change(
    genome: SimulatedGenome, codes: CodeArray, site: _Site, rng: np.random.Generator
) -> tuple[int, int]:
    """Return a base of a site, from its start, and one that takes its place and does something.

    Some bases of a motif may be any other, or one of two.
    """
    while True:
        offset = int(rng.integers(site.end - site.start))
        place = site.start + offset
        alt = (int(codes[place]) + int(rng.integers(1, 4))) % 4
        if _effect(genome, codes, site, place, alt).any():
            return offset, alt


def _effect(genome: SimulatedGenome, codes: CodeArray, site: _Site, place: int, alt: int) -> Floats:
    """Return what a change of a working site adds to the log-odds in each cell type."""
    factor = genome.factors[site.factor]
    before = codes[site.start : site.end].copy()
    after = before.copy()
    after[place - site.start] = alt
    both = np.stack([before, after])
    if site.strand == "-":
        both = reverse_complement(both)
    old, new = factor.site_effect(site_scores(factor.pwm, both))
    row = genome.spec.factor_index(site.factor)
    change: Floats = (new - old) * active_factors(genome.spec)[row]
    return change


def _in_decoy(
    codes: CodeArray,
    idle: list[_Site],
    strand: str,
    offset: int,
    base: int,
    rng: np.random.Generator,
) -> int | None:
    """Return the place of the same base of the same motif in a site that does nothing."""
    for row in rng.permutation(len(idle))[:TRIED].tolist():
        site = idle[row]
        same = site.strand == strand
        place = int(site.start + offset if same else site.end - 1 - offset)
        if codes[place] == (base if same else 3 - base):
            return place
    return None


def _free_places(genome: SimulatedGenome, chrom: str) -> dict[int, NDArray[np.int64]]:
    """Return the bases of each element that belong to no site."""
    sites = on_chrom(genome.sites, chrom)
    covered = np.zeros(len(genome.chromosomes[chrom]), dtype=bool)
    for start, end in zip(sites["start"].tolist(), sites["end"].tolist(), strict=True):
        covered[start:end] = True
    elements = on_chrom(genome.elements, chrom)
    return {
        number: start + np.flatnonzero(~covered[start:end])
        for number, start, end in zip(
            *(elements[name].tolist() for name in ("id", "start", "end")), strict=True
        )
    }


def _ordered(
    genome: SimulatedGenome,
    chrom: str,
    codes: CodeArray,
    rows: list[tuple[int, int, int]],
    effects: list[Floats],
) -> tuple[pd.DataFrame, Floats]:
    import pandas as pd

    order = np.argsort([place for place, _, _ in rows], kind="stable")
    ordered = [rows[row] for row in order]
    starts = np.array([place for place, _, _ in ordered], dtype=np.int64)
    refs = [LETTERS[codes[place]] for place in starts.tolist()]
    alts = [LETTERS[alt] for _, alt, _ in ordered]
    names = [
        f"{chrom}:{start + 1}:{ref}>{alt}"
        for start, ref, alt in zip(starts.tolist(), refs, alts, strict=True)
    ]
    frame = pd.DataFrame(
        {
            "item": names,
            "chrom": chrom,
            "start": starts,
            "end": starts + 1,
            "strand": ".",
            "element": [element for _, _, element in ordered],
            "ref": refs,
            "alt": alts,
        }
    )
    values = np.stack(effects)[order] if effects else np.zeros((0, len(genome.spec.cell_types)))
    return frame, values

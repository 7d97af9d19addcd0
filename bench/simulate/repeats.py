"""Interspersed repeats: families of mutated, sometimes truncated copies on both strands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.data.alphabet import reverse_complement
from bench.interface.arrays import CodeArray
from bench.simulate.layout import Ints
from bench.simulate.motifs import sample_sites
from bench.simulate.spec import SimulationSpec
from bench.simulate.streams import stream

FAMILIES = ((160, 0.55), (210, 0.42), (250, 0.50), (300, 0.38))
"""Length in bp and GC content of each consensus; the first family carries site-like sequences."""
SITE_OFFSETS = (30, 95)
DIVERGENCE = (0.08, 0.22)
"""Range of the share of substituted bases of a copy."""


@dataclass(frozen=True, slots=True)
class RepeatCopies:
    """The copies of one chromosome: intervals, strands (1 or -1), families and sequences."""

    starts: Ints
    ends: Ints
    strands: Ints
    families: Ints
    codes: list[CodeArray]


def family_consensus(spec: SimulationSpec) -> list[CodeArray]:
    """Draw the consensus of each family; two sites lie in the first, where nothing reads them."""
    rng = stream(spec.seed, "repeats", "consensus")
    consensus = []
    for length, gc in FAMILIES:
        edges = np.cumsum([(1 - gc) / 2, gc / 2, gc / 2])
        consensus.append(np.searchsorted(edges, rng.random(length), side="right").astype(np.uint8))
    factor = spec.factors[spec.factor_index(spec.repeat_factor)]
    sites = sample_sites(factor.pwm, len(SITE_OFFSETS), factor.threshold, rng)
    for offset, site in zip(SITE_OFFSETS, sites, strict=True):
        consensus[0][offset : offset + factor.width] = site
    return consensus


def draw_repeats(
    consensus: list[CodeArray], centres: Ints, rng: np.random.Generator
) -> RepeatCopies:
    """Draw one copy around each centre: up to 30 % is missing at its left end, as in real LINEs."""
    count = len(centres)
    families = rng.integers(0, len(consensus), count)
    strands = np.where(rng.random(count) < 0.5, 1, -1)
    lost = rng.uniform(0.0, 0.3, count) * (rng.random(count) < 0.5)
    codes = [
        _copy(consensus[family], float(share), int(strand), rng)
        for family, share, strand in zip(families, lost, strands, strict=True)
    ]
    lengths = np.array([len(copy) for copy in codes], dtype=np.int64)
    starts = centres - lengths // 2
    return RepeatCopies(starts, starts + lengths, strands, families, codes)


def _copy(consensus: CodeArray, lost: float, strand: int, rng: np.random.Generator) -> CodeArray:
    copy = consensus[int(lost * len(consensus)) :].copy()
    mutated = rng.random(len(copy)) < rng.uniform(*DIVERGENCE)
    copy[mutated] = (copy[mutated] + rng.integers(1, 4, int(mutated.sum()))) % 4
    return copy if strand == 1 else reverse_complement(copy)

"""Which sites an element or a decoy holds, and where in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.simulate.factors import Grammar, Orientation
from bench.simulate.spec import SimulationSpec
from bench.simulate.units import Placement, Unit, arrange, lone_unit, mirrored, pair_unit

CORE = 220
"""Sites lie in this many bp around the centre of their element or decoy."""
PROMOTER_LENGTH = 400
TSS_OFFSET = 300
"""A promoter reaches 300 bp upstream of its transcription start and 100 bp downstream."""
CORE_SITE = (-40, -24)
"""Where the core-promoter site starts, in bp from the transcription start, both inclusive."""

MOST_GAP = 40
NEAR_MISS = 3
"""A wrong gap misses the right ones by at least this many bp."""


@dataclass(frozen=True, slots=True)
class UnitKind:
    """A factor that works alone, or a pair; `active` are the cell types where it works."""

    factor: int
    grammar: Grammar | None
    active: frozenset[str]
    core_promoter: bool

    def build(self, spec: SimulationSpec, rng: np.random.Generator) -> Unit:
        """Draw a functional unit of this kind."""
        strand = _strand(rng)
        if self.grammar is None:
            return lone_unit(spec, self.factor, strand)
        gap = int(rng.integers(self.grammar.min_gap, self.grammar.max_gap + 1))
        return pair_unit(spec, self.grammar, self.grammar.orientation, gap, strand)


def unit_kinds(spec: SimulationSpec) -> list[UnitKind]:
    """List the kinds of units that the factors of a spec can form."""
    kinds = []
    for index, factor in enumerate(spec.factors):
        if factor.grammar is None or factor.name == factor.grammar.first:
            active = frozenset(spec.working_cells(factor))
            kinds.append(UnitKind(index, factor.grammar, active, factor.core_promoter))
    return kinds


def compose_enhancer(
    spec: SimulationSpec, kinds: list[UnitKind], length: int, rng: np.random.Generator
) -> list[Placement]:
    """Draw the sites of an enhancer of `length` bp."""
    units = _draw_units(spec, kinds, int(rng.integers(*spec.enhancer_units, endpoint=True)), rng)
    return arrange(units, (length - CORE) // 2, (length + CORE) // 2, rng)


def compose_promoter(
    spec: SimulationSpec, kinds: list[UnitKind], strand: int, rng: np.random.Generator
) -> list[Placement]:
    """Draw the sites of a promoter whose gene lies on `strand` (1 or -1).

    Most have the core-promoter site at its distance from the transcription start, on the strand of
    the gene; the other sites lie upstream of it.
    """
    units = _draw_units(spec, kinds, int(rng.integers(*spec.promoter_units, endpoint=True)), rng)
    upstream = TSS_OFFSET + CORE_SITE[0]
    placed = arrange(units, (PROMOTER_LENGTH - CORE) // 2, upstream, rng)
    core = [kind.factor for kind in kinds if kind.core_promoter]
    if core and rng.random() < spec.core_site_share:
        start = TSS_OFFSET + int(rng.integers(CORE_SITE[0], CORE_SITE[1], endpoint=True))
        placed.append(Placement(core[0], start, spec.factors[core[0]].width, 1))
    return placed if strand == 1 else [mirrored(site, PROMOTER_LENGTH) for site in placed]


def compose_decoy(
    spec: SimulationSpec, kinds: list[UnitKind], rng: np.random.Generator
) -> list[Placement]:
    """Draw sites that do nothing: at most one that needs no partner, and broken pairs.

    The region is `CORE` bp long. More than one isolated site would contradict the rule that
    effects add up, since nothing would tell such a decoy from an element.
    """
    lone = [kind for kind in kinds if kind.grammar is None]
    pairs = [kind for kind in kinds if kind.grammar is not None]
    units = [
        _broken(spec, pairs, rng) for _ in range(rng.integers(*spec.decoy_pairs, endpoint=True))
    ]
    if not units or rng.random() < spec.isolated_share:
        units.append(lone_unit(spec, lone[rng.integers(len(lone))].factor, _strand(rng)))
    return arrange(units, 0, CORE, rng)


def _draw_units(
    spec: SimulationSpec, kinds: list[UnitKind], count: int, rng: np.random.Generator
) -> list[Unit]:
    """Draw units, most of them active in one cell type for which the element is made."""
    home = spec.cell_types[rng.integers(len(spec.cell_types))]
    fitting = [kind for kind in kinds if home in kind.active]
    # The core-promoter factor is rare elsewhere.
    anywhere, fitting = (
        [kind for kind in pool for _ in range(1 if kind.core_promoter else 2)]
        for pool in (kinds, fitting)
    )
    chosen = []
    for _ in range(count):
        pool = fitting if fitting and rng.random() < spec.home_share else anywhere
        chosen.append(pool[rng.integers(len(pool))])
    return [kind.build(spec, rng) for kind in chosen]


def _broken(spec: SimulationSpec, pairs: list[UnitKind], rng: np.random.Generator) -> Unit:
    """Draw a pair with a wrong gap or a wrong orientation."""
    grammar = pairs[rng.integers(len(pairs))].grammar
    assert grammar is not None
    if rng.random() < 0.5:
        wrong = [kind for kind in Orientation if kind is not grammar.orientation]
        orientation = wrong[rng.integers(len(wrong))]
        gap = int(rng.integers(grammar.min_gap, grammar.max_gap + 1))
    else:
        orientation = grammar.orientation
        low, high = grammar.min_gap - NEAR_MISS, grammar.max_gap + NEAR_MISS
        gaps = [gap for gap in range(MOST_GAP + 1) if not low < gap < high]
        gap = gaps[rng.integers(len(gaps))]
    return pair_unit(spec, grammar, orientation, gap, _strand(rng))


def _strand(rng: np.random.Generator) -> int:
    return 1 if rng.random() < 0.5 else -1

"""Sites before they have a sequence: single ones, pairs, and their arrangement without overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bench.simulate.factors import Grammar, Orientation
from bench.simulate.spec import SimulationSpec


class Placement(NamedTuple):
    """A site to be planted.

    `factor` is its position in the spec, `start` is in bp from the start of its unit or region,
    `strand` is 1 or -1, `partner` the position of the other site of its pair in the list, or -1.
    """

    factor: int
    start: int
    width: int
    strand: int
    partner: int = -1


@dataclass(frozen=True, slots=True)
class Unit:
    """Sites that are placed as one: a single site or a pair."""

    sites: tuple[Placement, ...]

    @property
    def width(self) -> int:
        """From the first to the last base, in bp."""
        return max(site.start + site.width for site in self.sites)


def lone_unit(spec: SimulationSpec, factor: int, strand: int) -> Unit:
    """Return a unit of one site."""
    return Unit((Placement(factor, 0, spec.factors[factor].width, strand),))


def pair_unit(
    spec: SimulationSpec, grammar: Grammar, orientation: Orientation, gap: int, strand: int
) -> Unit:
    """Return a pair with this orientation and gap, which need not be those of the grammar.

    With `strand` -1 the whole pair is read on the other strand.
    """
    first, second = spec.factor_index(grammar.first), spec.factor_index(grammar.second)
    widths = spec.factors[first].width, spec.factors[second].width
    strands = orientation.strands
    sites = (
        Placement(first, 0, widths[0], strands[0], 1),
        Placement(second, widths[0] + gap, widths[1], strands[1], 0),
    )
    total = sum(widths) + gap
    return Unit(sites if strand == 1 else tuple(mirrored(site, total) for site in sites))


def mirrored(site: Placement, length: int) -> Placement:
    """Return the site as it lies when its region of `length` bp is read on the other strand."""
    return site._replace(start=length - site.start - site.width, strand=-site.strand)


def arrange(units: list[Unit], start: int, end: int, rng: np.random.Generator) -> list[Placement]:
    """Place units in random order and at random distances inside `[start, end)`.

    Units that no longer fit are left out, the last ones first.
    """
    fitting: list[Unit] = []
    for position in rng.permutation(len(units)):
        if sum(unit.width for unit in fitting) + units[position].width <= end - start:
            fitting.append(units[position])
    room = end - start - sum(unit.width for unit in fitting)
    offsets = np.sort(rng.integers(0, room + 1, len(fitting)))
    placed: list[Placement] = []
    used = start
    for unit, offset in zip(fitting, offsets, strict=True):
        origin, base = used + int(offset), len(placed)
        for site in unit.sites:
            partner = site.partner if site.partner < 0 else base + site.partner
            placed.append(site._replace(start=origin + site.start, partner=partner))
        used += unit.width
    return placed

"""Units of sites: pairs, arrangement and the composition of elements and decoys."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.simulate.composition import (
    CORE,
    PROMOTER_LENGTH,
    TSS_OFFSET,
    compose_decoy,
    compose_enhancer,
    compose_promoter,
    unit_kinds,
)
from bench.simulate.factors import Orientation
from bench.simulate.spec import SimulationSpec
from bench.simulate.units import arrange, lone_unit, mirrored, pair_unit

SPEC = SimulationSpec()
KINDS = unit_kinds(SPEC)
seeds = st.integers(0, 2**32 - 1)


def as_site(site):
    return site.start, site.start + site.width, "+" if site.strand == 1 else "-"


def pairs_of(placed):
    """The rule and whether it is obeyed, for every pair among placed sites."""
    for number, site in enumerate(placed):
        factor = SPEC.factors[site.factor]
        if factor.grammar is not None and factor.name == factor.grammar.first:
            other = placed[site.partner]
            assert placed[site.partner].partner == number
            assert SPEC.factors[other.factor].name == factor.grammar.second
            yield factor.grammar.allows(as_site(site), as_site(other))


def check_no_overlap(placed):
    ordered = sorted(placed, key=lambda site: site.start)
    assert all(left.start + left.width <= right.start for left, right in pairwise(ordered))


@pytest.mark.parametrize("strand", [1, -1])
@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize("grammar", SPEC.grammars, ids=lambda rule: rule.first)
def test_a_pair_obeys_its_grammar_or_not(grammar, orientation, strand):
    for gap in (grammar.min_gap - 1, grammar.min_gap, grammar.max_gap, grammar.max_gap + 1):
        unit = pair_unit(SPEC, grammar, orientation, gap, strand)
        first, second = unit.sites
        right = grammar.min_gap <= gap <= grammar.max_gap and orientation is grammar.orientation
        assert grammar.allows(as_site(first), as_site(second)) is right
        assert unit.width == first.width + second.width + gap


def test_mirroring_twice_changes_nothing():
    site = pair_unit(SPEC, SPEC.grammars[0], Orientation.TANDEM, 9, 1).sites[1]
    assert mirrored(mirrored(site, 400), 400) == site
    assert mirrored(site, 400).strand == -site.strand


@settings(deadline=None, max_examples=60)
@given(seeds, st.integers(0, 9))
def test_arranged_units_do_not_overlap(seed, count):
    rng = np.random.default_rng(seed)
    units = [KINDS[rng.integers(len(KINDS))].build(SPEC, rng) for _ in range(count)]
    placed = arrange(units, 40, 260, rng)
    check_no_overlap(placed)
    assert all(site.start >= 40 and site.start + site.width <= 260 for site in placed)
    assert all(pairs_of(placed))


def test_what_does_not_fit_is_left_out():
    units = [lone_unit(SPEC, 0, 1)] * 5
    assert len(arrange(units, 0, 30, np.random.default_rng(0))) == 3


@settings(deadline=None, max_examples=60)
@given(seeds, st.integers(300, 400))
def test_enhancers_hold_working_units_in_their_core(seed, length):
    placed = compose_enhancer(SPEC, KINDS, length, np.random.default_rng(seed))
    assert placed
    check_no_overlap(placed)
    assert all(pairs_of(placed))
    assert min(site.start for site in placed) >= (length - CORE) // 2
    assert max(site.start + site.width for site in placed) <= (length + CORE) // 2


@settings(deadline=None, max_examples=60)
@given(seeds, st.sampled_from([1, -1]))
def test_promoters_are_oriented(seed, strand):
    placed = compose_promoter(SPEC, KINDS, strand, np.random.default_rng(seed))
    again = compose_promoter(SPEC, KINDS, 1, np.random.default_rng(seed))
    assert all(pairs_of(placed))
    check_no_overlap(placed)
    upstream = placed if strand == 1 else [mirrored(site, PROMOTER_LENGTH) for site in placed]
    assert upstream == again
    assert max(site.start + site.width for site in upstream) < TSS_OFFSET


@settings(deadline=None, max_examples=60)
@given(seeds)
def test_decoys_hold_nothing_that_works_together(seed):
    placed = compose_decoy(SPEC, KINDS, np.random.default_rng(seed))
    assert placed
    check_no_overlap(placed)
    assert not any(pairs_of(placed))
    assert sum(site.partner < 0 for site in placed) <= 1


def test_a_pair_works_where_both_of_its_factors_do():
    kinds = {SPEC.factors[kind.factor].name: kind for kind in KINDS}
    assert len(kinds) == 9
    assert kinds["SIMF07"].active == {"CT1", "CT3", "CT5"}
    assert [name for name, kind in kinds.items() if kind.core_promoter] == ["SIMF01"]

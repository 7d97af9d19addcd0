from __future__ import annotations

import numpy as np
import pytest

from bench.data.alphabet import LETTERS, reverse_complement
from bench.interface.errors import BenchError
from bench.simulate.genome import simulate
from bench.simulate.motifs import site_scores
from bench.simulate.spec import SimulationSpec
from bench.simulate.truth import element_log_odds
from bench.simulate.variants import CAUSAL, variant_items


@pytest.fixture(scope="module")
def genome():
    lengths = (("one", 150_000), ("two", 120_000))
    return simulate(SimulationSpec(name="small", seed=5, chromosome_lengths=lengths))


@pytest.fixture(scope="module")
def items(genome):
    return variant_items(genome)


def test_alleles_are_those_of_the_genome(genome, items):
    frame = items.frame
    assert len(frame) > 100
    assert not frame["item"].duplicated().any()
    for chrom, start, end, ref, alt in frame[["chrom", "start", "end", "ref", "alt"]].itertuples(
        index=False, name=None
    ):
        assert LETTERS[genome.chromosomes[chrom][start]] == ref != alt
        assert end == start + 1
    assert (frame.groupby("chrom")["start"].diff().dropna() > 0).all()


def test_effects_follow_from_the_tables_of_the_simulation(genome, items):
    """Compared with the log-odds of all elements, worked out anew after each change."""
    spec, sites = genome.spec, genome.sites
    before = element_log_odds(spec, genome.elements, sites)
    columns = ["chrom", "start", "alt", "element"]
    for row, (chrom, place, alt, element) in enumerate(
        items.frame[columns].itertuples(index=False, name=None)
    ):
        codes = genome.chromosomes[chrom].copy()
        codes[place] = LETTERS.index(alt)
        changed = sites.copy()
        on = (sites["chrom"] == chrom) & (sites["start"] <= place) & (sites["end"] > place)
        for number in np.flatnonzero(on & (sites["role"] == "functional")):
            site = sites.iloc[number]
            factor = genome.factors[site["factor"]]
            window = codes[site["start"] : site["end"]]
            window = reverse_complement(window) if site["strand"] == "-" else window
            changed.loc[number, "effect"] = factor.site_effect(site_scores(factor.pwm, window))
        after = element_log_odds(spec, genome.elements, changed)
        moved = np.flatnonzero((after != before).any(axis=1))
        assert set(moved) <= {element}
        expected = (after - before)[element] if element >= 0 else np.zeros(6)
        np.testing.assert_allclose(items.targets[row], expected, atol=1e-5)


def test_each_change_of_a_site_has_a_control(items):
    working = items.frame["element"] >= 0
    assert working.mean() == 0.5
    assert (items.targets[~working] == 0).all()
    assert (items.targets[working] != 0).any(axis=1).all()


def test_classes_leave_out_what_is_neither(genome, items):
    classes = variant_items(genome, causal=True)
    assert (classes.frame == items.frame).all(axis=None)
    size = np.abs(items.targets)
    np.testing.assert_array_equal(classes.targets == 1, size >= CAUSAL)
    np.testing.assert_array_equal(classes.targets == 0, size == 0)


def test_a_density_out_of_range(genome):
    with pytest.raises(BenchError, match="per_mb 0: expected 1 or more"):
        variant_items(genome, per_mb=0)

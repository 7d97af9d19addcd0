"""A small simulated genome: what is planted is there, and nothing else has an effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.data.alphabet import reverse_complement
from bench.interface.errors import BenchError
from bench.simulate.composition import CORE_SITE, PROMOTER_LENGTH, TSS_OFFSET
from bench.simulate.digest import codes_digest, frame_digest
from bench.simulate.factors import FACTORS, TANDEM
from bench.simulate.genome import simulate
from bench.simulate.layout import EDGE, SPACING
from bench.simulate.motifs import site_scores
from bench.simulate.repeats import SITE_OFFSETS, family_consensus
from bench.simulate.spec import SimulationSpec
from bench.simulate.truth import (
    active_factors,
    activity,
    activity_columns,
    element_log_odds,
    log_odds_columns,
    log_odds_of,
)

SMALL = SimulationSpec(name="small", chromosome_lengths=(("a", 400_000), ("b", 300_000)))
TABLES = ("sites", "elements", "genes", "regions")


@pytest.fixture(scope="module")
def genome():
    return simulate(SMALL)


def site_codes(genome, site):
    codes = genome.chromosomes[site.chrom][site.start : site.end]
    return codes if site.strand == "+" else reverse_complement(codes)


def test_the_same_spec_gives_the_same_genome(genome):
    again = simulate(SMALL)
    assert codes_digest(again) == codes_digest(genome)
    for table in TABLES:
        assert frame_digest(getattr(again, table)) == frame_digest(getattr(genome, table))


def test_the_seed_changes_everything(genome):
    other = simulate(replace(SMALL, seed=2))
    assert codes_digest(other) != codes_digest(genome)
    for table in TABLES:
        assert frame_digest(getattr(other, table)) != frame_digest(getattr(genome, table))


def test_a_chromosome_depends_on_no_other(genome):
    alone = simulate(replace(SMALL, chromosome_lengths=(("b", 300_000),)))
    np.testing.assert_array_equal(alone.chromosomes["b"], genome.chromosomes["b"])
    assert len(alone.sites) == (genome.sites["chrom"] == "b").sum()


def test_adding_noise_leaves_the_sequence_alone(genome):
    noisier = simulate(replace(SMALL, element_noise=2.0))
    assert codes_digest(noisier) == codes_digest(genome)
    assert frame_digest(noisier.sites) == frame_digest(genome.sites)
    columns = log_odds_columns(SMALL)
    assert noisier.elements[columns].equals(genome.elements[columns])
    columns = activity_columns(SMALL)
    assert not noisier.elements[columns].equals(genome.elements[columns])


def test_chromosomes_have_the_lengths_asked_for(genome):
    assert {chrom: len(codes) for chrom, codes in genome.chromosomes.items()} == {
        "a": 400_000,
        "b": 300_000,
    }
    assert all(
        codes.dtype == np.uint8 and codes.max() == 3 for codes in genome.chromosomes.values()
    )


def test_every_site_is_in_the_sequence_on_its_strand(genome):
    reverse = 0
    for site in genome.sites.itertuples():
        factor = genome.factors[site.factor]
        score = site_scores(factor.pwm, site_codes(genome, site))
        assert score >= factor.threshold
        assert score == pytest.approx(site.score)
        reverse += site.strand == "-"
    assert 0.4 < reverse / len(genome.sites) < 0.6


def test_only_functional_sites_have_an_effect(genome):
    sites = genome.sites
    functional = sites["role"] == "functional"
    assert (sites.loc[~functional, "effect"] == 0).all()
    assert (sites.loc[~functional, "element"] == -1).all()
    assert (sites.loc[functional, "effect"] > 0).all()
    assert set(sites["role"]) == {"functional", "decoy", "repeat"}
    for factor, own in sites[functional].groupby("factor"):
        expected = genome.factors[factor].site_effect(own["score"].to_numpy())
        np.testing.assert_allclose(own["effect"], expected)


def test_functional_sites_lie_in_their_element_and_all_others_in_none(genome):
    sites, elements = genome.sites, genome.elements
    functional = sites[sites["role"] == "functional"]
    own = elements.loc[functional["element"]]
    assert own["chrom"].tolist() == functional["chrom"].tolist()
    assert (own["start"].to_numpy() <= functional["start"].to_numpy()).all()
    assert (own["end"].to_numpy() >= functional["end"].to_numpy()).all()
    for chrom, part in sites[sites["role"] != "functional"].groupby("chrom"):
        starts, ends = part["start"].to_numpy()[:, None], part["end"].to_numpy()[:, None]
        same = elements[elements["chrom"] == chrom]
        assert not ((same["start"].to_numpy() < ends) & (same["end"].to_numpy() > starts)).any()


def test_pairs_obey_their_grammar_in_elements_and_break_it_in_decoys(genome):
    sites = genome.sites
    counts = {"functional": 0, "decoy": 0}
    for site in sites.itertuples():
        grammar = genome.factors[site.factor].grammar
        if grammar is None:
            assert site.partner == -1
            continue
        partner = sites.loc[site.partner]
        assert partner["partner"] == site.Index
        assert partner["factor"] == grammar.partner_of(site.factor)
        assert partner["element"] == site.element
        if site.factor == grammar.first:
            first = (site.start, site.end, site.strand)
            second = (partner["start"], partner["end"], partner["strand"])
            assert grammar.allows(first, second) is (site.role == "functional")
            counts[site.role] += 1
    assert min(counts.values()) > 200


def test_decoys_break_both_distance_and_orientation(genome):
    sites = genome.sites
    first = sites[(sites["factor"] == TANDEM.first) & (sites["role"] == "decoy")]
    second = sites.loc[first["partner"]]
    same = first["strand"].to_numpy() == second["strand"].to_numpy()
    assert 0.3 < same.mean() < 0.7


def test_features_keep_their_distance(genome):
    columns = ["chrom", "start", "end"]
    for chrom, codes in genome.chromosomes.items():
        features = np.concatenate(
            [
                frame.loc[frame["chrom"] == chrom, columns[1:]].to_numpy()
                for frame in (genome.elements, genome.regions)
            ]
        )
        centres = np.sort(features.sum(axis=1) // 2)
        assert np.diff(centres).min() >= SPACING - 1
        assert centres[0] >= EDGE - 1
        assert centres[-1] <= len(codes) - EDGE


def test_promoters_lie_at_the_start_of_their_gene(genome):
    promoters = genome.elements[genome.elements["kind"] == "promoter"]
    genes = genome.genes
    assert promoters["gene"].tolist() == genes["id"].tolist()
    assert promoters["strand"].tolist() == genes["strand"].tolist()
    forward = (promoters["strand"] == "+").to_numpy()
    tss, start, end = genes["tss"].to_numpy(), promoters["start"], promoters["end"]
    upstream = np.where(forward, tss - start, end - 1 - tss)
    assert (upstream == TSS_OFFSET).all()
    assert (promoters["end"] - promoters["start"] == PROMOTER_LENGTH).all()
    assert 0.3 < forward.mean() < 0.7


def test_core_promoter_sites_have_their_distance_and_strand(genome):
    core = next(factor for factor in FACTORS if factor.core_promoter)
    sites = genome.sites[(genome.sites["factor"] == core.name) & (genome.sites["element"] >= 0)]
    joined = sites.merge(genome.elements, left_on="element", right_on="id", suffixes=("", "_e"))
    joined = joined[joined["kind"] == "promoter"].merge(
        genome.genes, left_on="gene", right_on="id", suffixes=("", "_g")
    )
    forward = joined["strand_e"] == "+"
    distance = np.where(forward, joined["start"] - joined["tss"], joined["tss"] + 1 - joined["end"])
    at_core = (distance >= CORE_SITE[0]) & (distance <= CORE_SITE[1])
    assert (joined["strand"] == joined["strand_e"])[at_core].all()
    assert at_core.sum() / len(genome.genes) == pytest.approx(SMALL.core_site_share, abs=0.12)


def test_enhancers_have_neither_gene_nor_strand(genome):
    enhancers = genome.elements[genome.elements["kind"] == "enhancer"]
    assert (enhancers["strand"] == ".").all()
    assert (enhancers["gene"] == -1).all()


def test_tables_are_in_genome_order(genome):
    for table in TABLES:
        frame = getattr(genome, table)
        position = "tss" if table == "genes" else "start"
        for _, part in frame.groupby("chrom"):
            assert part[position].is_monotonic_increasing
        if "id" in frame:
            assert frame["id"].tolist() == list(range(len(frame)))


def test_log_odds_are_the_sum_of_the_effects(genome):
    element = genome.elements.iloc[17]
    own = genome.sites[genome.sites["element"] == element["id"]]
    for cell in SMALL.cell_types:
        expected = {"promoter": SMALL.promoter_log_odds, "enhancer": SMALL.enhancer_log_odds}[
            element["kind"]
        ]
        for site in own.itertuples():
            expected += site.effect * (cell in genome.factors[site.factor].cell_types)
        assert element[f"log_odds_{cell}"] == pytest.approx(expected)
    computed = element_log_odds(SMALL, genome.elements, genome.sites)
    np.testing.assert_allclose(computed, genome.elements[log_odds_columns(SMALL)])


def test_losing_a_site_closes_its_element(genome):
    row = genome.sites.index[genome.sites["element"] >= 0][0]
    site = genome.sites.loc[row]
    changed = genome.sites.assign(effect=genome.sites["effect"].where(genome.sites.index != row, 0))
    before = element_log_odds(SMALL, genome.elements, genome.sites)
    after = element_log_odds(SMALL, genome.elements, changed)
    number = SMALL.factor_index(site["factor"])
    expected = np.where(active_factors(SMALL)[number], site["effect"], 0.0)
    np.testing.assert_allclose((before - after)[site["element"]], expected)
    assert np.count_nonzero((before - after).any(axis=1)) == 1


def test_activity_follows_log_odds_with_noise(genome):
    log_odds = genome.elements[log_odds_columns(SMALL)].to_numpy()
    noise = log_odds_of(genome.elements[activity_columns(SMALL)].to_numpy()) - log_odds
    assert abs(noise.mean()) < 0.1
    assert noise.std() == pytest.approx(SMALL.element_noise, rel=0.1)
    np.testing.assert_allclose(log_odds_of(activity(log_odds)), log_odds, atol=1e-6)


def test_a_factor_is_idle_where_its_partner_is(genome):
    lonely = tuple(
        replace(factor, cell_types=("CT1",)) if factor.name == TANDEM.second else factor
        for factor in FACTORS
    )
    spec = replace(SMALL, factors=lonely)
    active = active_factors(spec)
    assert active[spec.factor_index(TANDEM.first)].tolist() == [True] + [False] * 5
    assert active[spec.factor_index("SIMF01")].all()


def test_repeats_are_mutated_copies_and_one_family_looks_like_a_site(genome):
    consensus = family_consensus(SMALL)
    factor = genome.factors[SMALL.repeat_factor]
    for offset in SITE_OFFSETS:
        score = site_scores(factor.pwm, consensus[0][offset : offset + factor.width])
        assert score >= factor.threshold
    repeats = genome.regions[genome.regions["kind"] == "repeat"]
    assert set(repeats["family"]) == {0, 1, 2, 3}
    for copy in repeats.itertuples():
        codes = genome.chromosomes[copy.chrom][copy.start : copy.end]
        codes = codes if copy.strand == "+" else reverse_complement(codes)
        differing = (codes != consensus[copy.family][-len(codes) :]).mean()
        assert differing < 0.35
    sites = genome.sites[genome.sites["role"] == "repeat"]
    assert set(sites["factor"]) == {SMALL.repeat_factor}
    assert len(sites) > 0.2 * (repeats["family"] == 0).sum()


def test_isochores_are_in_the_sequence(genome):
    codes = genome.chromosomes["a"]
    gc = np.isin(codes, (1, 2)).reshape(-1, 10_000).mean(axis=1)
    assert gc.std() > 0.02
    assert 0.33 < gc.min() < gc.max() < 0.58


def test_elements_prefer_gc_rich_places(genome):
    def gc(frame):
        parts = [genome.chromosomes[row.chrom][row.start : row.end] for row in frame.itertuples()]
        return np.isin(np.concatenate(parts), (1, 2)).mean()

    everything = np.isin(np.concatenate(list(genome.chromosomes.values())), (1, 2)).mean()
    kinds = genome.elements["kind"]
    assert gc(genome.elements[kinds == "promoter"]) > everything + 0.03
    assert gc(genome.elements[kinds == "enhancer"]) > everything + 0.01


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chromosome_lengths": (("a", 1_000),)}, "chromosome a of 1000 bp"),
        ({"cell_types": ("CT1",)}, "active in"),
        ({"repeat_factor": "SIMF99"}, "'SIMF99'; expected one of SIMF01"),
        ({"decoys_per_mb": 5_000.0}, "450 bp for each feature"),
        ({"genes_per_mb": 0.0}, "at least one of each kind"),
    ],
)
def test_a_spec_that_cannot_be_simulated_is_refused(change, message):
    with pytest.raises(BenchError, match=message):
        simulate(replace(SMALL, **change))

"""Coverage and expression of a small simulated genome, against sums over its tables."""

from __future__ import annotations

import numpy as np
import pytest

from bench.interface.errors import BenchError
from bench.simulate.coverage import BACKGROUND, READS, coverage_items, expected_reads
from bench.simulate.expression import (
    EXPRESSED,
    NOISE,
    expressed_items,
    expression_items,
    gene_levels,
)
from bench.simulate.gene_truth import DEPTH, GAIN, HALF_DISTANCE, REACH
from bench.simulate.genome import simulate
from bench.simulate.items import COLUMNS
from bench.simulate.spec import SimulationSpec
from bench.simulate.truth import activity_columns

SMALL = SimulationSpec(name="small", chromosome_lengths=(("a", 400_000), ("b", 300_000)))


@pytest.fixture(scope="module")
def genome():
    return simulate(SMALL)


def test_levels_are_sums_over_promoter_and_enhancers(genome):
    columns = activity_columns(genome.spec)
    levels = gene_levels(genome, "b")
    genes = genome.genes[genome.genes["chrom"] == "b"]
    assert levels.shape == (len(genes), 6)
    elements = genome.elements[genome.elements["chrom"] == "b"]
    for row, gene in enumerate(genes.itertuples()):
        promoter = elements[elements["gene"] == gene.id]
        expected = np.log2(1 + DEPTH * promoter[columns].to_numpy()[0])
        for enhancer in elements[elements["kind"] == "enhancer"].itertuples():
            distance = abs((enhancer.start + enhancer.end) // 2 - gene.tss)
            if distance <= REACH:
                activity = np.array([getattr(enhancer, name) for name in columns])
                expected = expected + GAIN * activity / (1 + distance / HALF_DISTANCE)
        np.testing.assert_allclose(levels[row], expected)


def test_genes_are_items_around_their_tss(genome):
    items = expression_items(genome, 2000)
    frame = items.frame
    assert list(frame.columns) == COLUMNS
    assert frame["item"].is_unique
    np.testing.assert_array_equal((frame["start"] + frame["end"]) // 2, genome.genes["tss"])
    assert set(frame["strand"]) == {"+", "-"}
    truth = np.concatenate([gene_levels(genome, chrom) for chrom in genome.chromosomes])
    noise = items.targets - truth
    assert noise.std() == pytest.approx(NOISE, rel=0.1)
    assert abs(noise.mean()) < 0.05


def test_expressed_genes_are_those_above_a_level(genome):
    levels, called = expression_items(genome), expressed_items(genome)
    np.testing.assert_array_equal(called.targets, levels.targets > EXPRESSED)
    assert 0.2 < called.targets.mean() < 0.8


def test_expected_reads_are_those_of_elements_and_background(genome):
    reads = expected_reads(genome, "a", 32)
    elements = genome.elements[genome.elements["chrom"] == "a"]
    activity = elements[activity_columns(genome.spec)].to_numpy()
    expected = BACKGROUND * 400_000 + READS * activity.sum(axis=0)
    np.testing.assert_allclose(reads.sum(axis=0), expected, rtol=1e-3)
    element = elements.iloc[int(activity[:, 0].argmax())]
    place = (element["start"] + element["end"]) // 2 // 32
    assert reads[place - 2 : place + 3, 0].max() > 10 * BACKGROUND * 32


def test_windows_tile_the_chromosomes_and_counts_follow_the_expected_reads(genome):
    items = coverage_items(genome, 4096, 32)
    assert items.targets.shape == (400_000 // 4096 + 300_000 // 4096, 128, 6)
    assert items.bin_width == 32
    first = items.frame["chrom"] == "a"
    rates = expected_reads(genome, "a", 32)[: first.sum() * 128].reshape(-1, 128, 6)
    counts = items.targets[first]
    assert (counts == counts.round()).all()
    assert np.corrcoef(rates.ravel(), counts.ravel())[0, 1] > 0.9
    np.testing.assert_allclose(counts.mean(), rates.mean(), rtol=0.02)
    np.testing.assert_array_equal(items.frame["start"][first], np.arange(first.sum()) * 4096)


@pytest.mark.parametrize("options", [(0, 32), (100, 32), (4096, 0), (500_000, 32)])
def test_windows_that_cannot_be(genome, options):
    with pytest.raises(BenchError, match="window of"):
        coverage_items(genome, *options)


def test_an_odd_length_is_refused(genome):
    with pytest.raises(BenchError, match="length is 301"):
        expression_items(genome, 301)

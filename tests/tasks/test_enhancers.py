"""Effects of enhancers by distance, against sums over the genes of a small simulated genome."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bench.simulate.gene_truth import GAIN, contact, gene_truth
from bench.simulate.genome import simulate
from bench.simulate.spec import SimulationSpec
from bench.simulate.truth import activity_columns
from bench.tasks.enhancers import effects_by_distance

EDGES = (0, 2_000, 10_000, 100_000)


@pytest.fixture(scope="module")
def truth():
    spec = SimulationSpec(name="small", chromosome_lengths=(("a", 400_000),))
    genome = simulate(spec)
    return gene_truth(genome.genes, genome.elements, activity_columns(spec))


def test_effects_of_all_stretches_sum_to_the_levels(truth):
    items = [f"gene{number}" for number in truth.genes]
    effects = effects_by_distance(truth, items, EDGES)
    assert effects.shape == (*truth.promoters.shape, len(EDGES))
    np.testing.assert_allclose(effects.sum(axis=2), truth.levels)
    np.testing.assert_array_equal(effects[..., 0], truth.promoters)


def test_an_enhancer_stands_in_its_stretch_and_with_its_gene(truth):
    items = [f"gene{number}" for number in truth.genes[::-1]]
    effects = effects_by_distance(truth, items, EDGES)[::-1]
    for row in range(len(truth.genes)):
        own = truth.rows == row
        for place, (low, high) in enumerate(pairwise(EDGES), start=1):
            chosen = own & (truth.distances >= low) & (truth.distances < high)
            weights = contact(truth.distances[chosen])[:, None]
            expected = GAIN * (weights * truth.activities[truth.enhancers[chosen]]).sum(axis=0)
            np.testing.assert_allclose(effects[row, :, place], expected)

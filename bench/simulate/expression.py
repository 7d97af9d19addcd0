"""Expression: how much genes are transcribed, by their promoter and by enhancers up to 100 kb away.

Every enhancer adds to the level of every gene in proportion to how open it is, and less the further
away it lies, so that a level can be told from the sequence. The truth can be read off the tables of
elements and genes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.interface.errors import BenchError
from bench.simulate.background import Floats
from bench.simulate.gene_truth import gene_truth
from bench.simulate.genome import SimulatedGenome
from bench.simulate.items import COLUMNS, SimulatedItems, on_chrom
from bench.simulate.streams import stream
from bench.simulate.truth import activity_columns

if TYPE_CHECKING:
    import pandas as pd

NOISE = 0.4
"""Standard deviation of the measurement."""
EXPRESSED = 14.0
"""Measured level above which a gene is called expressed."""


def expression_items(genome: SimulatedGenome, length: int = 2000) -> SimulatedItems:
    """Every gene with its level in each cell type.

    That is `log2(1 + 30 activity)` of its promoter, what enhancers within 100 kb add, and noise.

    Args:
        genome: the simulated genome.
        length: bp around the TSS that are the item's own interval.

    Raises:
        BenchError: `length` is not an even number of bp above 0.
    """
    if length < 2 or length % 2:
        raise BenchError(f"length is {length}, expected an even number of bp")
    levels = []
    for chrom in genome.chromosomes:
        truth = gene_levels(genome, chrom)
        rng = stream(genome.spec.seed, "items", "expression", chrom)
        levels.append(truth + rng.normal(0.0, NOISE, truth.shape))
    values = np.concatenate(levels).astype(np.float32)
    return SimulatedItems(_gene_items(genome, length), values, genome.spec.cell_types)


def expressed_items(genome: SimulatedGenome, length: int = 2000) -> SimulatedItems:
    """Every gene with 1 where its measured level exceeds 14, for each cell type.

    The arguments and errors are those of `expression_items`.
    """
    items = expression_items(genome, length)
    called = (items.targets > EXPRESSED).astype(np.float32)
    return SimulatedItems(items.frame, called, items.target_names)


def gene_levels(genome: SimulatedGenome, chrom: str) -> Floats:
    """Level of the genes of a chromosome without noise, shape `(genes, cell types)`."""
    genes, elements = on_chrom(genome.genes, chrom), on_chrom(genome.elements, chrom)
    return gene_truth(genes, elements, activity_columns(genome.spec)).levels


def _gene_items(genome: SimulatedGenome, length: int) -> pd.DataFrame:
    genes = genome.genes
    frame = genes.assign(
        item=[f"gene{number}" for number in genes["id"]],
        start=genes["tss"] - length // 2,
        end=genes["tss"] + length // 2,
        element=-1,
    )
    return frame[COLUMNS]

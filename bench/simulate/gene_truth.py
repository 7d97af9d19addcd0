"""What sets the level of each gene: its promoter, and enhancers by their activity and contact.

Activity by contact (Fulco et al. 2019, doi:10.1038/s41588-019-0538-0), with a contact that falls
with distance alone: which genes an enhancer acts on then stands in the sequence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.simulate.background import Floats
from bench.simulate.items import centres_of
from bench.simulate.layout import Ints

if TYPE_CHECKING:
    import pandas as pd

DEPTH = 30.0
"""Expected signal of a gene whose promoter is open in every cell, before enhancers."""
GAIN = 1.0
"""What an enhancer at the TSS that is open in every cell adds to the level."""
HALF_DISTANCE = 10_000
"""Distance in bp at which an enhancer adds half as much."""
REACH = 100_000
"""Distance in bp beyond which an enhancer adds nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneTruth:
    """Levels of genes without noise, by what makes them.

    A pair is a gene and an enhancer no further than `REACH` from its TSS.

    Attributes:
        genes: ids, ascending, `(genes,)`.
        promoters: what each promoter gives, `log2(1 + 30 activity)`, `(genes, cell types)`.
        activities: of the enhancers, `(enhancers, cell types)`.
        rows: the gene of each pair, as a row of `genes`, `(pairs,)`.
        enhancers: the enhancer of each pair, as a row of `activities`, `(pairs,)`.
        distances: bp from the enhancer's centre to the TSS, `(pairs,)`.
    """

    genes: Ints
    promoters: Floats
    activities: Floats
    rows: Ints
    enhancers: Ints
    distances: Ints

    @property
    def levels(self) -> Floats:
        """Levels of all genes, `(genes, cell types)`."""
        return self.promoters + self.added(np.ones(len(self.rows), dtype=bool))

    def added(self, chosen: NDArray[np.bool_]) -> Floats:
        """Return what the enhancers of chosen pairs add to genes.

        Args:
            chosen: whether a pair is meant, `(pairs,)`.

        Returns:
            Shape `(genes, cell types)`.
        """
        from scipy.sparse import csr_array

        weights = GAIN * contact(self.distances[chosen])
        places = (self.rows[chosen], self.enhancers[chosen])
        matrix = csr_array((weights, places), shape=(len(self.genes), len(self.activities)))
        return np.asarray(matrix @ self.activities, dtype=np.float64)


def contact(distances: Ints) -> Floats:
    """Return how often an enhancer meets a TSS at a distance in bp, 1 at the TSS itself."""
    met: Floats = np.where(distances <= REACH, 1.0 / (1.0 + distances / HALF_DISTANCE), 0.0)
    return met


def gene_truth(genes: pd.DataFrame, elements: pd.DataFrame, activities: Sequence[str]) -> GeneTruth:
    """Read the truth off the tables of a simulated genome, or of some of its chromosomes.

    Args:
        genes: with `id` (ascending), `chrom` and `tss`.
        elements: with `chrom`, `kind`, `gene`, `start`, `end` and the columns of activity.
        activities: names of these, one for each cell type.
    """
    columns = list(activities)
    promoters = elements[elements["kind"] == "promoter"].sort_values("gene")
    enhancers = elements[elements["kind"] == "enhancer"]
    pairs = list(_pairs(genes, enhancers))
    rows, places, distances = (np.concatenate(column) for column in zip(*pairs, strict=True))
    return GeneTruth(
        genes=genes["id"].to_numpy(),
        promoters=np.log2(1.0 + DEPTH * promoters[columns].to_numpy()),
        activities=enhancers[columns].to_numpy(),
        rows=rows,
        enhancers=places,
        distances=distances,
    )


def _pairs(genes: pd.DataFrame, enhancers: pd.DataFrame) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield, for each chromosome, genes and enhancers within reach by row, and their distance."""
    chroms, tss = genes["chrom"].to_numpy(), genes["tss"].to_numpy()
    places, centres = enhancers["chrom"].to_numpy(), centres_of(enhancers)
    for chrom in dict.fromkeys(chroms):
        own, near = np.flatnonzero(chroms == chrom), np.flatnonzero(places == chrom)
        distances = np.abs(tss[own, None] - centres[near])
        rows, columns = np.nonzero(distances <= REACH)
        yield own[rows], near[columns], distances[rows, columns]

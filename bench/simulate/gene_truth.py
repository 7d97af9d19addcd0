"""What sets the level of each gene: its promoter, and its enhancers by their distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.simulate.background import Floats
from bench.simulate.items import centres_of
from bench.simulate.layout import Ints

if TYPE_CHECKING:
    import pandas as pd

DEPTH = 30.0
"""Expected signal of a gene whose promoter is open in every cell, before enhancers."""
GAIN = 2.0
"""What an enhancer at the TSS that is open in every cell adds to the level."""
HALF_DISTANCE = 40_000
"""Distance in bp at which an enhancer adds half as much."""
REACH = 100_000
"""Distance in bp beyond which an enhancer adds nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneTruth:
    """Levels of genes without noise, by what makes them.

    Attributes:
        genes: ids, ascending, `(genes,)`.
        promoters: what each promoter gives, `log2(1 + 30 activity)`, `(genes, cell types)`.
        rows: which gene each enhancer belongs to, `(enhancers,)`.
        distances: bp from its centre to the TSS, `(enhancers,)`.
        effects: what it adds to the level, `(enhancers, cell types)`.
    """

    genes: Ints
    promoters: Floats
    rows: Ints
    distances: Ints
    effects: Floats

    @property
    def levels(self) -> Floats:
        """Levels of all genes, `(genes, cell types)`."""
        levels = self.promoters.copy()
        np.add.at(levels, self.rows, self.effects)
        return levels


def gene_truth(genes: pd.DataFrame, elements: pd.DataFrame, activities: Sequence[str]) -> GeneTruth:
    """Read the truth off the tables of a simulated genome, or of some of its chromosomes.

    Args:
        genes: with `id` (ascending) and `tss`.
        elements: with `kind`, `gene`, `start`, `end` and the columns of activity.
        activities: names of these, one for each cell type.
    """
    columns = list(activities)
    ids: Ints = genes["id"].to_numpy()
    promoters = elements[elements["kind"] == "promoter"].sort_values("gene")
    enhancers = elements[elements["kind"] == "enhancer"]
    rows: Ints = np.searchsorted(ids, enhancers["gene"].to_numpy())
    distances: Ints = np.abs(centres_of(enhancers) - genes["tss"].to_numpy()[rows])
    weights = np.where(distances <= REACH, GAIN * 0.5 ** (distances / HALF_DISTANCE), 0.0)
    return GeneTruth(
        genes=ids,
        promoters=np.log2(1.0 + DEPTH * promoters[columns].to_numpy()),
        rows=rows,
        distances=distances,
        effects=weights[:, None] * enhancers[columns].to_numpy(),
    )

"""Genes, promoters and enhancers of one chromosome, before they have sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.simulate.composition import PROMOTER_LENGTH, TSS_OFFSET
from bench.simulate.layout import Layout
from bench.simulate.spec import SimulationSpec
from bench.simulate.streams import stream

if TYPE_CHECKING:
    import pandas as pd

ENHANCER_LENGTHS = (300, 400)


def draw_elements(
    spec: SimulationSpec, chrom: str, layout: Layout
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw the elements and genes of one chromosome; ids count from 0.

    Returns:
        Elements `id chrom start end strand kind gene` and genes `id chrom tss strand`, both in
        order of position. `gene` is that of a promoter, and -1 of an enhancer, whose strand is `.`.
    """
    import pandas as pd

    rng = stream(spec.seed, "elements", chrom)
    rows = np.flatnonzero((layout.kinds == "promoter") | (layout.kinds == "enhancer"))
    centres, promoter = layout.centres[rows], layout.kinds[rows] == "promoter"
    shortest, longest = ENHANCER_LENGTHS
    halves = rng.integers(shortest // 2, longest // 2 + 1, len(rows))
    halves = np.where(promoter, PROMOTER_LENGTH // 2, halves)
    forward = rng.random(len(rows)) < 0.5
    starts = centres - halves
    tss = starts + np.where(forward, TSS_OFFSET, PROMOTER_LENGTH - 1 - TSS_OFFSET)
    strands = np.where(forward, "+", "-")
    gene = np.full(len(rows), -1)
    gene[promoter] = np.arange(promoter.sum())
    elements = pd.DataFrame(
        {
            "id": np.arange(len(rows)),
            "chrom": chrom,
            "start": starts,
            "end": centres + halves,
            "strand": np.where(promoter, strands, "."),
            "kind": layout.kinds[rows],
            "gene": gene,
        }
    )
    genes = pd.DataFrame(
        {
            "id": np.arange(promoter.sum()),
            "chrom": chrom,
            "tss": tss[promoter],
            "strand": strands[promoter],
        }
    )
    return elements, genes

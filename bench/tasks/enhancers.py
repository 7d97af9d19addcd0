"""What enhancers of a simulated task's genes do, by their distance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.card import TaskKind
from bench.simulate.gene_truth import gene_truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.simulate.gene_truth import GeneTruth
    from bench.tasks.info import TaskInfo


def planted_genes(info: TaskInfo, folder: Path) -> GeneTruth | None:
    """Read what sets the levels of the genes of a built task.

    None where genes were not simulated, or the folder of the built task is no longer there.
    """
    tables = {name: folder / "truth" / f"{name}.parquet" for name in ("genes", "elements")}
    if info.kind is not TaskKind.EXPRESSION or not all(path.is_file() for path in tables.values()):
        return None
    import pandas as pd

    genes, elements = (pd.read_parquet(path) for path in tables.values())
    return gene_truth(genes, elements, [f"activity_{cell}" for cell in info.target_names])


def effects_by_distance(
    truth: GeneTruth, items: Sequence[str], edges: Sequence[int]
) -> NDArray[np.float64]:
    """Return what the promoter and the enhancers of each stretch of distances add to genes.

    Args:
        truth: of all genes.
        items: ids of the genes that are asked for, such as `gene12`, `(n,)`.
        edges: bp from the TSS between which stretches lie, ascending; what lies beyond the last is
            left out.

    Returns:
        Shape `(n, cell types, 1 + stretches)`; the promoter comes first.
    """
    stretch = np.searchsorted(np.asarray(edges), truth.distances, side="right")
    added = [truth.added(stretch == place) for place in range(1, len(edges))]
    effects = np.stack([truth.promoters, *added], axis=2)
    rows = {f"gene{number}": row for row, number in enumerate(truth.genes)}
    return effects[[rows[item] for item in items]]

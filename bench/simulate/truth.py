"""From sites to activity: the rule that the simulation plants and every task reads off.

A functional site adds its effect to the log-odds of its element in each cell type where its factor,
and the partner that the factor needs, are active. Nothing here looks at the sequence: a variant is
scored by giving its sites new effects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.simulate.background import Floats
from bench.simulate.spec import SimulationSpec

if TYPE_CHECKING:
    import pandas as pd


def active_factors(spec: SimulationSpec) -> NDArray[np.bool_]:
    """Say where each factor works, shape `(factors, cell types)`."""
    working = [set(spec.working_cells(factor)) for factor in spec.factors]
    return np.array([[cell in cells for cell in spec.cell_types] for cells in working])


def baseline_log_odds(spec: SimulationSpec, kinds: pd.Series[str]) -> Floats:
    """Log-odds of elements without any site, shape `(elements,)`."""
    promoter = kinds.to_numpy() == "promoter"
    return np.where(promoter, spec.promoter_log_odds, spec.enhancer_log_odds)


def element_log_odds(spec: SimulationSpec, elements: pd.DataFrame, sites: pd.DataFrame) -> Floats:
    """Log-odds of accessibility that the sites give, shape `(elements, cell types)`.

    Args:
        spec: the simulation.
        elements: with columns `id` (ascending) and `kind`.
        sites: with columns `element`, `factor` and `effect`; sites with `element` -1 add nothing.
    """
    inside = sites[sites["element"] >= 0]
    rows = np.searchsorted(elements["id"].to_numpy(), inside["element"].to_numpy())
    numbers = {factor.name: number for number, factor in enumerate(spec.factors)}
    columns = inside["factor"].map(numbers).to_numpy(dtype=np.int64)
    effects = np.zeros((len(elements), len(spec.factors)))
    np.add.at(effects, (rows, columns), inside["effect"].to_numpy())
    log_odds: Floats = effects @ active_factors(spec).astype(np.float64)
    return log_odds + baseline_log_odds(spec, elements["kind"])[:, None]


def activity(log_odds: Floats) -> Floats:
    """Share of cells in which an element is open, between 0 and 1."""
    return 1.0 / (1.0 + np.exp(-log_odds))


def log_odds_of(activities: Floats) -> Floats:
    """Inverse of `activity`."""
    return np.log(activities) - np.log1p(-activities)


def activity_columns(spec: SimulationSpec) -> list[str]:
    """Names of the activity columns of the elements table, in the order of the cell types."""
    return [f"activity_{cell}" for cell in spec.cell_types]


def log_odds_columns(spec: SimulationSpec) -> list[str]:
    """Names of the log-odds columns of the elements table, in the order of the cell types."""
    return [f"log_odds_{cell}" for cell in spec.cell_types]

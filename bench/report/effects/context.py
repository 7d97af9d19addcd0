"""Scores against the radius of what a model is shown: tables, and a panel for each metric."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bench.report.reach import EDGES, planted_effects, seen_in
from bench.report.style import COLOURS, SETTINGS, folded, panels, render

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bench.interface.arrays import FloatArray
    from bench.run.context_record import ContextCurve, ContextRecord
    from bench.run.result import CellSpec
    from bench.run.store import RunFolder
    from bench.tasks.info import TaskInfo

FLOATS = "%.6g"
LINE, ENOUGH_COLOUR = COLOURS[0], COLOURS[3]
PANEL = (4.4, 3.2)
"""Inches."""
TITLE_LETTERS = 60
"""Letters of a title in the width of a panel."""
TICKS = 8
"""Most ticks of the axis of radii."""


def write_context(
    record: ContextRecord, contributions: pd.DataFrame | None, label: str, folder: Path
) -> None:
    """Write `context.tsv`, `context.json`, the figure and, where given, `contributions.tsv`.

    Args:
        record: the curves.
        contributions: see `contribution_table`; None for none.
        label: what the title of the figure says of the model.
        folder: where.
    """
    _write_table(context_table(record), folder / "context.tsv")
    (folder / "context.json").write_text(record.model_dump_json(indent=1) + "\n")
    if contributions is not None:
        _write_table(contributions, folder / "contributions.tsv")
    figure = draw_context(record, label)
    for form in ("png", "svg"):
        (folder / f"context.{form}").write_bytes(render(figure, form))


def _write_table(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, sep="\t", index=False, float_format=FLOATS, na_rep="nan")


def context_table(record: ContextRecord) -> pd.DataFrame:
    """Return one row for each metric and radius."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "radius": point.radius,
                "fill": record.fill,
                "metric": curve.metric,
                **point.model_dump(exclude={"radius"}),
            }
            for curve in record.curves
            for point in curve.points
        ]
    )


def contribution_table(
    run: RunFolder, info: TaskInfo, cell: CellSpec, predictions: FloatArray
) -> pd.DataFrame | None:
    """Return the share of enhancers' effects that predictions hold, a row for each distance.

    Args:
        run: the run.
        info: a task of it.
        cell: a cell on that task.
        predictions: of the test items with all that the model reads, `(n, targets)`.

    Returns:
        None where genes were not simulated.
    """
    import pandas as pd

    effects = planted_effects(run, info, cell)
    if effects is None:
        return None
    seen = seen_in(predictions, effects, run.truth(cell.task_key))
    return pd.DataFrame(
        [
            {
                "nearest": nearest,
                "furthest": furthest,
                "share": one.share,
                "low": one.interval.low,
                "high": one.interval.high,
            }
            for (nearest, furthest), one in zip(pairwise(EDGES), seen, strict=True)
        ]
    )


def draw_context(record: ContextRecord, label: str) -> Figure:
    """Draw each metric against the radius, with intervals and the score of which 95 % is kept."""
    import matplotlib as mpl

    with mpl.rc_context(SETTINGS):
        figure, axes = panels(len(record.curves), *PANEL)
        for axis, curve in zip(axes, record.curves, strict=True):
            _panel(axis, curve, record.radius_from)
        letters = TITLE_LETTERS * min(2, len(record.curves))
        few = "; † fewer than 30 blocks" if any(one.few_blocks for one in record.curves) else ""
        title = folded(f"{label}, flanks: {record.fill}{few}", letters)
        # A dollar sign would begin a formula.
        figure.suptitle(title.replace("$", r"\$"), fontsize=9)
    return figure


def _panel(axis: Axes, curve: ContextCurve, radius_from: str) -> None:
    radii = [point.radius for point in curve.points]
    values, low, high = (
        np.array([getattr(point, name) for point in curve.points], dtype=float)
        for name in ("value", "low", "high")
    )
    axis.fill_between(radii, low, high, color=LINE, alpha=0.2, linewidth=0)
    axis.plot(radii, values, color=LINE, marker="o", markersize=4, linewidth=1.4)
    if curve.chance is not None:
        axis.axhline(curve.chance, color="#999999", linewidth=0.8, linestyle=":")
    _draw_enough(axis, curve)
    axis.set_xscale("log")
    shown = radii[:: -max(1, -(-len(radii) // TICKS))]
    axis.set_xticks(shown, [f"{radius:,}" for radius in shown], rotation=30, ha="right")
    axis.minorticks_off()
    axis.set_xlabel(f"bp that stay on either side of {radius_from}")
    axis.set_ylabel(curve.title)
    told = curve.note
    if curve.enough is not None:
        told = f"95 % of the {curve.kept_of} (dashed) from {curve.enough:,} bp on"
    axis.set_title(f"{curve.title}{' †' if curve.few_blocks else ''}\n{told}", loc="left")


def _draw_enough(axis: Axes, curve: ContextCurve) -> None:
    """Draw the score of which 95 % is kept, and there the radius with its interval."""
    if curve.threshold is None:
        return
    height = curve.threshold
    axis.axhline(height, color=ENOUGH_COLOUR, linewidth=1.0, linestyle="--")
    if curve.enough_low is not None and curve.enough_high is not None:
        axis.hlines(height, curve.enough_low, curve.enough_high, color=ENOUGH_COLOUR,
                    linewidth=4.0, alpha=0.5)  # fmt: skip
    if curve.enough is not None:
        axis.plot(curve.enough, height, "D", color=ENOUGH_COLOUR, markersize=5)

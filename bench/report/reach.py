"""At which distance an enhancer is still seen: on simulated genes, whose enhancers are known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.metrics.bootstrap import Interval
from bench.metrics.seen_effects import SeenEffect, seen_effects
from bench.report.marks import marked
from bench.report.style import legend, panels, style_of
from bench.tasks.enhancers import effects_by_distance, planted_genes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from bench.interface.arrays import FloatArray
    from bench.report.view import Row, RunView
    from bench.run.result import CellSpec
    from bench.run.store import RunFolder, Truth
    from bench.tasks.info import TaskInfo

EDGES = (0, 2_000, 5_000, 10_000, 20_000, 40_000, 100_000)
"""In bp: between them lie the distances that are taken together."""


def reach_figures(view: RunView) -> Iterator[tuple[str, Figure]]:
    """Draw the share of enhancers' effects that predictions hold, by distance, for each task."""
    for task in view.tasks:
        seen = {row.label: found for row in view.of_task(task) if (found := seen_by(view, row))}
        if not seen:
            continue
        figure, (axis,) = panels(1, 5.6, 3.6)
        sights = {row.label: sight(view, row) for row in view.of_task(task)}
        for place, (label, found) in enumerate(seen.items()):
            _line(axis, view, label, found, 1 + 0.04 * (place - len(seen) / 2))
            axis.axvline(sights[label] / 2, color=style_of(label, view.labels)["color"],
                         linewidth=0.8, linestyle=":")  # fmt: skip
        _frame(axis, marked(view, task))
        legend(figure, list(seen), view.labels)
        yield f"reach-{task}", figure


def sight(view: RunView, row: Row) -> int:
    """Return the bp that a model's predictions depend on, or else what it is shown of an item."""
    shown = row.cell.input_length or view.tasks[row.task].lengths[1]
    known = row.finished[0].cost.receptive_field if row.finished else None
    return known or shown


def seen_by(view: RunView, row: Row) -> list[SeenEffect] | None:
    """Return the share that is seen in each stretch, the mean of all seeds; None without a truth.

    The share is linear in the predictions, so that those of the seeds' mean are the mean shares.
    """
    if not row.finished:
        return None
    cell = row.finished[0].cell
    effects = planted_effects(view.run, view.tasks[row.task], cell)
    if effects is None:
        return None
    seeds = [view.run.predictions(result.cell.cell_id) for result in row.finished]
    mean = np.mean([seed.astype(np.float64) for seed in seeds], axis=0)
    return seen_in(mean, effects, view.run.truth(cell.task_key))


def planted_effects(run: RunFolder, info: TaskInfo, cell: CellSpec) -> NDArray[np.float64] | None:
    """Return what the promoter and the enhancers of each stretch add to test items in truth.

    Args:
        run: the run.
        info: a task of it.
        cell: a cell on that task.

    Returns:
        Shape `(n, targets, 1 + stretches)`; None where genes were not simulated, or the built task
        is no longer there.
    """
    truth = planted_genes(info, Path(cell.task_folder))
    if truth is None:
        return None
    return effects_by_distance(truth, run.truth(cell.task_key).items, EDGES)


def seen_in(
    predictions: FloatArray, effects: NDArray[np.float64], tested: Truth
) -> list[SeenEffect]:
    """Return the share of enhancers' effects in each stretch that predictions `(n, targets)` hold.

    Args:
        predictions: of the test items.
        effects: see `planted_effects`.
        tested: the test items, of which those count that have a target.
    """
    counted = ~np.isnan(tested.targets).all(axis=1)
    if not counted.any():
        nothing = SeenEffect(math.nan, Interval(math.nan, math.nan, "no items"))
        return [nothing] * (effects.shape[2] - 1)
    blocks = tested.blocks[counted].astype(np.intp)
    return seen_effects(predictions[counted].astype(np.float64), effects[counted], blocks)[1:]


def _line(axis: Axes, view: RunView, label: str, found: list[SeenEffect], aside: float) -> None:
    style = style_of(label, view.labels)
    # Geometric means, and half of the first edge for what lies nearest; models stand beside each
    # other so that their intervals can be told apart.
    edges = np.maximum(np.array(EDGES, dtype=float), EDGES[1] / 4)
    middles = np.sqrt(edges[:-1] * edges[1:]) * aside
    shares = np.array([one.share for one in found])
    low = np.array([one.interval.low for one in found])
    high = np.array([one.interval.high for one in found])
    axis.plot(middles, shares, color=style["color"], linestyle=style["linestyle"],
              marker=style["marker"], markersize=4, linewidth=1.2)  # fmt: skip
    axis.vlines(middles, low, high, color=style["color"], linewidth=1.0)


def _frame(axis: Axes, name: str) -> None:
    axis.axhline(0.0, color="#999999", linewidth=0.8)
    axis.axhline(1.0, color="#999999", linewidth=0.8, linestyle="--")
    axis.set_xscale("log")
    axis.set_xticks([500, *EDGES[1:]], ["0.5", *(f"{edge / 1000:g}" for edge in EDGES[1:])])
    axis.minorticks_off()
    axis.set_xlabel("distance of the enhancer from the TSS (kb)")
    axis.set_ylabel("share of the effect that is predicted")
    axis.set_title(f"{name}; dotted: where a model's receptive field ends", loc="left")

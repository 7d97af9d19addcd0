"""The figures of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.metrics.curves import Curve, precision_recall_curve, roc_curve
from bench.report.across_tasks import critical_difference_figures
from bench.report.fronts import front_figures
from bench.report.learning import learning_figures
from bench.report.marks import marked
from bench.report.reach import reach_figures
from bench.report.style import SETTINGS, folded, legend, pages, panels, style_of
from bench.report.view import Row, RunView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bench.interface.arrays import FloatArray

LABEL_LETTERS = 34
"""Letters in a line of a label beside a panel."""
GRID = np.linspace(0.0, 1.0, 201)
"""Points at which curves of several targets are averaged."""


def draw_all(view: RunView) -> Iterator[tuple[str, Figure]]:
    """Draw every figure of a run with its file name, without ending."""
    import matplotlib as mpl

    with mpl.rc_context(SETTINGS):
        yield from score_figures(view)
        yield from critical_difference_figures(view)
        yield from front_figures(view)
        yield from curve_figures(view)
        yield from learning_figures(view)
        yield from reach_figures(view)


def score_figures(view: RunView) -> Iterator[tuple[str, Figure]]:
    """Draw the main metric with its interval, one panel for each task."""
    for suffix, tasks in pages(list(view.tasks)):
        tallest = max(_lines(view, task) for task in tasks)
        figure, axes = panels(len(tasks), 4.8, 0.9 + 0.24 * tallest)
        for axis, task in zip(axes, tasks, strict=True):
            _scores(axis, view, task)
        yield f"scores{suffix}", figure


def curve_figures(view: RunView) -> Iterator[tuple[str, Figure]]:
    """Draw ROC and precision-recall curves, one figure for each task of classification."""
    for task, info in view.tasks.items():
        rows = [row for row in view.of_task(task) if _is_drawn(view, row)]
        if "auroc" not in info.metrics or not rows:
            continue
        figure, (roc, recall) = panels(2, 3.6, 3.4)
        _curves(roc, recall, view, task, rows)
        legend(figure, [row.label for row in rows], view.labels, markers=False)
        yield f"curves-{task}", figure


def _lines(view: RunView, task: str) -> float:
    """Return how many rows of a usual height the labels of a task take."""
    return sum(1 + 0.5 * folded(row.label, LABEL_LETTERS).count("\n") for row in view.of_task(task))


def _scores(axis: Axes, view: RunView, task: str) -> None:
    info = view.tasks[task]
    main = info.metrics[0]
    card = view.metrics.get(main)
    rows = view.of_task(task)[::-1]
    for place, row in enumerate(rows):
        score = row.metric(main)
        if score is None or score.value is None:
            why = "undefined" if row.finished else row.status.partition(":")[0]
            axis.text(0.02, place, why, va="center", color="#666666",
                      transform=axis.get_yaxis_transform(), fontsize=7)  # fmt: skip
            continue
        style = style_of(row.label, view.labels)
        if score.low is not None and score.high is not None:
            axis.plot([score.low, score.high], [place, place], color=style["color"], linewidth=1.6)
        axis.plot(score.value, place, marker=style["marker"], color=style["color"], markersize=5)
    axis.set_yticks(
        range(len(rows)), [folded(row.label, LABEL_LETTERS) for row in rows], fontsize=7
    )
    axis.set_ylim(-0.6, len(rows) - 0.4)
    if card is not None and card.chance is not None:
        axis.axvline(card.chance, color="#999999", linewidth=0.8, linestyle=":")
    axis.set_xlabel(f"{card.title if card else main}, 95 % interval")
    axis.set_title(marked(view, task), loc="left")


def _is_drawn(view: RunView, row: Row) -> bool:
    """Whether the first seed's predictions are there: a run may be kept without them."""
    return bool(row.finished) and view.run.has_predictions(row.finished[0].cell.cell_id)


def _curves(roc: Axes, recall: Axes, view: RunView, task: str, rows: Sequence[Row]) -> None:
    info = view.tasks[task]
    several = len(info.target_names) > 1
    for row in rows:
        first = row.finished[0].cell
        truth = view.run.truth(first.task_key)
        predictions = view.run.predictions(first.cell_id)
        style = style_of(row.label, view.labels)
        for axis, curve in ((roc, roc_curve), (recall, precision_recall_curve)):
            at, height = mean_curve(curve, predictions, truth.targets)
            axis.plot(at, height, color=style["color"], linestyle=style["linestyle"], linewidth=1.3)
    roc.plot([0, 1], [0, 1], color="#999999", linewidth=0.8, linestyle=":")
    if shares := view.scored[task].prevalence:
        recall.axhline(float(np.mean(shares)), color="#999999", linewidth=0.8, linestyle=":")
    what = ", mean over targets" if several else ""
    for axis, x, y in ((roc, "false positive rate", "true positive rate"),
                       (recall, "recall", "precision")):  # fmt: skip
        axis.set_xlabel(x)
        axis.set_ylabel(y)
        axis.set_xlim(-0.01, 1.01)
        axis.set_ylim(-0.01, 1.02)
        axis.set_title(f"{marked(view, task)}{what}", loc="left")


def mean_curve(
    curve_of: Callable[[FloatArray, FloatArray], Curve], predictions: FloatArray, truth: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Curve of one target, or the mean over targets at the points of `GRID`; `(x, y)`."""
    curves = []
    for column in _scored(truth):
        known = ~np.isnan(truth[:, column])
        curves.append(curve_of(predictions[known, column], truth[known, column]))
    if not curves:
        return GRID, np.full(len(GRID), np.nan)
    if len(curves) == 1:
        return curves[0].x, curves[0].y
    return GRID, np.mean([np.interp(GRID, curve.x, curve.y) for curve in curves], axis=0)


def _scored(truth: FloatArray) -> list[int]:
    """Columns that hold both classes."""
    return [
        column
        for column in range(truth.shape[1])
        if len(np.unique(truth[~np.isnan(truth[:, column]), column])) > 1
    ]

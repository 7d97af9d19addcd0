"""Figures of score against cost, with the front of what none beats in both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.report.budget import COST_KINDS, CostKind, costs_of
from bench.report.marks import marked
from bench.report.pareto import pareto_front
from bench.report.style import legend, pages, panels, style_of
from bench.report.view import RunView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_SECONDS = 1e-3
"""Stands for everything that is too fast to measure."""


def front_figures(view: RunView) -> Iterator[tuple[str, Figure]]:
    """Draw the main metric against each cost, one panel for each task with two rows or more."""
    for kind in COST_KINDS:
        tasks = [task for task in view.tasks if len(costs_of(view, task, kind)) > 1]
        if not tasks:
            continue
        for suffix, some in pages(tasks):
            figure, axes = panels(len(some), 3.8, 2.8)
            for axis, task in zip(axes, some, strict=True):
                _front(axis, view, task, kind)
            shown = {row.label for task in some for row, _ in costs_of(view, task, kind)}
            labels = [label for label in view.labels if label in shown]
            legend(figure, labels, view.labels, lines=False)
            yield f"pareto-{kind.name}{suffix}", figure


def _front(axis: Axes, view: RunView, task: str, kind: CostKind) -> None:
    metric = view.main_metric(task)
    card = view.metrics.get(metric)
    points = []
    for row, cost in costs_of(view, task, kind):
        score = row.metric(metric)
        if score is None or score.value is None:
            continue
        at = max(cost, LEAST_SECONDS)
        style = style_of(row.label, view.labels)
        if score.low is not None and score.high is not None:
            axis.plot([at, at], [score.low, score.high], color=style["color"], linewidth=1.2)
        axis.plot(at, score.value, marker=style["marker"], color=style["color"], markersize=6)
        points.append((at, score.value))
    front = pareto_front(points, higher_is_better=view.higher_is_better(metric))
    furthest = max(cost for cost, _ in points)
    front.append((furthest, front[-1][1]))
    axis.step([cost for cost, _ in front], [score for _, score in front], where="post",
              color="#777777", linewidth=1.0, zorder=0)  # fmt: skip
    axis.set_xscale("log")
    _ticks(axis, kind)
    axis.set_xlabel(kind.title)
    axis.set_ylabel(f"{card.title if card else metric}, 95 % interval", fontsize=8)
    axis.set_title(marked(view, task), loc="left")


def _ticks(axis: Axes, kind: CostKind) -> None:
    """Name decades and, of counts, parts of them, since all may lie in one."""
    from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

    axis.xaxis.set_minor_formatter(NullFormatter())
    if kind.name != "seconds":
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))

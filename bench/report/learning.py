"""How networks learnt: the score of the validation items along the training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.report.marks import marked
from bench.report.style import legend, pages, panels, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bench.report.view import Row, RunView

Points = list[dict[str, float | None]]


def learning_figures(view: RunView) -> Iterator[tuple[str, Figure]]:
    """Draw scores against updates, one panel for each task on which a network was trained."""
    curves = {
        task: [(row, points) for row in view.of_task(task) for points in _curves(view, row)]
        for task in view.tasks
    }
    trained = [task for task, found in curves.items() if found]
    if not trained:
        return
    for suffix, tasks in pages(trained):
        figure, axes = panels(len(tasks), 3.8, 2.8)
        for axis, task in zip(axes, tasks, strict=True):
            _panel(axis, view, task, curves[task])
        shown = dict.fromkeys(row.label for task in tasks for row, _ in curves[task])
        legend(figure, list(shown), view.labels)
        yield f"learning{suffix}", figure


def _curves(view: RunView, row: Row) -> Iterator[Points]:
    """Yield the curve of each seed of a row."""
    for result in row.finished:
        points = view.run.learning_curve(result.cell.cell_id)
        if points:
            yield points


def _panel(axis: Axes, view: RunView, task: str, curves: list[tuple[Row, Points]]) -> None:
    main = view.tasks[task].metrics[0]
    card = view.metrics.get(main)
    for row, points in curves:
        style = style_of(row.label, view.labels)
        known = [point for point in points if (point["score"] or 0.0) > -1e29]
        steps = [float(point["step"] or 0) for point in known]
        scores = [float(point["score"] or 0) for point in known]
        axis.plot(steps, scores, color=style["color"], linestyle=style["linestyle"], linewidth=1.2)
        if scores:
            best = max(range(len(scores)), key=scores.__getitem__)
            axis.plot(steps[best], scores[best], color=style["color"], marker=style["marker"],
                      markersize=4)  # fmt: skip
    axis.set_xlabel("updates of the weights")
    axis.set_ylabel(f"{card.title if card else main}, validation items")
    axis.set_title(marked(view, task), loc="left")

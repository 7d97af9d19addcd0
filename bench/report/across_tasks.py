"""The models of a run over all tasks: average ranks and their critical difference, as a figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.metrics.critical_difference import (
    average_ranks,
    critical_difference,
    friedman_p,
    joined,
)
from bench.report.marks import leaky_among
from bench.report.shared import block_with_scores
from bench.report.style import COLOURS, folded, new_figure
from bench.report.view import RunView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_TASKS, LEAST_MODELS = 3, 3
ROW_INCHES = 0.26
LETTERS = 46
"""Of a label, in one line beside the axis."""
NOTE_LETTERS = 100
"""In a line below the axis."""


@dataclass(frozen=True, slots=True)
class AcrossTasks:
    """Average ranks of models over tasks, the best first, and what they must differ by."""

    labels: tuple[str, ...]
    ranks: tuple[float, ...]
    tasks: tuple[str, ...]
    datasets: int
    difference: float
    friedman: float
    of_audits: str = ""
    """Which of the tasks fail their audit, in words."""

    @property
    def groups(self) -> list[tuple[int, int]]:
        """First and last place of the models that cannot be told apart."""
        return joined(self.ranks, self.difference)

    @property
    def note(self) -> str:
        """Say what the figure shows and what it rests on."""
        p = "< 0.0001" if self.friedman < 0.0001 else f"= {self.friedman:.4f}"
        sources = "1 dataset" if self.datasets == 1 else f"{self.datasets} datasets"
        tasks = len(self.tasks)
        return (
            f"Average rank of the main metric over {tasks} tasks on which all of these "
            f"{len(self.labels)} models have a score, 1 being best; bars join models that "
            f"Nemenyi's test cannot tell apart at 5 % (critical difference {self.difference:.2f}; "
            f"Friedman's test of all: P {p}). Tasks of one genome or dataset are not independent "
            f"({tasks} tasks of {sources} here), so that more pairs may be "
            f"alike than the bars say. {self.of_audits}"
        ).strip()


def across_tasks(view: RunView) -> AcrossTasks | str:
    """Rank models over tasks that all of them have a score on, or say why that is not done.

    Ranks are those of the scores themselves, as the test asks for; a leaderboard's are shared by
    models that cannot be told apart on a task.
    """
    shared = block_with_scores(view, LEAST_MODELS, LEAST_TASKS)
    tasks, labels = shared.tasks, shared.labels
    if not labels:
        most = block_with_scores(view)
        return (
            f"No average ranks: {LEAST_MODELS} models on {LEAST_TASKS} tasks are the least to "
            f"compare; the most scores without a gap are those of {len(most.labels)} models on "
            f"{len(most.tasks)} of {len(view.tasks)} tasks."
        )
    ranks = average_ranks(np.array([_scores(view, task, labels) for task in tasks]))
    order = np.argsort(ranks, kind="stable")
    return AcrossTasks(
        labels=tuple(labels[place] for place in order),
        ranks=tuple(float(ranks[place]) for place in order),
        tasks=tasks,
        datasets=len({view.tasks[task].dataset for task in tasks}),
        difference=critical_difference(len(labels), len(tasks)),
        friedman=friedman_p(ranks, len(tasks)),
        of_audits=leaky_among(view, tasks),
    )


def _scores(view: RunView, task: str, labels: Sequence[str]) -> list[float]:
    """Scores on a task, turned so that higher is better."""
    metric = view.main_metric(task)
    sign = 1.0 if view.higher_is_better(metric) else -1.0
    values = {row.label: row.value(metric) or 0.0 for row in view.of_task(task)}
    return [sign * values[label] for label in labels]


def critical_difference_figures(view: RunView) -> Iterator[tuple[str, Figure]]:
    """Draw the average ranks, if there are enough models and tasks."""
    found = across_tasks(view)
    if not isinstance(found, str):
        yield "critical-difference", draw_ranks(found)


def draw_ranks(found: AcrossTasks) -> Figure:
    """Draw models along an axis of average ranks, labels to both sides, bars over groups."""
    half = -(-len(found.labels) // 2)
    depth = len(found.groups)
    figure = new_figure(8.4, 0.9 + ROW_INCHES * (half + 0.6 * depth + 1))
    axis = figure.subplots()
    models = len(found.labels)
    top = 0.6 * depth + 0.9
    for place, (label, rank) in enumerate(zip(found.labels, found.ranks, strict=True)):
        left = place < half
        row = top + (place if left else models - 1 - place)
        _model(axis, label, rank, row, models, left=left)
    for number, (first, last) in enumerate(found.groups):
        height = 0.55 + 0.6 * number
        axis.plot([found.ranks[first] - 0.03, found.ranks[last] + 0.03], [height, height],
                  color=COLOURS[3], linewidth=3.2, solid_capstyle="butt")  # fmt: skip
    _ruler(axis, found.difference)
    _frame(axis, models, top + half)
    axis.set_xlabel(
        f"average rank over {len(found.tasks)} tasks (1 is best); bars: not told apart, "
        f"Nemenyi's test at 5 %\n{folded(found.of_audits, NOTE_LETTERS)}".rstrip()
    )
    return figure


def _model(axis: Axes, label: str, rank: float, row: float, models: int, *, left: bool) -> None:
    side = 0.9 if left else models + 0.1
    axis.plot([rank, rank, side], [0, row, row], color="#555555", linewidth=0.8)
    axis.plot(rank, 0, marker="o", markersize=4, color=COLOURS[0], clip_on=False)
    short = label if len(label) <= LETTERS else f"{label[: LETTERS - 1]}…"
    words = f"{short}  {rank:.2f}" if left else f"{rank:.2f}  {short}"
    axis.annotate(words, (side, row), xytext=(-4 if left else 4, 0), textcoords="offset points",
                  ha="right" if left else "left", va="center", fontsize=8)  # fmt: skip


def _ruler(axis: Axes, difference: float) -> None:
    """Show how long the critical difference is, above the axis."""
    axis.plot([1, 1 + difference], [-1.0, -1.0], color="black", linewidth=1.2, marker="|")
    told = f"critical difference {difference:.2f}"
    axis.annotate(told, (1 + difference / 2, -1.0), xytext=(0, 4),
                  textcoords="offset points", ha="center", fontsize=8)  # fmt: skip


def _frame(axis: Axes, models: int, bottom: float) -> None:
    from matplotlib.ticker import MaxNLocator

    axis.set_xlim(0.9, models + 0.1)
    axis.set_ylim(bottom, -1.6)
    axis.spines["bottom"].set_visible(False)
    axis.spines["left"].set_visible(False)
    axis.spines["top"].set_visible(True)
    axis.spines["top"].set_position(("data", 0))
    axis.xaxis.set_ticks_position("top")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_yticks([])

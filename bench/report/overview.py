"""The overview: all models on all tasks, by their mean rank."""

from __future__ import annotations

import statistics

from bench.report.leaderboard import (
    MISSING,
    decimals,
    metric_head,
)
from bench.report.marks import leaky_among, mark_notes, marks
from bench.report.shared import block_with_ranks, block_with_scores, mean_ranks
from bench.report.table import Table
from bench.report.view import RunView

EXPLAINED = (
    "The main metric of each task, and in brackets the rank: 1 + the number of models that are "
    "significantly better, themselves or by way of others. N/A: no score, or no rank on a task "
    "that counts; where the model was tried, the reason stands in the table of the task."
)


def overview(view: RunView) -> Table:
    """Main metric and rank of every model on every task; models by their mean rank."""
    tasks = list(view.tasks)
    found = {(row.label, row.task): row.value(view.main_metric(row.task)) for row in view.rows}
    ranks = mean_ranks(view)
    rows = tuple(
        (label, f"{ranks[label]:.2f}" if label in ranks else MISSING,
         *(_short(found.get((label, task)), view.rank(label, task)) for task in tasks))
        for label in _in_order(view, ranks)
    )  # fmt: skip
    columns = ("model", "mean rank", *(_task_head(view, task) for task in tasks))
    notes = [EXPLAINED, _order_note(view).strip()]
    if view.unfinished:
        notes.append(
            f"This run is not finished: {view.unfinished} of {view.planned} cells have no result."
        )
    notes += mark_notes(view, tasks)
    if view.stale:
        notes.append(f"{view.stale} cells of earlier versions of a task are not shown.")
    return Table("overview", "All models on all tasks", columns, rows, tuple(notes))


def _in_order(view: RunView, ranks: dict[str, float]) -> list[str]:
    """Models by mean rank, then by their mean place; those without either last, as they ran."""
    shared = block_with_ranks(view) if ranks else block_with_scores(view)
    places: dict[str, list[int]] = {label: [] for label in shared.labels}
    for task in shared.tasks:
        rows = [row for row in view.of_task(task) if row.label in places]
        for number, row in enumerate(rows, start=1):
            places[row.label].append(number)

    def place(label: str) -> tuple[bool, float, float, str]:
        if label not in places:
            return True, 0.0, 0.0, ""
        return False, ranks.get(label, 0.0), statistics.fmean(places[label]), label

    return sorted(view.labels, key=place)


def _order_note(view: RunView) -> str:
    ranked = block_with_ranks(view)
    if ranked.tasks:
        return (
            f"Mean rank over the {len(ranked.tasks)} tasks on which {len(ranked.labels)} of "
            f"{len(view.labels)} models all have a rank; rows by it, then by mean place. "
            f"{leaky_among(view, ranked.tasks)}"
        )
    shared = block_with_scores(view)
    if shared.tasks:
        return (
            f"No mean rank, as rows were not compared. Rows by mean place on the "
            f"{len(shared.tasks)} tasks on which {len(shared.labels)} of {len(view.labels)} models "
            f"all have a score. {leaky_among(view, shared.tasks)}"
        )
    return "No mean rank, and rows as they ran: no two models have a score on the same task."


def _short(value: float | None, rank: int | None) -> str:
    return decimals(value) if rank is None or value is None else f"{value:.3f} ({rank})"


def _task_head(view: RunView, task: str) -> str:
    main = metric_head(view, view.main_metric(task))
    return f"{task} ({main}){marks(view, task)}"

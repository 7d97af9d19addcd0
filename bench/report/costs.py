"""What models cost: a table apart from the leaderboards, since no two runs cost the same."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from bench.report.leaderboard import MISSING
from bench.report.table import Table
from bench.report.view import Row, RunView
from bench.run.result import Cost, Result

NOTE = (
    "Means over seeds. Fit and predict seconds are wall time of a cell with the threads shown, "
    "while as many cells as workers ran side by side; for timings to compare, use one worker."
)


def cost_table(view: RunView) -> Table:
    """Seconds and memory of every row."""
    rows = tuple(_words(row) for task in view.tasks for row in view.of_task(task) if row.finished)
    columns = ("model", "task", "fit (s)", "predict (s)", "peak memory (MB)", "threads", "workers")
    return Table("costs", "Costs", columns, rows, (NOTE,))


def mean_cost(row: Row, of: Callable[[Cost], float | None]) -> float | None:
    """Mean of one cost over seeds; None where it was not measured."""
    values = [value for result in row.finished if (value := of(result.cost)) is not None]
    return statistics.fmean(values) if values else None


def training_cost(view: RunView, row: Row, of: Callable[[Cost], float | None]) -> float | None:
    """Mean over seeds of what a row took to train, with the models that it stands on.

    None where a part of it was not measured.
    """
    values = [_with_those_below(view, result, of) for result in row.finished]
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known and len(known) == len(values) else None


def _with_those_below(
    view: RunView, result: Result, of: Callable[[Cost], float | None]
) -> float | None:
    total = of(result.cost)
    if total is None and result.cell.alleles is not None:
        # Alleles are scored by a fitted model: nothing is trained.
        total = 0.0
    for cell_id in result.cell.upstream.values():
        below = view.run.result(cell_id)
        cost = None if below is None else _with_those_below(view, below, of)
        if total is None or cost is None:
            return None
        total += cost
    return total


def _words(row: Row) -> tuple[str, ...]:
    where = row.finished[0].provenance
    memory = mean_cost(row, lambda cost: cost.peak_memory_bytes)
    return (
        row.label,
        row.task,
        _seconds(mean_cost(row, lambda cost: cost.fit_seconds)),
        _seconds(mean_cost(row, lambda cost: cost.predict_seconds)),
        MISSING if memory is None else f"{memory / 1e6:.0f}",
        str(where.threads) if where else MISSING,
        str(where.workers) if where else MISSING,
    )


def _seconds(value: float | None) -> str:
    return MISSING if value is None else f"{value:.2f}"

"""Compares models of a run on one task, item by item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

from bench.interface.errors import BenchError
from bench.interface.hooks import MetricCard
from bench.interface.names import nearest
from bench.registry.registry import Registry
from bench.run.draws import Scorer
from bench.run.pairs import Comparison, Contender, compare_pairs
from bench.run.result import CellSpec, Result, Status
from bench.run.row_name import RowName, cells_named, row_label, row_labels
from bench.run.store import RunFolder


def compare(
    run: RunFolder,
    registry: Registry,
    models: Sequence[str],
    against: str | None,
    task: str,
    margin: float | None = None,
    threads: int = 1,
) -> list[Comparison]:
    """Compare rows, each named as `RowName.parse` reads, on all metrics of a task.

    The mean over seeds is compared; all models are scored on the same draws of blocks. The
    correction for the number of pairs is made for each metric by itself.

    Args:
        run: the run.
        registry: knows which models depend on the seed, and which way metrics are better.
        models: the rows; none stands for all rows of the task.
        against: the row that they are compared with; None: all pairs of `models` are compared.
        task: a task of the run.
        margin: differences below it do not matter; in units of each metric.
        threads: to compute with.

    Raises:
        BenchError: no such task or model, a name that several rows of the run fit, or a single row.
    """
    finished = _finished(run, task)
    rows = _rows(finished, models)
    base = [] if against is None else [_cells(finished, against)]
    contenders = [_contender(cells, finished, registry) for cells in (*rows, *base)]
    if against is None:
        pairs = list(combinations(range(len(rows)), 2))
    else:
        pairs = [(place, len(rows)) for place in range(len(rows))]
    if not pairs:
        raise BenchError(f"one row of {task}, {contenders[0].label!r}: expected two to compare")
    better = _higher_is_better(registry)
    first = contenders[-1].results[0].cell
    return [
        one
        for metric, target in first.metrics.items()
        for one in compare_pairs(
            run, contenders, pairs, Scorer.of(metric, target), higher_is_better=better(metric),
            margin=margin, threads=threads,
        )
    ]  # fmt: skip


def uses_seed(cell: CellSpec, registry: Registry) -> bool:
    """Whether a model's result depends on the seed; one whose plugin is not loaded may."""
    cards = {entry.name: entry.value for entry in registry.models}
    card = cards.get(cell.model)
    return card is None or card.uses_seed


def _higher_is_better(registry: Registry) -> Callable[[str], bool]:
    cards: Mapping[str, MetricCard] = {entry.name: entry.value for entry in registry.metrics}

    def better(metric: str) -> bool:
        card = cards.get(metric)
        return card is None or card.higher_is_better

    return better


def _finished(run: RunFolder, task: str) -> list[Result]:
    known = run.index().tasks
    if task not in known:
        raise BenchError(f"no task {task!r} in this run; {nearest(task, list(known))}")
    found = [
        result
        for result in run.results()
        if result.status is Status.OK and result.cell.task_key == known[task]
    ]
    if not found:
        raise BenchError(f"no finished cell on {task} in this run")
    return found


def _rows(finished: Sequence[Result], models: Sequence[str]) -> list[list[Result]]:
    if models:
        return [_cells(finished, model) for model in models]
    rows: dict[str, list[Result]] = {}
    for result in finished:
        rows.setdefault(result.cell.configuration, []).append(result)
    return list(rows.values())


def _contender(
    cells: Sequence[Result], finished: Sequence[Result], registry: Registry
) -> Contender:
    cell = cells[0].cell
    return Contender(row_label(cell, finished), tuple(cells), uses_seed(cell, registry))


def _cells(finished: Sequence[Result], text: str) -> list[Result]:
    """Return the finished cells of a row, one for each seed."""
    fitting = cells_named(finished, text)
    if len({result.cell.configuration for result in fitting}) != 1:
        every = [one for one in finished if one.cell.model == RowName.parse(text).model]
        rows = ", ".join(repr(label) for label in row_labels(fitting or every))
        raise BenchError(f"{text!r} stands for {_count(fitting)} rows; expected one of {rows}")
    return fitting


def _count(results: Sequence[Result]) -> int:
    return len({result.cell.configuration for result in results})

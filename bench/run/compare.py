"""Compares models of a run on one task, item by item."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from bench.interface.errors import BenchError
from bench.interface.names import nearest
from bench.metrics.paired import MeanOfSeeds, difference, mean_of_seeds
from bench.run.result import Result, Status
from bench.run.row_name import RowName, cells_named, row_label, row_labels
from bench.run.scoring import DRAWS, SEED, load_metric, number_or_none
from bench.run.store import RunFolder


class Comparison(BaseModel):
    """One model against another on one metric of a task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    metric: str
    model: str = Field(description="name:preset, and what tells the row from others of it")
    against: str = Field(description="name:preset, and what tells the row from others of it")
    difference: float | None = Field(description="score of `model` less that of `against`")
    low: float | None = Field(description="lower end of the 95 % interval of the difference")
    high: float | None
    seeds: tuple[int, int] = Field(description="number of seeds of either")
    blocks: int = Field(description="blocks that were resampled")
    note: str = ""


def compare(
    run: RunFolder, models: Sequence[str], against: str, task: str, threads: int = 1
) -> list[Comparison]:
    """Compare rows, each named as `RowName.parse` reads, with another on all metrics of a task.

    The mean over seeds is compared; all models are scored on the same draws of blocks.

    Raises:
        BenchError: no such task or model, or a name that several rows of the run fit.
    """
    known = run.index().tasks
    if task not in known:
        raise BenchError(f"no task {task!r} in this run; {nearest(task, list(known))}")
    finished = [
        result
        for result in run.results()
        if result.status is Status.OK and result.cell.task_key == known[task]
    ]
    others = [_cells(finished, model) for model in models]
    base = _cells(finished, against)
    comparisons = []
    for metric, target in base[0].cell.metrics.items():
        theirs = _scored(run, base, target, threads)
        for cells in others:
            found = difference(_scored(run, cells, target, threads), theirs)
            comparisons.append(
                Comparison(
                    task=task,
                    metric=metric,
                    model=row_label(cells[0].cell, finished),
                    against=row_label(base[0].cell, finished),
                    difference=number_or_none(found.value),
                    low=number_or_none(found.low),
                    high=number_or_none(found.high),
                    seeds=(len(cells), len(base)),
                    blocks=found.blocks,
                    note=found.note,
                )
            )
    return comparisons


def _scored(run: RunFolder, cells: Sequence[Result], metric: str, threads: int) -> MeanOfSeeds:
    truth = run.truth(cells[0].cell.task_key)
    predictions = [run.predictions(result.cell.cell_id) for result in cells]
    return mean_of_seeds(
        load_metric(metric), predictions, truth.targets, truth.blocks, DRAWS, SEED, threads
    )


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

"""Scores that are brought up to date from stored predictions, without the models."""

from __future__ import annotations

from collections.abc import Mapping

from bench.registry.registry import Registry
from bench.run.code_hash import metric_code_hash
from bench.run.result import CellSpec, Result, Status
from bench.run.scoring import score_cell
from bench.run.store import RunFolder, write_json
from bench.tasks.info import TaskInfo


def metrics_of(task: TaskInfo, registry: Registry) -> dict[str, dict[str, str]]:
    """Fields of a cell's specification that say which metrics it gets, and by which code.

    Raises:
        BenchError: an unknown metric.
    """
    targets = {name: registry.metrics[name].target for name in task.metrics}
    codes = {name: metric_code_hash(target) for name, target in targets.items()}
    return {"metrics": targets, "metric_code": codes}


def rescore(run: RunFolder, registry: Registry, threads: int) -> int:
    """Score again every cell whose metrics or their code differ from what its task asks for now.

    Args:
        run: the run; only cells of the current version of a task are looked at.
        registry: knows the metrics.
        threads: to score with.

    Returns:
        Number of cells that got new scores.

    Raises:
        BenchError: an unknown metric, or one that fails on stored predictions.
    """
    index = run.index()
    wanted = {key: metrics_of(run.task(key), registry) for key in sorted(set(index.tasks.values()))}
    stale = [
        result
        for result in run.results()
        if result.status is Status.OK
        and result.cell.task_key in wanted
        and not _is_current(run, result, wanted[result.cell.task_key])
    ]
    for result in stale:
        _score_again(run, result, wanted[result.cell.task_key], threads)
    return len(stale)


def _is_current(run: RunFolder, result: Result, wanted: Mapping[str, Mapping[str, str]]) -> bool:
    left_out = run.left_out_hash(result.cell.task_key)
    return [metric.metric for metric in result.metrics] == list(wanted["metrics"]) and all(
        metric.code == wanted["metric_code"][metric.metric] and metric.left_out == left_out
        for metric in result.metrics
    )


def _score_again(
    run: RunFolder, result: Result, wanted: Mapping[str, Mapping[str, str]], threads: int
) -> None:
    cell: CellSpec = result.cell.model_copy(update=dict(wanted))
    metrics = score_cell(run, cell.model_copy(update={"threads": threads}))
    updated = result.model_copy(update={"cell": cell, "metrics": metrics})
    write_json(run.cell(cell.cell_id) / "result.json", updated)

"""The same numbers as CSV, for programs: one line for each row and metric, and for each target."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from itertools import pairwise

from bench.report.reach import EDGES, seen_by, sight
from bench.report.view import Row, RunView

LEADERBOARD = (
    "task", "kind", "label", "model", "preset", "settings", "device", "precision",
    "budget_seconds", "budget_steps", "metric", "value", "low", "high", "seeds", "seed_sd",
    "status", "test_items", "blocks", "few_blocks", "targets_defined", "targets_degenerate",
    "prevalence", "dataset_hash", "split_hash", "rank", "audit", "left_out",
)  # fmt: skip
TARGETS = (
    "task", "label", "model", "preset", "seed", "metric", "target", "value", "low", "high",
    "items", "prevalence", "note",
)  # fmt: skip
REACH = (
    "task", "label", "receptive_field", "nearest", "furthest", "share", "low", "high", "seeds",
)  # fmt: skip
COSTS = (
    "task", "label", "seed", "status", "fit_seconds", "predict_seconds", "wall_seconds",
    "cpu_seconds", "peak_memory_bytes", "parameters", "receptive_field", "threads", "workers",
    "cores", "cpu", "gpu", "machine",
)  # fmt: skip


def leaderboard_csv(view: RunView) -> str:
    """One line for each row and metric."""
    return as_csv(
        LEADERBOARD, (line for row in view.rows for line in _leaderboard_lines(view, row))
    )


def targets_csv(view: RunView) -> str:
    """One line for each seed, metric and target."""
    return as_csv(TARGETS, (line for row in view.rows for line in _target_lines(row)))


def costs_csv(view: RunView) -> str:
    """One line for each cell: what it cost and where."""
    return as_csv(COSTS, (line for row in view.rows for line in _cost_lines(row)))


def reach_csv(view: RunView) -> str | None:
    """One line for each row and stretch of distances; None where no truth is known."""
    lines = [line for task in view.tasks for row in view.of_task(task)
             for line in _reach_lines(view, row)]  # fmt: skip
    return as_csv(REACH, lines) if lines else None


def _reach_lines(view: RunView, row: Row) -> Iterable[Sequence[object]]:
    found = seen_by(view, row)
    if found is None:
        return
    for (low, high), seen in zip(pairwise(EDGES), found, strict=True):
        yield (
            row.task, row.label, sight(view, row), low, high, seen.share, seen.interval.low,
            seen.interval.high, len(row.finished),
        )  # fmt: skip


def _leaderboard_lines(view: RunView, row: Row) -> Iterable[Sequence[object]]:
    info = view.tasks[row.task]
    cell = row.cell
    scored = view.scored[row.task]
    shares = scored.prevalence
    certificate = view.run.certificate(info.key)
    for name in info.metrics:
        score = row.metric(name)
        numbers = (
            (score.value, score.low, score.high, score.seeds, score.seed_sd)
            if score is not None
            else (None, None, None, 0, None)
        )
        counts = (
            (score.targets_defined, score.targets_degenerate) if score is not None else (None, None)
        )
        yield (
            row.task, info.kind, row.label, cell.model, cell.preset,
            json.dumps(cell.settings, sort_keys=True), cell.device, cell.precision,
            cell.budget_seconds, cell.budget_steps, name, *numbers, row.status,
            scored.items, scored.blocks, scored.few_blocks, *counts,
            sum(shares) / len(shares) if shares else None, info.dataset_hash, info.split_hash,
            view.rank(row.label, row.task) if name == view.main_metric(row.task) else None,
            None if certificate is None else certificate.verdict,
            scored.left_out,
        )  # fmt: skip


def _target_lines(row: Row) -> Iterable[Sequence[object]]:
    for result in row.finished:
        cell = result.cell
        for metric in result.metrics:
            for score in metric.targets:
                yield (
                    row.task, row.label, cell.model, cell.preset, cell.seed, metric.metric,
                    score.target, score.value, score.low, score.high, score.items,
                    score.prevalence, score.note,
                )  # fmt: skip


def _cost_lines(row: Row) -> Iterable[Sequence[object]]:
    for result in row.results:
        cost, where = result.cost, result.provenance
        yield (
            row.task, row.label, result.cell.seed, result.status, cost.fit_seconds,
            cost.predict_seconds, cost.wall_seconds, cost.cpu_seconds, cost.peak_memory_bytes,
            cost.parameters, cost.receptive_field,
            *((where.threads, where.workers, where.cores, where.cpu, where.gpu, where.machine)
              if where else (None,) * 6),
        )  # fmt: skip


def as_csv(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Return lines below a line of names; numbers have six digits."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for line in lines:
        writer.writerow([f"{word:.6g}" if isinstance(word, float) else word for word in line])
    return stream.getvalue()

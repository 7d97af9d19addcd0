"""A run as the report sees it: rows of the leaderboard, aggregated over seeds."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from bench.interface.card import ModelCard
from bench.interface.errors import BenchError
from bench.interface.hooks import MetricCard
from bench.registry.registry import Registry
from bench.report.scored import ScoredItems, scored_items
from bench.run.result import CellSpec, MetricResult, Result, Status
from bench.run.store import RunFolder
from bench.run.suite import SuiteModel
from bench.run.usual_scoring import scoring_of
from bench.tasks.info import TaskInfo

if TYPE_CHECKING:
    from bench.report.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One metric of a row.

    `value` is the mean over seeds, `low` and `high` the mean ends of the 95 % intervals, which
    tell sampling variance; `seed_sd` is the standard deviation over seeds, None for one seed.
    """

    value: float | None
    low: float | None
    high: float | None
    seed_sd: float | None
    seeds: int
    few_blocks: bool
    targets_defined: int
    targets_degenerate: int


@dataclass(frozen=True)
class Row:
    """One row of a leaderboard: one model as configured, on one task, over all its seeds."""

    label: str
    task: str
    results: tuple[Result, ...]

    @cached_property
    def finished(self) -> tuple[Result, ...]:
        """Results of the seeds that ended well."""
        return tuple(result for result in self.results if result.status is Status.OK)

    @property
    def cell(self) -> CellSpec:
        """What was asked for, of the first seed."""
        return self.results[0].cell

    @property
    def status(self) -> str:
        """Say "ok", or what happened to the seeds that did not end well."""
        bad = [result for result in self.results if result.status is not Status.OK]
        if not bad:
            return "ok"
        told = f"{bad[0].status}: {bad[0].reason}"
        if not self.finished:
            return told
        return f"{len(bad)} of {len(self.results)} seeds {told}"

    def metric(self, name: str) -> Aggregate | None:
        """Aggregate a metric over seeds; None where no seed has it."""
        scored = [
            metric for result in self.finished for metric in result.metrics if metric.metric == name
        ]
        return _aggregate(scored) if scored else None

    def value(self, name: str) -> float | None:
        """Return the mean of a metric over seeds; None where a seed has no score."""
        score = self.metric(name)
        return None if score is None else score.value


@dataclass(frozen=True)
class RunView:
    """All that a section of the report may show.

    `rows` stand in the order of tasks and of first appearance. `stale` counts cells of an earlier
    version of a task, which are not shown. `unfinished` of the `planned` cells have not ended.
    `figures` maps names onto SVG. `rankings` are by task; none where rows were not compared.
    """

    run: RunFolder
    suite: str
    tasks: Mapping[str, TaskInfo]
    rows: tuple[Row, ...]
    stale: int
    planned: int
    unfinished: int
    metrics: Mapping[str, MetricCard]
    figures: Mapping[str, bytes] = field(default_factory=dict)
    rankings: Mapping[str, Ranking] = field(default_factory=dict)

    @cached_property
    def scored(self) -> Mapping[str, ScoredItems]:
        """The test items of each task that models are scored on."""
        return {task: scored_items(self.run, info) for task, info in self.tasks.items()}

    def main_metric(self, task: str) -> str:
        """Name the metric that a task is sorted and ranked by."""
        return self.tasks[task].metrics[0]

    def higher_is_better(self, metric: str) -> bool:
        """Whether the better model has the higher score; so if the metric's plugin is absent."""
        card = self.metrics.get(metric)
        return card is None or card.higher_is_better

    def rank(self, label: str, task: str) -> int | None:
        """Return the rank of a row on a task; None where it has none."""
        ranking = self.rankings.get(task)
        return None if ranking is None else ranking.ranks.get(label)

    def of_task(self, task: str) -> list[Row]:
        """Rows of a task, the best by its main metric first, those without a score last."""
        main = self.main_metric(task)
        sign = -1.0 if self.higher_is_better(main) else 1.0

        def place(row: Row) -> tuple[bool, float, str]:
            value = row.value(main)
            return value is None, 0.0 if value is None else sign * value, row.label

        return sorted((row for row in self.rows if row.task == task), key=place)

    @property
    def labels(self) -> list[str]:
        """Labels of all rows, each once, in order of first appearance."""
        return list(dict.fromkeys(row.label for row in self.rows))


def view_run(run: RunFolder, registry: Registry) -> RunView:
    """Read a run.

    Raises:
        BenchError: the run has no results yet.
    """
    index = run.index()
    tasks = run.tasks()
    results = run.results()
    current = [
        result for result in results if result.cell.task_key == index.tasks[result.cell.task]
    ]
    if not current:
        raise BenchError(f"{run.path}: no results yet; go on with the same bench run command")
    cards = {entry.name: entry.value for entry in registry.models}
    return RunView(
        run=run,
        suite=index.suite,
        tasks=tasks,
        rows=tuple(_rows(current, tasks, cards)),
        stale=len(results) - len(current),
        planned=len(index.slots),
        unfinished=len(index.slots) - len(results),
        metrics={entry.name: entry.value for entry in registry.metrics},
    )


def _rows(
    results: Iterable[Result], tasks: Mapping[str, TaskInfo], cards: Mapping[str, ModelCard]
) -> Iterable[Row]:
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.cell.task, result.cell.configuration), []).append(result)
    for task in tasks:
        for (name, _), members in groups.items():
            if name == task:
                members.sort(key=lambda result: result.cell.seed)
                cell = members[0].cell
                yield Row(label_of(cell, cards.get(cell.model)), task, tuple(members))


def label_of(cell: CellSpec, card: ModelCard | None) -> str:
    """Name a row: the model, and whatever differs from its default.

    Where the model's plugin is not loaded, its defaults are unknown and everything is named.
    """
    words = [cell.model]
    if card is None or cell.preset != card.default_preset:
        words[0] += f":{cell.preset}"
    usual = card.presets[cell.preset].settings if card and cell.preset in card.presets else {}
    words += [
        f"{name}={value}" for name, value in sorted(cell.settings.items())
        if usual.get(name) != value
    ]  # fmt: skip
    words += _scoring_words(cell)
    if cell.budget_seconds is not None:
        words.append(f"{cell.budget_seconds:g} s")
    if cell.budget_steps is not None:
        words.append(f"{cell.budget_steps} steps")
    words += [word for word in (cell.device, cell.precision) if word not in {"cpu", "float32"}]
    return " ".join(words)


def _scoring_words(cell: CellSpec) -> list[str]:
    """Say how variants are scored where that is not as usual."""
    if cell.alleles is None or cell.alleles.is_usual:
        return []
    usual = scoring_of(SuiteModel(name=cell.model)).model_dump()
    words = cell.alleles.model_dump(exclude={"is_usual"})
    return [f"{name}={value}" for name, value in words.items() if value != usual[name]]


def _aggregate(metrics: list[MetricResult]) -> Aggregate:
    values = [metric.value for metric in metrics if metric.value is not None]
    return Aggregate(
        value=_mean(metric.value for metric in metrics),
        low=_mean(metric.low for metric in metrics),
        high=_mean(metric.high for metric in metrics),
        seed_sd=statistics.stdev(values) if len(values) > 1 else None,
        seeds=len(metrics),
        few_blocks=any(metric.few_blocks for metric in metrics),
        targets_defined=min(metric.targets_defined for metric in metrics),
        targets_degenerate=max(metric.targets_degenerate for metric in metrics),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    """Mean of all values; None where one is missing, since the rest would not be comparable."""
    known = list(values)
    if any(value is None for value in known):
        return None
    return statistics.fmean(value for value in known if value is not None)

"""From a suite to cells: who runs on what, and the id under which the result is kept."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench.interface.card import ModelCard, Setting, TaskKind
from bench.interface.context import Budget
from bench.interface.errors import BenchError
from bench.interface.names import nearest
from bench.registry.entries import Entry
from bench.registry.packages import package_versions
from bench.registry.registry import Registry
from bench.run.cell_id import cell_id, file_hashes
from bench.run.code_hash import effects_code_hash, plugin_code_hash, sources_hash
from bench.run.machine import machine_hash
from bench.run.reasons_to_skip import beyond_limit, reason_to_skip
from bench.run.rescore import metrics_of
from bench.run.result import AlleleScoring, CellSpec
from bench.run.scored_alleles import (
    FITTED,
    VALIDATION,
    fitted_row,
    reason_not_to_score,
    refuse_unfit_source,
)
from bench.run.settings import checked_settings
from bench.run.suite import SuiteModel
from bench.run.trained_on import declared_regions
from bench.run.upstream import Upstream, refuse_other_chromosomes
from bench.run.usual_scoring import scoring_of
from bench.tasks.info import TaskInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What holds for every cell of a run.

    `time_limit` is in seconds, `memory_limit` in bytes; `threads` is the share of one cell.
    """

    seeds: int = 1
    budget: Budget = field(default_factory=Budget)
    device: str = "cpu"
    precision: str = "float32"
    time_limit: float | None = None
    memory_limit: int | None = None
    workers: int = 1
    threads: int = 1


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A built task: what it is and where it lies."""

    info: TaskInfo
    folder: str


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """A cell, and the reason why it will not run where there is one."""

    spec: CellSpec
    skip: str | None = None


class Planner:
    """Makes the cells of a run; models that others stand on come before them."""

    def __init__(
        self,
        registry: Registry,
        options: RunOptions,
        find_task: Callable[[str], PlannedTask] | None = None,
    ) -> None:
        """Take what holds for all cells.

        Args:
            registry: all plugins.
            options: of the run.
            find_task: gives tasks by name on which models are fitted that others stand on.
        """
        self._registry = registry
        self._options = options
        self._find_task = find_task
        broken = {plugin.origin for plugin in registry.plugins if plugin.problem}
        # A file that was set aside here would only fail again in every child.
        self._healthy_files = tuple(
            path for path in map(str, registry.plugin_files) if path not in broken
        )

    def plan(self, models: Sequence[SuiteModel], tasks: Sequence[PlannedTask]) -> list[PlannedCell]:
        """Return all cells in the order in which they run, each once.

        Raises:
            BenchError: unknown model, preset or setting, with the nearest name.
        """
        for model in models:
            self._check(model, ())
        cells: dict[str, PlannedCell] = {}
        for task in tasks:
            for model in models:
                if not model.is_for(task.info.name):
                    continue
                for seed in self.seeds_of(model):
                    self._add(cells, model, task, seed, ())
        return list(cells.values())

    def seeds_of(self, model: SuiteModel) -> Iterable[int]:
        """Return the seeds of a model's cells on each task: one for a model that draws nothing."""
        card = self._registry.models[model.name].value
        return range(self._options.seeds if card.uses_seed else 1)

    def _check(self, model: SuiteModel, above: tuple[SuiteModel, ...]) -> None:
        """Tell mistakes in a model, and in those that it stands on."""
        _refuse_circle(model, above)
        _, settings = self._configured(model)
        card = self._registry.models[model.name].value
        declared_regions(card, settings)
        for name in card.upstream:
            if not settings[name]:
                continue
            self._check(Upstream.parse(str(settings[name])).model, (*above, model))

    def _add(
        self,
        cells: dict[str, PlannedCell],
        model: SuiteModel,
        task: PlannedTask,
        seed: int,
        above: tuple[SuiteModel, ...],
    ) -> str:
        entry = self._registry.models[model.name]
        preset, settings = self._configured(model)
        _refuse_circle(model, above)
        if task.info.kind is TaskKind.VARIANT and TaskKind.VARIANT not in entry.value.tasks:
            return self._add_scored(cells, model, task, seed, above)
        reason = reason_to_skip(entry.value, entry.value.input_length(preset, settings), task.info)
        # Nothing is fitted for a model that does not run.
        upstream = {
            name: self._add_upstream(cells, str(settings[name]), task, seed, (*above, model))
            for name in entry.value.upstream
            if settings[name] and reason is None
        }
        for below in upstream.values():
            if reason is None and (why := cells[below].skip) is not None:
                spec = cells[below].spec
                reason = f"stands on {spec.model}:{spec.preset} on {spec.task}, which {why}"
        seed = seed if entry.value.uses_seed else 0
        spec = self._spec(entry, preset, settings, task, seed, upstream)
        cells.setdefault(spec.cell_id, PlannedCell(spec, reason))
        return spec.cell_id

    def _add_scored(
        self,
        cells: dict[str, PlannedCell],
        model: SuiteModel,
        task: PlannedTask,
        seed: int,
        above: tuple[SuiteModel, ...],
    ) -> str:
        """Add the cell of a model that scores variants, and that of its fit to another task."""
        entry = self._registry.models[model.name]
        preset, settings = self._configured(model)
        fitted = None
        reason = reason_not_to_score(entry.value, model, task.info)
        if reason is None:
            other = self._task_of(task.info, model)
            length = entry.value.input_length(preset, settings) or other.info.lengths[1]
            reason = beyond_limit(length, task.info)
            if reason is None:
                fitted = self._add(cells, fitted_row(model), other, seed, above)
                if (why := cells[fitted].skip) is not None:
                    reason = f"is fitted on {other.info.name}, which it {why}"
        spec = self._spec(
            entry,
            preset,
            settings,
            task,
            seed if entry.value.uses_seed else 0,
            {FITTED: fitted} if fitted is not None else {},
            scoring_of(model),
        )
        cells.setdefault(spec.cell_id, PlannedCell(spec, reason))
        return spec.cell_id

    def _task_of(self, task: TaskInfo, model: SuiteModel) -> PlannedTask:
        """Return the task on which a model is fitted that scores the variants of another."""
        name = task.roles.get(model.fitted_on, model.fitted_on)
        if self._find_task is None:
            raise BenchError(f"task {name!r}, on which {model.name} is fitted, is not known here")
        try:
            other = self._find_task(name)
        except BenchError as error:
            if model.fitted_on in task.roles:
                raise
            raise BenchError(
                f"model {model.name} is fitted on {model.fitted_on!r}, but that is none of the "
                f"roles of task {task.name}, and no task: {error}"
            ) from error
        refuse_unfit_source(other.info, model.name)
        return other

    def _add_upstream(
        self,
        cells: dict[str, PlannedCell],
        text: str,
        task: PlannedTask,
        seed: int,
        above: tuple[SuiteModel, ...],
    ) -> str:
        """Add the cell that another stands on, on this task or on one that it names."""
        upstream = Upstream.parse(text)
        name = upstream.task_for(task.info)
        if name == task.info.name:
            return self._add(cells, upstream.model, task, seed, above)
        if self._find_task is None:
            raise BenchError(
                f"model {above[-1].name} stands on task {name!r}, which is not known here"
            )
        try:
            other = self._find_task(name)
        except BenchError as error:
            if upstream.task in task.info.roles:
                raise
            raise BenchError(
                f"model {above[-1].name} stands on {text!r}, but task {task.info.name} names no "
                f"{upstream.task!r} among its roles: {error}"
            ) from error
        refuse_other_chromosomes(task.info, other.info, above[-1].name)
        return self._add(cells, upstream.model, other, seed, above)

    def _configured(self, model: SuiteModel) -> tuple[str, dict[str, Setting]]:
        card = self._registry.models[model.name].value
        name = model.preset or card.default_preset
        if name not in card.presets:
            raise BenchError(
                f"model {card.name} has no preset {name!r}; {nearest(name, card.presets)}"
            )
        settings = checked_settings(card, card.presets[name], model.settings)
        file_hashes(card, settings)
        return name, settings

    def _spec(
        self,
        entry: Entry[ModelCard],
        preset: str,
        settings: dict[str, Setting],
        task: PlannedTask,
        seed: int,
        upstream: dict[str, str],
        alleles: AlleleScoring | None = None,
    ) -> CellSpec:
        options = self._options
        budget = options.budget if entry.value.uses_budget else Budget()
        spec = CellSpec(
            cell_id="",
            model=entry.name,
            target=entry.target,
            plugin=entry.origin,
            plugin_files=self._healthy_files,
            preset=preset,
            settings=settings,
            input_length=entry.value.input_length(preset, settings),
            task=task.info.name,
            seed=seed,
            budget_seconds=budget.seconds,
            budget_steps=budget.steps,
            device=options.device,
            precision=options.precision if entry.value.uses_precision else "float32",
            upstream=upstream,
            alleles=alleles,
            hashes={
                **self._hashes(entry, task.info),
                **file_hashes(entry.value, settings),
                **({} if alleles is None else self._scoring_hashes(alleles, task.info)),
            },
            **metrics_of(task.info, self._registry),
            sources=sources_hash(entry.target),
            task_key=task.info.key,
            task_folder=task.folder,
            time_limit=options.time_limit,
            memory_limit=options.memory_limit,
            threads=options.threads,
            workers=options.workers,
        )
        return spec.model_copy(update={"cell_id": cell_id(spec)})

    def _hashes(self, entry: Entry[ModelCard], task: TaskInfo) -> dict[str, str]:
        versions = package_versions(entry.value.packages)
        hashes = {
            "code": plugin_code_hash(entry.target),
            "dataset": task.dataset_hash,
            "split": task.split_hash,
            "packages": json.dumps(versions, sort_keys=True),
            "python": platform.python_version().rpartition(".")[0],
        }
        # What a model learns in a number of seconds depends on the machine.
        if entry.value.uses_budget and self._options.budget.seconds is not None:
            hashes["machine"] = machine_hash(self._options.device)
        # On a GPU, the processor's threads do not make the sums of a training.
        if entry.value.uses_threads and self._options.device == "cpu":
            hashes["threads"] = str(self._options.threads)
        if entry.value.uses_metric and task.metrics:
            hashes["metric"] = self._main_metric(task)
        return hashes

    def _scoring_hashes(self, alleles: AlleleScoring, task: TaskInfo) -> dict[str, str]:
        hashes = {"effects": effects_code_hash()}
        if alleles.reduction == VALIDATION:
            hashes["metric"] = self._main_metric(task)
        return hashes

    def _main_metric(self, task: TaskInfo) -> str:
        """Name the main metric, the hash of its code, and whether higher is better."""
        card = self._registry.metrics[task.metrics[0]].value
        code = metrics_of(task, self._registry)["metric_code"][card.name]
        return f"{card.name} {code} {'higher' if card.higher_is_better else 'lower'}"


def _refuse_circle(model: SuiteModel, above: tuple[SuiteModel, ...]) -> None:
    """Refuse a model that stands on itself; with other settings or another preset it is another."""
    if model in above:
        names = " -> ".join(one.name for one in (*above, model))
        raise BenchError(f"model {model.name} stands on itself: {names}")


def parse_model(text: str) -> SuiteModel:
    """Read `"name"` or `"name:preset"`."""
    name, _, preset = text.strip().partition(":")
    return SuiteModel(name=name, preset=preset or None)

"""What a run would do: the rows of `bench run --dry-run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.interface.card import Setting
from bench.registry.registry import Registry
from bench.run.plan import PlannedTask, Planner
from bench.run.result import CellSpec, Status
from bench.run.runner import RunRequest, is_pending, planned
from bench.run.store import RunFolder
from bench.run.trust import refuse_leaky
from bench.tasks.build import TaskSource, task_folder
from bench.tasks.store import BuiltTask


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One cell; its id is known only once its task is built."""

    cell: str
    model: str
    preset: str
    task: str
    seed: str
    changes: str
    """Settings that differ from the preset's, and the budget."""
    state: str

    def columns(self) -> dict[str, str]:
        """Return the row as a mapping."""
        return {
            "cell": self.cell,
            "model": self.model,
            "preset": self.preset,
            "task": self.task,
            "seed": self.seed,
            "changes": self.changes,
            "state": self.state,
        }


def preview(request: RunRequest, path: Path, registry: Registry) -> list[PreviewRow]:
    """List all cells and what would become of each; nothing is built, downloaded or run.

    Raises:
        BenchError: unknown model, preset or setting; a local file is missing; a task fails its
            audit.
    """
    planner = Planner(registry, request.options, lambda name: _built(request, name))
    run = RunFolder(path)
    rows: list[PreviewRow] = []
    seen: set[str] = set()
    for source in request.tasks:
        folder = task_folder(source)
        if not (folder / "task.json").is_file():
            rows += _unbuilt(request, source, planner)
            continue
        if not request.allow_leaky:
            refuse_leaky([BuiltTask(folder)])
        try:
            cells = planner.plan(request.models, [planned(BuiltTask(folder))])
        except _NotBuiltError:
            rows += _unbuilt(request, source, planner)
            continue
        for cell in cells:
            spec = cell.spec
            if spec.cell_id in seen:
                continue
            seen.add(spec.cell_id)
            pending = is_pending(run, cell, retry=request.retry)
            state = cell.skip or ("to run" if pending else _ended(run, spec.cell_id))
            card = registry.models[spec.model].value
            changes = _changes(spec, card.presets[spec.preset].settings)
            rows.append(
                PreviewRow(
                    spec.cell_id, spec.model, spec.preset, spec.task, str(spec.seed), changes, state
                )
            )
    return rows


class _NotBuiltError(Exception):
    """A model stands on a task that is not built yet."""


def _built(request: RunRequest, name: str) -> PlannedTask:
    assert request.find_task is not None
    folder = task_folder(request.find_task(name))
    if not (folder / "task.json").is_file():
        raise _NotBuiltError
    return planned(BuiltTask(folder))


def _changes(spec: CellSpec, usual: Mapping[str, Setting]) -> str:
    words = _setting_words(
        {name: value for name, value in spec.settings.items() if usual[name] != value}
    )
    if spec.alleles is not None and not spec.alleles.is_usual:
        way = spec.alleles
        words += [f"fitted_on={way.fitted_on}", f"reduction={way.reduction}"]
        words += [f"score={way.score}"] if way.score else []
    if spec.budget_seconds is not None:
        words.append(f"{spec.budget_seconds:g} s")
    if spec.budget_steps is not None:
        words.append(f"{spec.budget_steps} steps")
    return " ".join(words)


def _setting_words(settings: Mapping[str, Setting]) -> list[str]:
    return [f"{name}={value}" for name, value in sorted(settings.items())]


def _ended(run: RunFolder, cell_id: str) -> str:
    result = run.result(cell_id)
    return "done" if result is None or result.status is Status.OK else str(result.status)


def _unbuilt(request: RunRequest, source: TaskSource, planner: Planner) -> list[PreviewRow]:
    size = sum(source.manifest.files[name].bytes or 0 for name in source.files())
    state = f"to run; task not built yet ({size / 1e6:.1f} MB of files)"
    return [
        PreviewRow(
            "", model.name, model.preset or "", source.name, str(seed),
            " ".join(_setting_words(model.settings)), state,
        )
        for model in request.models
        if model.is_for(source.name)
        for seed in planner.seeds_of(model)
    ]  # fmt: skip

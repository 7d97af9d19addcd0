"""What a run would do: the rows of `bench run --dry-run`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.registry.registry import Registry
from bench.run.plan import Planner
from bench.run.result import Status
from bench.run.runner import RunRequest, is_pending, planned
from bench.run.store import RunFolder
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
    state: str

    def columns(self) -> dict[str, str]:
        """Return the row as a mapping."""
        return {
            "cell": self.cell,
            "model": self.model,
            "preset": self.preset,
            "task": self.task,
            "seed": self.seed,
            "state": self.state,
        }


def preview(request: RunRequest, path: Path, registry: Registry) -> list[PreviewRow]:
    """List all cells and what would become of each; nothing is built, downloaded or run.

    Raises:
        BenchError: unknown model, preset or setting; a local file is missing.
    """
    planner = Planner(registry, request.options)
    run = RunFolder(path)
    rows: list[PreviewRow] = []
    for source in request.tasks:
        folder = task_folder(source)
        if not (folder / "task.json").is_file():
            rows += _unbuilt(request, source)
            continue
        for cell in planner.plan(request.models, [planned(BuiltTask(folder))]):
            spec = cell.spec
            pending = is_pending(run, cell, retry=request.retry)
            state = cell.skip or ("to run" if pending else _ended(run, spec.cell_id))
            rows.append(
                PreviewRow(spec.cell_id, spec.model, spec.preset, spec.task, str(spec.seed), state)
            )
    return rows


def _ended(run: RunFolder, cell_id: str) -> str:
    result = run.result(cell_id)
    return "done" if result is None or result.status is Status.OK else str(result.status)


def _unbuilt(request: RunRequest, source: TaskSource) -> list[PreviewRow]:
    size = sum(source.manifest.files[name].bytes or 0 for name in source.files())
    state = f"to run; task not built yet ({size / 1e6:.1f} MB of files)"
    return [
        PreviewRow("", model.name, model.preset or "", source.name, "", state)
        for model in request.models
    ]

"""A run from start to end: build tasks, plan cells, execute what is missing."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from bench.data.files import atomic_file
from bench.data.records import read_record
from bench.interface.context import Progress
from bench.interface.errors import BenchError
from bench.registry.registry import Registry
from bench.run.launch import OnStage, StageEvent, write_unfinished
from bench.run.lock import locked
from bench.run.machine import core_count
from bench.run.plan import PlannedCell, PlannedTask, Planner, RunOptions
from bench.run.rescore import rescore
from bench.run.result import CellSpec, Result, Status
from bench.run.seen import MARK, mark_seen
from bench.run.store import RunFolder, RunIndex, write_json
from bench.run.suite import SuiteModel
from bench.run.trust import keep_certificate, refuse_leaky
from bench.tasks.build import TaskSource, open_or_build
from bench.tasks.info import TaskInfo
from bench.tasks.store import BuiltTask

LOCK = "run.lock"
UNFINISHED = {Status.FAILED, Status.TIMEOUT, Status.OOM}


class Executor(Protocol):
    """Computes cells; registered through the hook `bench_executors`."""

    def execute(
        self,
        run: RunFolder,
        cells: Sequence[CellSpec],
        on_stage: OnStage,
        on_result: Callable[[Result], None],
    ) -> None:
        """Compute cells; each writes its result into the run folder."""


class Display(Protocol):
    """Shows a user how a run is going."""

    def step(self, title: str) -> Progress:
        """Begin a step of preparation and return its progress callback."""

    def warn(self, message: str) -> None:
        """Show one line on what is odd about a task."""

    def begin(self, total: int, done: int) -> None:
        """Begin execution of cells, `done` of which are finished from before."""

    def on_stage(self, event: StageEvent, /) -> None:
        """Show how far a cell is."""

    def on_result(self, result: Result, /) -> None:
        """Show how a cell ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a user asked for."""

    suite: str
    models: tuple[SuiteModel, ...]
    tasks: tuple[TaskSource, ...]
    options: RunOptions
    executor: str = "local"
    retry: bool = False
    allow_leaky: bool = False
    seen: str = MARK
    find_task: Callable[[str], TaskSource] | None = None
    """Gives tasks by name, on which models are fitted that others stand on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the cells of a run stand at its end; `asked_skipped` says that none asked for could run.

    A cell is `skipped` where the plan says that it cannot run; one that was to run and has no
    result, or another than it should have, is `failed`.
    """

    well: int
    skipped: int
    failed: int
    asked_skipped: bool

    @property
    def is_well(self) -> bool:
        """Whether nothing failed, and something that was asked for could run."""
        return not self.failed and not self.asked_skipped


def run(request: RunRequest, folder: RunFolder, registry: Registry, display: Display) -> Outcome:
    """Run everything that is not finished yet; return how all cells stand.

    Raises:
        BenchError: bad input, or results cannot be written.
    """
    executor = cast("type[Executor]", registry.executors[request.executor].load())(
        request.options.workers
    )  # type: ignore[call-arg]
    built = [open_or_build(source, display.step, display.warn) for source in request.tasks]
    others: dict[str, BuiltTask] = {}

    def find(name: str) -> PlannedTask:
        if name not in others:
            assert request.find_task is not None
            others[name] = open_or_build(request.find_task(name), display.step, display.warn)
        return planned(others[name])

    planner = Planner(registry, request.options, find if request.find_task else None)
    cells = planner.plan(request.models, [planned(task) for task in built])
    built += [task for name, task in others.items() if name not in {t.info.name for t in built}]
    if not request.allow_leaky:
        refuse_leaky(built)
    pending = [cell for cell in cells if is_pending(folder, cell, retry=request.retry)]
    _record(folder, request.suite, cells, pending, built, request.seen)
    display.begin(len(cells), len(cells) - len(pending))
    for cell in pending:
        if cell.skip is not None:
            result = write_unfinished(folder, cell.spec, Status.SKIPPED, cell.skip)
            display.on_result(result)
    specs = [cell.spec for cell in pending if cell.skip is None]
    executor.execute(folder, specs, display.on_stage, display.on_result)
    mark_seen(folder, {one.name: one.value for one in registry.models}, request.seen)
    rescore(folder, registry, core_count())
    return _outcome(request, folder, cells)


def _outcome(request: RunRequest, folder: RunFolder, cells: Sequence[PlannedCell]) -> Outcome:
    as_planned = [cell for cell in cells if _is_as_planned(folder, cell)]
    skipped = [cell for cell in as_planned if cell.skip is not None]
    # The models that others stand on may be well, and nothing come of it.
    models = {model.name for model in request.models}
    tasks = {source.name for source in request.tasks}
    asked = [cell for cell in cells if cell.spec.model in models and cell.spec.task in tasks]
    return Outcome(
        well=len(as_planned) - len(skipped),
        skipped=len(skipped),
        failed=len(cells) - len(as_planned),
        asked_skipped=bool(asked) and all(cell.skip is not None for cell in asked),
    )


def _is_as_planned(folder: RunFolder, cell: PlannedCell) -> bool:
    result = folder.result(cell.spec.cell_id)
    if result is None:
        return False
    expected = Status.OK if cell.skip is None else Status.SKIPPED
    return result.status is expected


def planned(task: BuiltTask) -> PlannedTask:
    """What the planner needs to know of a built task."""
    return PlannedTask(task.info, str(task.folder))


def is_pending(folder: RunFolder, cell: PlannedCell, *, retry: bool) -> bool:
    """Whether a cell has to be run: it never ended, was skipped, or failed and is to be retried."""
    result = folder.result(cell.spec.cell_id)
    if result is None or result.status is Status.SKIPPED:
        return True
    return retry and result.status in UNFINISHED


def _record(
    folder: RunFolder,
    suite: str,
    cells: Sequence[PlannedCell],
    pending: Sequence[PlannedCell],
    tasks: Sequence[BuiltTask],
    seen: str,
) -> None:
    """Write the plan: specifications and truth first, the index that names them last."""
    index = folder.index() if folder.index_file.is_file() else _new_index(suite)
    for task in tasks:
        _write_truth(folder.path / "tasks" / task.info.key, task)
        index.tasks[task.info.name] = task.info.key
    for cell in pending:
        place = folder.cell(cell.spec.cell_id)
        place.mkdir(parents=True, exist_ok=True)
        write_json(place / "cell.json", cell.spec)
    index.seen = seen
    for cell in cells:
        index.slots[cell.spec.slot] = cell.spec.cell_id
    folder.write_index(index)


def _new_index(suite: str) -> RunIndex:
    return RunIndex(suite=suite, created=datetime.now(UTC).isoformat(timespec="seconds"))


def _write_truth(place: Path, task: BuiltTask) -> None:
    place.mkdir(parents=True, exist_ok=True)
    record = place / "task.json"
    if not (place / "truth.npz").is_file():
        _write_arrays(place / "truth.npz", task)
    # Title, notes and metrics may change without a new version of the task.
    if not record.is_file() or read_record(record, TaskInfo, "a task") != task.info:
        write_json(record, task.info)
    if not (place / "places.npz").is_file():
        _write_places(place / "places.npz", task)
    keep_certificate(place, task)


def _write_arrays(path: Path, task: BuiltTask) -> None:
    rows = task.rows("test")
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            items=task.items()["item"].to_numpy(dtype=str)[rows],
            targets=task.all_targets("test"),
            blocks=np.unique(task.blocks[rows], return_inverse=True)[1],
        )


def _write_places(path: Path, task: BuiltTask) -> None:
    """Write where test items lie, unless they have no coordinates."""
    items = task.items().iloc[task.rows("test")]
    if task.info.genome is None or (items["chrom"] == "").all():
        return
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            chroms=items["chrom"].to_numpy(dtype=str),
            starts=items["start"].to_numpy(dtype=np.int64),
            ends=items["end"].to_numpy(dtype=np.int64),
        )


def open_run_folder(path: Path) -> RunFolder:
    """Return the run folder at `path`, made where it is not there.

    Raises:
        BenchError: there is something else at `path`, or its parent is a file.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise BenchError(f"cannot write {path}: it or a parent is a file") from error
    if any(path.iterdir()) and not (path / "run.json").is_file() and not _is_started(path):
        raise BenchError(f"{path} holds other files; name an empty folder or an earlier run")
    return RunFolder(path)


def _is_started(path: Path) -> bool:
    # A run that was killed while it was being planned has folders and no index yet.
    names = {part.name for part in path.iterdir() if not part.name.endswith(".tmp")}
    return names <= {"tasks", "cells", LOCK}


@contextmanager
def writing(path: Path) -> Iterator[RunFolder]:
    """Open the run folder at `path` for this process alone.

    Where nothing has been written when the block fails, folders that were made here are removed.

    Raises:
        BenchError: see `open_run_folder`; or another process writes there.
    """
    is_new = not path.exists()
    made = [parent for parent in path.parents if not parent.exists()]
    folder = open_run_folder(path)
    try:
        with locked(path / LOCK):
            for left in path.glob(".run.json.*.tmp"):
                left.unlink()
            yield folder
    except BaseException:
        if is_new and {part.name for part in path.iterdir()} <= {LOCK}:
            shutil.rmtree(path, ignore_errors=True)
            with contextlib.suppress(OSError):  # another run has begun in it
                for parent in made:
                    parent.rmdir()
        raise

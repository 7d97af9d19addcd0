"""Counts the arithmetic of points that were measured, which needs no device.

A device that is lent by the minute does not wait for it: it comes after all measurements, in as
many processes as there are cores.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.profile.folder import ProfileFolder
from bench.profile.records import CurveSpec, Mode, Point
from bench.run.machine import core_count
from bench.run.processes import close, end, last_line_of, spawn
from bench.run.result import Status

AT_ONCE = 3
"""Points that a process counts, one after the other."""


@dataclass(frozen=True, slots=True)
class _Task:
    spec: CurveSpec
    points: tuple[Point, ...]

    @property
    def places(self) -> list[str]:
        return [f"{point.length}:{point.sequences}" for point in self.points]


def count_points(folder: ProfileFolder, specs: Sequence[CurveSpec]) -> list[str]:
    """Count what is not counted yet of networks' points; return what went wrong, a line each."""
    tasks = [task for spec in specs for task in _tasks(folder, spec)]
    wrong = []
    with ThreadPoolExecutor(core_count()) as pool:
        counted = pool.map(partial(_counted, folder), tasks)
        for task, (found, reason) in zip(tasks, counted, strict=True):
            folder.replace_points(task.spec.curve_id, found)
            if reason is not None:
                wrong.append(f"{task.spec.label}: {reason}")
    return wrong


def _tasks(folder: ProfileFolder, spec: CurveSpec) -> Iterator[_Task]:
    missing = [
        point
        for point in folder.points(spec.curve_id)
        if point.status is Status.OK and point.flops is None and point.parameters is not None
    ]
    if spec.mode is not Mode.FIT:
        # Long sequences take longer to count: each process gets some of all lengths.
        step = -(-len(missing) // AT_ONCE)
        for first in range(step):
            yield _Task(spec, tuple(missing[first::step]))


def _counted(folder: ProfileFolder, task: _Task) -> tuple[list[Point], str | None]:
    """Return the points of a task that could be counted, and what went wrong."""
    first = task.places[0].replace(":", "x")
    log = folder.curve(task.spec.curve_id) / f"counts-{first}.log"
    arguments = [str(folder.path.resolve()), task.spec.curve_id, *task.places]
    with log.open("wb") as stream:
        child = spawn("bench.profile.counter", arguments, 1, stream)
        try:
            assert child.stdout is not None
            counts = dict(_told(child.stdout))
            code = child.wait()
        finally:
            end(child)
            close(child)
    found = [
        Point.model_validate(point.model_dump() | counts[place])
        for point, place in zip(task.points, task.places, strict=True)
        if place in counts
    ]
    if code:
        return found, f"arithmetic is not counted: {last_line_of(log)}"
    log.unlink(missing_ok=True)
    return found, None


def _told(lines: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in lines:
        # A child that is killed may leave a part of a line.
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            yield told["place"], told["counts"]

"""Counts the arithmetic of points that were measured, which needs no device.

A device that is lent by the minute does not wait for it: it comes after all measurements, in as
many processes as there are cores.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.profile.folder import ProfileFolder
from bench.profile.records import CurveSpec, Mode, Point
from bench.run.machine import core_count
from bench.run.processes import close, end, last_line_of, spawn
from bench.run.result import Status

FEWEST = 3
"""Steps for which a process is begun, which takes as long as to count one or two."""

Missing = tuple[CurveSpec, Point]


def count_points(folder: ProfileFolder, specs: Sequence[CurveSpec]) -> list[str]:
    """Count what is not counted yet of networks' points; return what went wrong, a line each.

    Points that differ in the number of windows alone, such as those of the largest batch and of one
    sequence, are counted together.
    """
    alike: dict[tuple[str, int], list[Missing]] = {}
    for spec in specs:
        for point in _uncounted(folder, spec):
            alike.setdefault((spec.counted, point.window or point.length), []).append((spec, point))
    missing = {_place(points): points for points in alike.values()}
    told = _told_by_processes(folder, list(missing))
    wrong: dict[str, None] = {}
    changed: dict[str, list[Point]] = {}
    for place, points in missing.items():
        said = told.get(place, {"wrong": "the process ended"})
        for spec, point in points:
            if "counts" in said:
                found = said["counts"][str(_windows(point))]
                counted = Point.model_validate(point.model_dump() | found)
                changed.setdefault(spec.curve_id, []).append(counted)
            else:
                wrong[f"{spec.label}: arithmetic is not counted: {said['wrong']}"] = None
    for curve_id, points_of_curve in changed.items():
        folder.replace_points(curve_id, points_of_curve)
    return list(wrong)


def _uncounted(folder: ProfileFolder, spec: CurveSpec) -> Iterator[Point]:
    for point in folder.points(spec.curve_id):
        is_measured = point.status is Status.OK and point.parameters is not None
        if spec.mode is not Mode.FIT and is_measured and point.flops is None:
            yield point


def _place(points: Sequence[Missing]) -> str:
    spec, first = points[0]
    windows = sorted({_windows(point) for _, point in points})
    return f"{spec.curve_id}/{first.length}:{','.join(map(str, windows))}"


def _windows(point: Point) -> int:
    return point.sequences * point.passes


def _told_by_processes(folder: ProfileFolder, places: list[str]) -> dict[str, dict[str, Any]]:
    """Share places among processes, neighbours apart: long sequences take longer to count."""
    count = min(core_count(), -(-len(places) // FEWEST))
    shares = [places[first::count] for first in range(count)]
    with ThreadPoolExecutor(max(1, count)) as pool:
        found = pool.map(lambda number: _told_by(folder, number, shares[number]), range(count))
        return {place: said for one in found for place, said in one.items()}


def _told_by(folder: ProfileFolder, number: int, places: list[str]) -> dict[str, dict[str, Any]]:
    log = folder.path / "curves" / f"counts-{number}.log"
    with log.open("wb") as stream:
        child = spawn("bench.profile.counter", [str(folder.path.resolve()), *places], 1, stream)
        try:
            assert child.stdout is not None
            told = {said["place"]: said for said in _lines(child.stdout)}
            code = child.wait()
        finally:
            end(child)
            close(child)
    if code:
        reason = last_line_of(log)
        return {place: {"wrong": reason} for place in places} | told
    log.unlink()
    return told


def _lines(stream: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in stream:
        # A child that is killed may leave a part of a line.
        with contextlib.suppress(ValueError):
            yield json.loads(line)

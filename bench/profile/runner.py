"""A profile from start to end: probe the machine, measure what is missing, one curve at a time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from bench.interface.errors import BenchError
from bench.profile.counts import count_points
from bench.profile.folder import ProfileFolder
from bench.profile.launch import OutOfTimeError, run_curve, run_probe, sample_again
from bench.profile.plan import in_order
from bench.profile.probe import probe_key
from bench.profile.records import ENDS, CurveSpec, Mode, Point, Probe, ProfileIndex
from bench.profile.rounds import left_to_sample
from bench.run.lock import locked
from bench.run.machine import provenance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "profile.lock"
PACKAGES = ("torch", "numpy", "scipy", "scikit-learn")


class Display(Protocol):
    """Shows a user how a profile is going."""

    def say(self, text: str) -> None:
        """Print a line."""

    def on_point(self, spec: CurveSpec, point: Point) -> None:
        """A point was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRequest:
    """What a user asked for."""

    curves: tuple[CurveSpec, ...]
    lengths: tuple[int, ...]
    counts: tuple[int, ...]
    minutes: float | None = None
    """Time for everything; None: as long as it takes."""
    retry: bool = False
    """Whether the ends of curves are measured again."""
    counting: bool = True
    """Whether arithmetic is counted, that of all curves of the folder."""


def profile(request: ProfileRequest, folder: ProfileFolder, display: Display) -> bool:
    """Measure everything that is not measured yet; return whether time sufficed.

    Raises:
        BenchError: the machine cannot be measured.
    """
    deadline = None if request.minutes is None else time.monotonic() + 60 * request.minutes
    _record(request, folder, display)
    in_time = _measure(request, folder, display, deadline)
    # A machine that is lent for some minutes is not kept for what needs no device.
    if request.counting and in_time:
        specs = [folder.spec(curve_id) for curve_id in folder.index().curves]
        for line in count_points(folder, specs):
            display.say(line)
    return in_time


def _measure(
    request: ProfileRequest, folder: ProfileFolder, display: Display, deadline: float | None
) -> bool:
    hurries = deadline is not None
    visits = in_order(request.curves, request.lengths, request.counts, coarse_first=hurries)
    try:
        for spec, places in visits:
            missing = left_to_measure(folder.points(spec.curve_id), spec, places)
            if missing:
                _check_time(deadline)
                display.say(spec.label)
                # Another point tells more than further samples of one.
                run_curve(folder, spec, missing, display.on_point, deadline, again=not hurries)
        for spec in request.curves:
            if left_to_sample(spec, folder.points(spec.curve_id)):
                _check_time(deadline)
                display.say(f"{spec.label}, another round")
                sample_again(folder, spec, display.on_point, deadline)
    except OutOfTimeError:
        return False
    return True


def _check_time(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() > deadline:
        raise OutOfTimeError


def left_to_measure(
    points: Sequence[Point], spec: CurveSpec, places: Sequence[int]
) -> tuple[int, ...]:
    """Return the places before the end of a curve at which there is no point yet."""
    is_fit = spec.mode is Mode.FIT
    done = {point.sequences if is_fit else point.length for point in points}
    ends = [point.sequences if is_fit else point.length for point in points if point.status in ENDS]
    return tuple(place for place in places if place not in done and (not ends or place < min(ends)))


def _record(request: ProfileRequest, folder: ProfileFolder, display: Display) -> None:
    first, asked = request.curves[0], [spec.curve_id for spec in request.curves]
    if folder.index_file.is_file():
        index = folder.index()
        machine = provenance(PACKAGES, first.device, first.threads, 1)
        if index.machine.machine != machine.machine:
            raise BenchError(
                f"{folder.path} holds a profile of another machine; name another --out"
            )
        probes = dict(index.probes)
        known, created = index.curves, index.created
        lengths, counts = index.lengths, index.counts
    else:
        machine = provenance(PACKAGES, first.device, first.threads, 1)
        probes, known, lengths, counts = {}, (), (), ()
        created = datetime.now(UTC).isoformat(timespec="seconds")
    for spec in request.curves:
        folder.write_spec(spec)
        if request.retry:
            folder.forget_ends(spec.curve_id)
        if probe_key(spec) not in probes:
            display.say(f"machine: {spec.device}, {spec.precision}, {spec.threads} threads")
            found = run_probe(spec.device, spec.precision, spec.threads, folder)
            probes[probe_key(spec)] = found
            display.say(told(found))
    folder.write_index(
        ProfileIndex(
            created=created,
            machine=machine,
            probes=probes,
            curves=(*(one for one in known if one not in asked), *asked),
            lengths=tuple(sorted({*lengths, *request.lengths})),
            counts=tuple(sorted({*counts, *request.counts})),
        )
    )


def told(found: Probe) -> str:
    """Say what a machine does at best."""
    return (
        f"  {found.flops_per_second / 1e9:,.0f} GFLOP/s, {found.bytes_per_second / 1e9:,.1f} GB/s"
    )


@contextmanager
def writing(path: Path) -> Iterator[ProfileFolder]:
    """Open a profile folder for this process alone, made where it is not there.

    Raises:
        BenchError: something else lies there, or another process writes there.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise BenchError(f"cannot write {path}: it or a parent is a file") from error
    names = {part.name for part in path.iterdir() if not part.name.endswith(".tmp")}
    if not names <= {"curves", "profile.json", "probe.log", "report", LOCK}:
        raise BenchError(f"{path} holds other files; name an empty folder or an earlier profile")
    with locked(path / LOCK):
        yield ProfileFolder(path)

"""Measures a curve in a child process, which is ended when it takes too long or too much memory."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import psutil

from bench.interface.errors import BenchError
from bench.profile.estimators import FIT_LENGTH
from bench.profile.folder import ProfileFolder
from bench.profile.records import ENDS, CurveSpec, Mode, Point, Probe
from bench.profile.rounds import AGAIN, left_to_sample
from bench.run.processes import close, end, last_line_of, resident, spawn, unexpected
from bench.run.result import Status

POLL_SECONDS = 0.05
START_SECONDS = 120.0
"""Until a child has loaded what it needs."""
OVER_LIMIT = 1.2
"""Of the memory limit, which the child itself keeps to where it can tell beforehand."""

OnPoint = Callable[[CurveSpec, Point], None]


class OutOfTimeError(Exception):
    """No time is left for further points."""


@dataclass(slots=True)
class _Progress:
    """Where a child is."""

    place: int | None = None
    since: float = 0.0
    finished: set[int] = field(default_factory=set)
    at_end: bool = False
    """Whether a point was the curve's end."""
    again: bool = False
    """Whether all places are told of, and the samples of a further round are taken."""


def run_probe(device: str, precision: str, threads: int, folder: ProfileFolder) -> Probe:
    """Measure what the machine does at best.

    Raises:
        BenchError: it cannot be measured.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    log = folder.path / "probe.log"
    with log.open("wb") as stream:
        child = spawn("bench.profile.probe", [device, precision], threads, stream)
        try:
            assert child.stdout is not None
            line = child.stdout.readline()
        finally:
            end(child)
            close(child)
    if not line:
        raise BenchError(f"cannot measure {device}: {last_line_of(log)}")
    log.unlink()
    return Probe.model_validate_json(line)


def run_curve(
    folder: ProfileFolder,
    spec: CurveSpec,
    places: tuple[int, ...],
    on_point: OnPoint,
    deadline: float | None = None,
    *,
    again: bool = False,
) -> None:
    """Measure points of a curve; those that a child cannot tell of are added here.

    Where memory ran out at a place, another child measures the next ones.

    Args:
        folder: where they are added.
        spec: the curve.
        places: lengths, or numbers of sequences of fits.
        on_point: told of each, with the samples of each round.
        deadline: of the monotonic clock.
        again: whether the next round of samples follows where no place ends the curve; that of
            some points may be left, see `sample_again`.

    Raises:
        OutOfTimeError: the deadline has passed; points that were measured are kept.
    """
    while places:
        asked = (*map(str, places), *((AGAIN,) if again else ()))
        progress, verdict = _run_child(folder, spec, asked, on_point, deadline)
        if progress.again:
            # All places are told of, and have the samples of their first round.
            _give_up_rounds(folder, spec, verdict, on_point)
            return
        places = tuple(one for one in places if one not in progress.finished)
        # A child that ends badly after its last point has told everything.
        if verdict is not None and places:
            point = _ended(spec, places[0], *verdict)
            folder.add_points(spec.curve_id, [point])
            on_point(spec, point)
        if verdict is not None or progress.at_end or not progress.finished:
            return


def sample_again(
    folder: ProfileFolder, spec: CurveSpec, on_point: OnPoint, deadline: float | None = None
) -> None:
    """Take the rounds of samples that are left of a curve; what fails is told by its points.

    Raises:
        OutOfTimeError: the deadline has passed; points that were sampled are kept.
    """
    _, verdict = _run_child(folder, spec, (AGAIN,), on_point, deadline)
    _give_up_rounds(folder, spec, verdict, on_point)


def _give_up_rounds(
    folder: ProfileFolder,
    spec: CurveSpec,
    verdict: tuple[Status, str] | None,
    on_point: OnPoint,
) -> None:
    """Let points say why no further round was taken, so that a later command does not try either.

    A model that fails at one would do so at others, each for as long as a point may take.
    """
    if verdict is None:
        return
    reason = f"no further round of samples: {verdict[1]}"
    left = [
        point.model_copy(update={"round_failed": reason})
        for point in left_to_sample(spec, folder.points(spec.curve_id))
    ]
    folder.replace_points(spec.curve_id, left)
    for point in left:
        on_point(spec, point)


def _run_child(
    folder: ProfileFolder,
    spec: CurveSpec,
    asked: tuple[str, ...],
    on_point: OnPoint,
    deadline: float | None,
) -> tuple[_Progress, tuple[Status, str] | None]:
    """Let a child measure; return how far it came, and why it ended unless that was by itself."""
    log_file = folder.curve(spec.curve_id) / "log.txt"
    with log_file.open("ab") as log:
        arguments = [str(folder.path.resolve()), spec.curve_id, *asked]
        child = spawn("bench.profile.child", arguments, spec.threads, log)
        events: queue.Queue[dict[str, object] | None] = queue.Queue()
        reader = threading.Thread(target=_read, args=(child, events), daemon=True)
        reader.start()
        progress = _Progress(since=time.monotonic())
        try:
            verdict = _watch(child, events, spec, progress, on_point, deadline)
        finally:
            end(child)
            reader.join()
            close(child)
    if verdict is None and child.returncode:
        verdict = unexpected(child.returncode, log_file)
    return progress, verdict


def _read(child: subprocess.Popen[bytes], events: queue.Queue[dict[str, object] | None]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        with contextlib.suppress(ValueError):
            events.put(json.loads(line))
    events.put(None)


def _watch(
    child: subprocess.Popen[bytes],
    events: queue.Queue[dict[str, object] | None],
    spec: CurveSpec,
    progress: _Progress,
    on_point: OnPoint,
    deadline: float | None,
) -> tuple[Status, str] | None:
    """Wait for the child; return why it was ended, or None where it ended by itself."""
    process = psutil.Process(child.pid)
    while True:
        with contextlib.suppress(queue.Empty):
            event = events.get(timeout=POLL_SECONDS)
            if event is None:
                child.wait()
                return None
            _note(event, spec, progress, on_point)
            continue
        now = time.monotonic()
        if deadline is not None and now > deadline:
            raise OutOfTimeError
        started = progress.place is not None or progress.again
        limit = spec.point_limit if started else START_SECONDS
        if now - progress.since > limit:
            return Status.TIMEOUT, f"took longer than {limit:g} s"
        if resident(process) > OVER_LIMIT * spec.memory_limit:
            return Status.OOM, f"held more than {OVER_LIMIT * spec.memory_limit / 2**30:.3g} GiB"


def _note(
    event: dict[str, object], spec: CurveSpec, progress: _Progress, on_point: OnPoint
) -> None:
    if isinstance(begun := event.get("begun"), int):
        progress.place, progress.since = begun, time.monotonic()
    if event.get("again"):
        progress.since, progress.again = time.monotonic(), True
    if isinstance(finished := event.get("finished"), int):
        progress.finished.add(finished)
    for told in cast("list[object]", event["points"]):
        point = Point.model_validate_json(json.dumps(told))
        progress.at_end = progress.at_end or point.status in ENDS
        on_point(spec, point)


def _ended(spec: CurveSpec, place: int, status: Status, reason: str) -> Point:
    is_fit = spec.mode is Mode.FIT
    return Point(
        length=FIT_LENGTH if is_fit else place,
        sequences=place if is_fit else (int(spec.batch) if spec.batch.isdigit() else 1),
        status=status,
        reason=reason,
    )

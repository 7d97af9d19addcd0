"""Runs one cell in a spawned child, under limits of time and memory."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from bench.interface.errors import BenchError
from bench.run.child import SAVE_FAILED
from bench.run.processes import close, end, last_line_of, resident, spawn, unexpected
from bench.run.result import CellSpec, Cost, Result, Status
from bench.run.store import RunFolder, write_json

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class StageEvent:
    """A cell tells how far it is: stage "load", "fit", "predict" or "score".

    `title` names the cell to a user.
    """

    cell_id: str
    stage: str
    done: int
    total: int
    note: str
    title: str = ""


OnStage = Callable[[StageEvent], None]


class CellStoppedError(Exception):
    """The cell was killed because the run ends; it has no result and runs again next time."""


def run_cell(
    run: RunFolder, spec: CellSpec, on_stage: OnStage, stop: threading.Event | None = None
) -> Result:
    """Run a cell to its end and return its result, which is also written.

    Args:
        run: where the cell lies.
        spec: the cell.
        on_stage: told how far it is.
        stop: kills the cell once it is set.

    Raises:
        BenchError: the child could not write its result (a full disk); nothing else is wrong with
            the cell.
        CellStoppedError: `stop` was set.
    """
    folder = run.cell(spec.cell_id)
    (folder / "result.json").unlink(missing_ok=True)
    started = time.monotonic()
    with (folder / "log.txt").open("wb") as log:
        arguments = [str(run.path.resolve()), spec.cell_id]
        child = spawn("bench.run.child", arguments, spec.threads, log)
        reader = _read_stages(child, spec, on_stage)
        try:
            verdict = _watch(child, reader, spec, stop or threading.Event())
        finally:
            end(child)
            reader.join()
            close(child)
    if child.returncode == SAVE_FAILED:
        raise BenchError(f"cannot write {folder}: {last_line_of(folder / 'log.txt')}")
    result = run.result(spec.cell_id)
    if result is not None:
        return result
    status, reason = verdict or unexpected(child.returncode, folder / "log.txt")
    return write_unfinished(run, spec, status, reason, time.monotonic() - started)


def write_unfinished(
    run: RunFolder, spec: CellSpec, status: Status, reason: str, seconds: float | None = None
) -> Result:
    """Write the result of a cell that could not do so itself, or never ran."""
    result = Result(
        cell=spec,
        status=status,
        reason=reason,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        cost=Cost(wall_seconds=seconds),
    )
    write_json(run.cell(spec.cell_id) / "result.json", result)
    return result


def _read_stages(
    child: subprocess.Popen[bytes], spec: CellSpec, on_stage: OnStage
) -> threading.Thread:
    def read() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            # A child whose pipe nobody empties would wait for ever, whatever a line may hold.
            with contextlib.suppress(ValueError, TypeError, OSError):
                on_stage(StageEvent(spec.cell_id, **json.loads(line), title=spec.title))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _watch(
    child: subprocess.Popen[bytes],
    reader: threading.Thread,
    spec: CellSpec,
    stop: threading.Event,
) -> tuple[Status, str] | None:
    """Wait for the child; return why it was killed, or None where it ended by itself."""
    deadline = None if spec.time_limit is None else time.monotonic() + spec.time_limit
    process = psutil.Process(child.pid)
    while True:
        # The reader ends with the child's output, a little earlier than any polling would tell.
        reader.join(POLL_SECONDS)
        if not reader.is_alive():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(POLL_SECONDS)
        if child.poll() is not None:
            return None
        if stop.is_set():
            raise CellStoppedError
        if deadline is not None and time.monotonic() > deadline:
            return Status.TIMEOUT, f"ran longer than {spec.time_limit:g} s"
        if spec.memory_limit is not None and resident(process) > spec.memory_limit:
            return Status.OOM, f"held more than {spec.memory_limit / 2**30:.3g} GiB"

"""Runs one cell in a spawned child, under limits of time and memory."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psutil

from bench.interface.errors import BenchError
from bench.run.child import SAVE_FAILED
from bench.run.result import CellSpec, Cost, Result, Status
from bench.run.store import RunFolder, write_json

POLL_SECONDS = 0.05
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "ARROW_NUM_THREADS",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StageEvent:
    """A cell tells how far it is: stage "load", "fit", "predict" or "score"."""

    cell_id: str
    stage: str
    done: int
    total: int
    note: str


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
        child = _spawn(run, spec, log)
        reader = _read_stages(child, spec.cell_id, on_stage)
        try:
            verdict = _watch(child, reader, spec, stop or threading.Event())
        finally:
            _end(child)
            reader.join()
            _close(child)
    if child.returncode == SAVE_FAILED:
        raise BenchError(f"cannot write {folder}: {_last_line(folder / 'log.txt')}")
    result = run.result(spec.cell_id)
    if result is not None:
        return result
    status, reason = verdict or _unexpected(child.returncode, folder / "log.txt")
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


def _spawn(run: RunFolder, spec: CellSpec, log: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = dict(os.environ)
    environment.update({name: str(spec.threads) for name in THREAD_VARIABLES})
    # Sets and dictionaries of words iterate in the same order in every run of a cell.
    environment["PYTHONHASHSEED"] = "0"
    # With -P, files in the user's folder do not stand in for modules of the same name.
    command = [sys.executable, "-P", "-m", "bench.run.child", str(run.path.resolve()), spec.cell_id]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=environment,
        start_new_session=True,
    )


def _read_stages(
    child: subprocess.Popen[bytes], cell_id: str, on_stage: OnStage
) -> threading.Thread:
    def read() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            # A child whose pipe nobody empties would wait for ever, whatever a line may hold.
            with contextlib.suppress(ValueError, TypeError, OSError):
                on_stage(StageEvent(cell_id, **json.loads(line)))

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
        if spec.memory_limit is not None and _resident(process) > spec.memory_limit:
            return Status.OOM, f"held more than {spec.memory_limit / 2**30:.3g} GiB"


def _resident(process: psutil.Process) -> int:
    """Resident memory of a process and its descendants in bytes, without what they share.

    Pages of mapped files, such as a genome's, are shared: they are no cost of the model, and the
    system takes them back where memory is short.
    """
    total = 0
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    for member in family:
        try:
            memory = member.memory_info()
            total += memory.rss - getattr(memory, "shared", 0)
        except psutil.Error:
            continue
    return total


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the child and of what it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def _close(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def _unexpected(code: int, log: Path) -> tuple[Status, str]:
    if code < 0:
        name = signal.Signals(-code).name
        hint = " (the system may have run out of memory)" if name == "SIGKILL" else ""
        return Status.FAILED, f"ended by {name}{hint}"
    return Status.FAILED, f"child ended with code {code}: {_last_line(log)}"


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no message"

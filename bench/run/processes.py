"""Child processes of the suite: begun, watched and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import psutil

from bench.run.result import Status

THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "ARROW_NUM_THREADS",
)  # fmt: skip


def spawn(
    module: str, arguments: Sequence[str], threads: int, log: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Begin `python -m module`, which ends when the pipe to its standard input is closed."""
    environment = dict(os.environ)
    environment.update({name: str(threads) for name in THREAD_VARIABLES})
    # Sets and dictionaries of words iterate in the same order in every run of a cell.
    environment["PYTHONHASHSEED"] = "0"
    # With -P, files in the user's folder do not stand in for modules of the same name.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=environment,
        start_new_session=True,
    )


def resident(process: psutil.Process) -> int:
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


def end(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a child and of what it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def close(child: subprocess.Popen[bytes]) -> None:
    """Close the pipes to a child."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def unexpected(code: int, log: Path) -> tuple[Status, str]:
    """Tell how a child ended that did not say so itself."""
    if code < 0:
        name = signal.Signals(-code).name
        hint = " (the system may have run out of memory)" if name == "SIGKILL" else ""
        return Status.FAILED, f"ended by {name}{hint}"
    return Status.FAILED, f"child ended with code {code}: {last_line_of(log)}"


def last_line_of(log: Path) -> str:
    """Return the last line of a log."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no message"

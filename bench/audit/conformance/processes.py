"""Starts the fresh processes of checks."""

from __future__ import annotations

import os
import subprocess
import sys

TIME_LIMIT = 300.0
"""In seconds; a process that takes longer is killed."""


def run_module(module: str, argument: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m module argument` to its end, with the modules that this process finds.

    Raises:
        subprocess.TimeoutExpired: it took longer than `TIME_LIMIT`.
    """
    # The working directory is another than at the start, so relative paths would lead elsewhere.
    paths = [path for path in sys.path if os.path.isabs(path)]  # noqa: PTH117
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "0"}
    return subprocess.run(
        [sys.executable, "-m", module, argument],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=TIME_LIMIT,
    )


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last line of what a process said of its failure."""
    return (done.stderr.strip().splitlines() or ["no message"])[-1]

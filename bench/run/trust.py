"""What an audit has said of a task: it decides whether the task runs, and goes along with a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.interface.errors import BenchError
from bench.tasks.certificate import (
    Verdict,
    read_certificate,
    read_similarity,
    write_certificate,
)
from bench.tasks.store import BuiltTask


def refuse_leaky(tasks: Iterable[BuiltTask]) -> None:
    """Refuse tasks that failed their audit; one that was never audited passes.

    Raises:
        BenchError: there is one; the text says why it failed.
    """
    for task in tasks:
        certificate = read_certificate(task.folder)
        if certificate is not None and certificate.verdict is Verdict.FAIL:
            raise BenchError(
                f"task {task.info.name} fails its audit: {certificate.reasons[0]}; to run it all "
                "the same, and have it marked, add --allow-leaky"
            )


def keep_certificate(place: Path, task: BuiltTask) -> None:
    """Copy the certificate of a task into the folder `place` that a run keeps for it."""
    certificate = read_certificate(task.folder)
    if certificate is not None and certificate != read_certificate(place):
        write_certificate(place, certificate, read_similarity(task.folder))

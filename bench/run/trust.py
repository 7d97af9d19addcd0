"""What an audit has said of a task: it decides whether the task runs, and goes along with a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.data.cache import cache_folder
from bench.interface.errors import BenchError, DataError
from bench.run.store import RunFolder
from bench.tasks.certificate import (
    CERTIFICATE,
    Certificate,
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
                f"task {task.info.name} fails its audit: {certificate.reasons[0]}; leave it out "
                "(--tasks names the others), or, to have it marked, add --allow-leaky"
            )


def take_along(run: RunFolder) -> tuple[str, ...]:
    """Copy certificates that were made later than those of a run into it, from the cache of tasks.

    Returns:
        What was done or could not be, a line for each task whose certificate is another one.
    """
    lines = []
    for name, key in run.index().tasks.items():
        folders = (cache_folder() / "tasks").glob(f"{name}-*")
        place = run.path / "tasks" / key
        known = [folder for folder in folders if _key_of(folder) == key]
        newest = max(known, key=_written, default=place)
        if _written(newest) <= _written(place):
            continue
        try:
            if _copy(newest, place):
                lines.append(f"{name}: its certificate was made after the run, and is shown")
        except (OSError, DataError) as error:
            lines.append(f"{name}: a later certificate is not shown: {error}")
    return tuple(lines)


def _written(folder: Path) -> float:
    path = folder / CERTIFICATE
    return path.stat().st_mtime if path.is_file() else 0.0


def _key_of(folder: Path) -> str | None:
    try:
        certificate = read_certificate(folder)
    except DataError:
        # Of a later version, or damaged: whoever audits or runs the task is told.
        return None
    return certificate.key if certificate is not None else None


def _copy(folder: Path, place: Path) -> bool:
    certificate, similarity = read_certificate(folder), read_similarity(folder)
    if certificate is None or _is_kept(certificate, place):
        return False
    write_certificate(place, certificate, similarity)
    return True


def _is_kept(certificate: Certificate, place: Path) -> bool:
    try:
        read_similarity(place)
        return certificate == read_certificate(place)
    except DataError:
        # A damaged one is made good.
        return False


def keep_certificate(place: Path, task: BuiltTask) -> None:
    """Copy the certificate of a task into the folder `place` that a run keeps for it."""
    _copy(task.folder, place)

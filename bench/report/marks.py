"""Marks behind the names of tasks whose scores are to be read with care, and what explains them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bench.metrics.bootstrap import FEW_BLOCKS
from bench.tasks.certificate import Verdict

if TYPE_CHECKING:
    from bench.report.view import RunView

FEW_BLOCKS_MARK = " †"
FEW_BLOCKS_NOTE = (
    f"† Fewer than {FEW_BLOCKS} blocks of test items that are scored: the interval is unreliable."
)
LEAKY_MARK = " ‡"
LEAKY_NOTE = (
    "‡ Fails its audit: scores may tell what the split lets through, or what tells items apart "
    "without reading the sequence."
)


def is_leaky(view: RunView, task: str) -> bool:
    """Whether a task fails its audit."""
    certificate = view.run.certificate(view.tasks[task].key)
    return certificate is not None and certificate.verdict is Verdict.FAIL


def marks(view: RunView, task: str) -> str:
    """Return the marks of a task, to stand behind its name or title."""
    few = FEW_BLOCKS_MARK if view.scored[task].few_blocks else ""
    return f"{few}{LEAKY_MARK if is_leaky(view, task) else ''}"


def marked(view: RunView, task: str) -> str:
    """Return the name of a task with its marks."""
    return f"{task}{marks(view, task)}"


def mark_notes(view: RunView, tasks: Iterable[str]) -> list[str]:
    """Explain the marks that some tasks have."""
    some = list(tasks)
    notes = [FEW_BLOCKS_NOTE] if any(view.scored[task].few_blocks for task in some) else []
    return notes + ([LEAKY_NOTE] if any(is_leaky(view, task) for task in some) else [])


def leaky_among(view: RunView, tasks: Iterable[str]) -> str:
    """Name those of the tasks behind a mean that fail their audit; nothing where none does."""
    failing = [task for task in tasks if is_leaky(view, task)]
    return f"Tasks among these that fail their audit (‡): {', '.join(failing)}." if failing else ""

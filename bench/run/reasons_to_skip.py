"""Why a model does not run on a task, known before anything is fitted."""

from __future__ import annotations

from bench.interface.card import ModelCard, Reads
from bench.registry.packages import missing_packages
from bench.tasks.info import TaskInfo


def reason_to_skip(card: ModelCard, input_length: int | None, task: TaskInfo) -> str | None:
    """Say why a model is not fitted on a task; None where it is."""
    if task.kind not in card.tasks:
        return f"does not do {task.kind}"
    if len(task.heads) > 1 and not card.several_heads:
        return f"does not do several heads, and the task has {len(task.heads)}"
    most = max(len(head.targets) for head in task.heads.values())
    if most > 1 and not card.several_targets:
        return f"does not do several targets, and the task has {most}"
    return beyond_limit(input_length, task) or _lacking(card, task)


def beyond_limit(input_length: int | None, task: TaskInfo) -> str | None:
    """Say that a model reads further than train and test stay apart."""
    if input_length is None or task.input_limit is None or input_length <= task.input_limit:
        return None
    return (
        f"reads {input_length} bp, but train and test stay apart, and blocks are long enough, "
        f"up to {task.input_limit} bp only: raise context in the manifest"
    )


def _lacking(card: ModelCard, task: TaskInfo) -> str | None:
    """Say what a model needs that the task or the installation does not have."""
    if card.reads is Reads.TSS_DISTANCE and not task.tss_distances:
        return "reads distances from TSS, and the task has none: name transcripts in the manifest"
    missing = missing_packages(card.packages)
    return f"needs {', '.join(missing)}, not installed" if missing else None

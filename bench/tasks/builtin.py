"""Registers the kinds of tasks that come with the suite."""

from __future__ import annotations

from bench.interface.card import TaskKind
from bench.interface.hooks import Register, hookimpl


@hookimpl
def bench_tasks(register: Register) -> None:
    """Add classification (binary and multi-label), regression, profiles, expression, variants."""
    register.task_kind(TaskKind.CLASSIFICATION, "bench.tasks.kinds:CLASSIFICATION")
    register.task_kind(TaskKind.REGRESSION, "bench.tasks.kinds:REGRESSION")
    register.task_kind(TaskKind.PROFILE, "bench.tasks.kinds:PROFILE")
    register.task_kind(TaskKind.EXPRESSION, "bench.tasks.kinds:EXPRESSION")
    register.task_kind(TaskKind.VARIANT, "bench.tasks.kinds:VARIANT")

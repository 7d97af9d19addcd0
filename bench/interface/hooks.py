"""What a plugin can add, and the markers to add it with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pluggy

from bench.interface.card import ModelCard, TaskKind

hookspec = pluggy.HookspecMarker("bench")
hookimpl = pluggy.HookimplMarker("bench")


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCard:
    """A score of one target: a function of predictions and truth."""

    name: str
    """Lower-case letters, digits and hyphens, as tables and manifests name it."""
    title: str
    """As figures name it."""
    kinds: Sequence[TaskKind]
    """Kinds of tasks that it scores."""
    target: str
    """The `"module:name"` of the function, or the `bench.metrics` class, that computes it."""
    higher_is_better: bool = True
    """Whether the better model has the higher score."""
    chance: float | None = None
    """Score of an uninformed prediction where it is a constant, else None."""


class Register(Protocol):
    """Takes what a plugin adds. Strings of the form `"module:name"` are imported when needed."""

    def model(self, card: ModelCard, target: str) -> None:
        """Add a model: its card and the `"module:Class"` that implements it."""

    def manifest(self, path: Path) -> None:
        """Add a dataset with its tasks: a TOML manifest."""

    def suite(self, path: Path) -> None:
        """Add a suite: a TOML file that names models and tasks."""

    def task_kind(self, kind: TaskKind, target: str) -> None:
        """Add what a kind of task checks and scores: the `"module:name"` of its rules."""

    def metric(self, card: MetricCard) -> None:
        """Add a metric."""

    def executor(self, name: str, target: str) -> None:
        """Add a way to execute cells: the `"module:Class"` of an executor."""

    def report_section(self, name: str, target: str) -> None:
        """Add a section to the report: the `"module:function"` that renders it."""


class HookSpecs:
    """The hooks; a plugin implements those it needs as module-level functions."""

    @hookspec
    def bench_models(self, register: Register) -> None:
        """Add models."""

    @hookspec
    def bench_datasets(self, register: Register) -> None:
        """Add dataset manifests and suites."""

    @hookspec
    def bench_tasks(self, register: Register) -> None:
        """Add kinds of tasks."""

    @hookspec
    def bench_metrics(self, register: Register) -> None:
        """Add metrics."""

    @hookspec
    def bench_executors(self, register: Register) -> None:
        """Add executors."""

    @hookspec
    def bench_report_sections(self, register: Register) -> None:
        """Add report sections."""

"""What every verb begins with: plugins, tasks, and warnings about broken ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.registry.discovery import discover
from bench.registry.registry import Registry

if TYPE_CHECKING:
    from bench.tasks.catalogue import TaskCatalogue

PluginFiles = Annotated[
    list[Path] | None,
    typer.Option("--plugin", help="Python file to load as a plugin; may be given several times."),
]


def load_registry(plugin_files: Sequence[Path] | None) -> Registry:
    """Find all plugins; say on standard error which were set aside and why."""
    registry = discover(plugin_files or ())
    for problem in registry.problems:
        warn(problem)
    return registry


def load_tasks(registry: Registry) -> TaskCatalogue:
    """Read all manifests; say on standard error which were set aside and why."""
    from bench.tasks.catalogue import TaskCatalogue

    catalogue = TaskCatalogue(registry)
    for problem in catalogue.problems:
        warn(problem)
    return catalogue


def warn(message: str) -> None:
    """Print one line of warning on standard error."""
    typer.echo(f"warning: {' '.join(message.split())}", err=True)

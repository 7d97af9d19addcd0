"""`bench list`: what there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer

from bench.cli.session import PluginFiles, load_registry, load_tasks
from bench.registry.registry import Registry

Row = dict[str, Any]


class What(StrEnum):
    """What can be listed."""

    MODELS = "models"
    TASKS = "tasks"
    DATASETS = "datasets"
    SUITES = "suites"
    METRICS = "metrics"
    PLUGINS = "plugins"


def list_(
    what: Annotated[What, typer.Argument(help="What to list.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    plugin: PluginFiles = None,
) -> None:
    """List models, tasks, datasets, suites, metrics or plugins.

    Example: bench list models --json
    """
    rows = ROWS[what](load_registry(plugin))
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
    else:
        typer.echo(as_text(rows))


def as_text(rows: list[Row]) -> str:
    """Lay rows out as a table of aligned columns."""
    if not rows:
        return "(none)"
    columns = list(rows[0])
    cells = [columns] + [[_word(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[number]) for line in cells) for number in range(len(columns))]
    lines = [
        "  ".join(f"{word:<{width}}" for word, width in zip(line, widths, strict=True))
        for line in cells
    ]
    return "\n".join(line.rstrip() for line in lines)


def _word(value: object) -> str:
    if isinstance(value, list | tuple | dict):
        return ",".join(str(part) for part in value)
    return "" if value is None else str(value)


def _models(registry: Registry) -> list[Row]:
    return [
        {
            "name": card.name,
            "family": card.family,
            "paper": card.paper,
            "year": card.year,
            "tasks": [str(kind) for kind in card.tasks],
            "presets": {
                name: {
                    "input_length": preset.input_length,
                    "parameters": preset.parameters,
                    "settings": dict(preset.settings),
                }
                for name, preset in card.presets.items()
            },
            "summary": card.summary,
        }
        for card in (entry.value for entry in registry.models)
    ]


def _tasks(registry: Registry) -> list[Row]:
    catalogue = load_tasks(registry)
    return [
        {
            "name": name,
            "dataset": manifest.name,
            "kind": str(task.kind),
            "title": task.title,
        }
        for manifest, _ in catalogue.manifests.values()
        for name, task in manifest.tasks.items()
    ]


def _datasets(registry: Registry) -> list[Row]:
    catalogue = load_tasks(registry)
    return [
        {
            "name": name,
            "title": manifest.title,
            "genome": manifest.genome,
            "licence": manifest.licence,
            "bytes": sum(file.bytes or 0 for file in manifest.files.values()),
            "tasks": list(manifest.tasks),
        }
        for name, (manifest, _) in catalogue.manifests.items()
    ]


def _suites(registry: Registry) -> list[Row]:
    from bench.data.manifest import read_toml
    from bench.run.suite import parse_suite

    rows = []
    for entry in registry.suites:
        suite = parse_suite(entry.value, read_toml(entry.value))
        models = [
            f"{model.name}:{model.preset}" if model.preset else model.name for model in suite.models
        ]
        rows.append(
            {
                "name": entry.name,
                "title": suite.title,
                "tasks": list(suite.tasks),
                "models": list(dict.fromkeys(models)),
            }
        )
    return rows


def _metrics(registry: Registry) -> list[Row]:
    return [
        {
            "name": card.name,
            "title": card.title,
            "kinds": [str(kind) for kind in card.kinds],
            "higher_is_better": card.higher_is_better,
            "chance": card.chance,
        }
        for card in (entry.value for entry in registry.metrics)
    ]


def _plugins(registry: Registry) -> list[Row]:
    return [
        {"name": plugin.name, "origin": plugin.origin, "problem": plugin.problem}
        for plugin in registry.plugins
    ]


ROWS: dict[What, Callable[[Registry], list[Row]]] = {
    What.MODELS: _models,
    What.TASKS: _tasks,
    What.DATASETS: _datasets,
    What.SUITES: _suites,
    What.METRICS: _metrics,
    What.PLUGINS: _plugins,
}

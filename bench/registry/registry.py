"""Everything that plugins have registered, and what went wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.interface.card import INTERFACE_VERSION, ModelCard, TaskKind
from bench.interface.errors import BenchError
from bench.interface.hooks import MetricCard
from bench.registry.entries import Catalogue, Entry


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that was found.

    `name` and `origin` say which and where from; `source` is the module, or the path of the file,
    that registers; `problem` is what ails it, if anything.
    """

    name: str
    origin: str
    source: str
    problem: str | None = None

    @property
    def label(self) -> str:
        """How entries of this plugin name it as their origin."""
        return f"{self.name}, {self.origin}"


@dataclass
class Registry:
    """The catalogues of one process; made by `bench.registry.discovery.discover`."""

    models: Catalogue[ModelCard] = field(default_factory=lambda: Catalogue("model"))
    manifests: Catalogue[Path] = field(default_factory=lambda: Catalogue("dataset"))
    suites: Catalogue[Path] = field(default_factory=lambda: Catalogue("suite"))
    task_kinds: Catalogue[TaskKind] = field(default_factory=lambda: Catalogue("task kind"))
    metrics: Catalogue[MetricCard] = field(default_factory=lambda: Catalogue("metric"))
    executors: Catalogue[str] = field(default_factory=lambda: Catalogue("executor"))
    report_sections: Catalogue[str] = field(default_factory=lambda: Catalogue("report section"))
    plugins: list[Plugin] = field(default_factory=list)
    plugin_files: tuple[Path, ...] = ()

    def plugin_of(self, entry: Entry[Any]) -> Plugin:
        """Return the plugin that registered an entry."""
        return next(plugin for plugin in self.plugins if plugin.label == entry.origin)

    @property
    def problems(self) -> list[str]:
        """One line for each plugin that was set aside."""
        return [
            f"plugin {plugin.name} ({plugin.origin}): {plugin.problem}"
            for plugin in self.plugins
            if plugin.problem
        ]


class StagedRegister:
    """Collects what one plugin registers, so that a plugin that fails half-way adds nothing."""

    def __init__(self, registry: Registry, origin: str) -> None:
        self._registry = registry
        self._origin = origin
        self._staged: list[tuple[Catalogue, Entry]] = []  # type: ignore[type-arg]

    def model(self, card: ModelCard, target: str) -> None:
        """Stage a model."""
        if card.interface_version != INTERFACE_VERSION:
            raise BenchError(
                f"model {card.name} is written for interface version {card.interface_version}, "
                f"this is version {INTERFACE_VERSION}; install a matching release of the plugin"
            )
        self._stage(self._registry.models, card.name, card, target)

    def manifest(self, path: Path) -> None:
        """Stage a dataset manifest, named after its file."""
        self._stage(self._registry.manifests, path.stem, path)

    def suite(self, path: Path) -> None:
        """Stage a suite, named after its file."""
        self._stage(self._registry.suites, path.stem, path)

    def task_kind(self, kind: TaskKind, target: str) -> None:
        """Stage a kind of task."""
        self._stage(self._registry.task_kinds, str(kind), kind, target)

    def metric(self, card: MetricCard) -> None:
        """Stage a metric."""
        self._stage(self._registry.metrics, card.name, card, card.target)

    def executor(self, name: str, target: str) -> None:
        """Stage an executor."""
        self._stage(self._registry.executors, name, name, target)

    def report_section(self, name: str, target: str) -> None:
        """Stage a section of the report."""
        self._stage(self._registry.report_sections, name, name, target)

    def commit(self) -> str | None:
        """Add everything that was staged; return the first conflict of names."""
        conflicts = [catalogue.add(entry) for catalogue, entry in self._staged]
        return next((conflict for conflict in conflicts if conflict), None)

    def _stage(
        self,
        catalogue: Catalogue,  # type: ignore[type-arg]
        name: str,
        value: object,
        target: str = "",
    ) -> None:
        self._staged.append((catalogue, Entry(name, value, self._origin, target)))

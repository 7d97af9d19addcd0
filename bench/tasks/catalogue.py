"""All tasks that can be built, by name, from the manifests of all plugins and of the user."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from bench.data.manifest import Manifest, parse_manifest, read_manifest
from bench.interface.errors import BenchError
from bench.interface.names import nearest
from bench.registry.registry import Registry
from bench.tasks.build import TaskSource
from bench.tasks.kinds import KindRules, suited


class TaskCatalogue:
    """Reads the manifests of a registry; a broken one is set aside with a message."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._tasks: dict[str, tuple[Manifest, Path]] = {}
        self.manifests: dict[str, tuple[Manifest, Path]] = {}
        self.problems: list[str] = []
        for entry in registry.manifests:
            try:
                self._add(read_manifest(entry.value), entry.value)
            except BenchError as error:
                self.problems.append(f"dataset {entry.name} ({entry.origin}): {error}")

    def add_file(self, path: Path, content: dict[str, object]) -> Manifest:
        """Add a manifest of the user, which was read as TOML.

        Raises:
            BenchError: the manifest is wrong, or a task of its has a name that is taken.
        """
        manifest = parse_manifest(path, content)
        self._add(manifest, path)
        return manifest

    def __getitem__(self, name: str) -> TaskSource:
        """Return the task of that name.

        Raises:
            BenchError: no such task, nobody knows its kind, or tasks are to be apart from each
                other in a circle.
        """
        return self._source(name, ())

    def _source(self, name: str, above: tuple[str, ...]) -> TaskSource:
        if name not in self._tasks:
            raise BenchError(f"unknown task {name!r}; {nearest(name, self._tasks)}")
        if name in above:
            raise BenchError(f"apart_from goes in a circle: {' -> '.join((*above, name))}")
        manifest, path = self._tasks[name]
        task = manifest.tasks[name]
        rules = suited(cast(KindRules, self._registry.task_kinds[task.kind].load()), task.metrics)
        others = {rule.task: self._source(rule.task, (*above, name)) for rule in task.apart_from}
        return TaskSource(manifest, path, name, rules, others)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of tasks."""
        return iter(self._tasks)

    def _add(self, manifest: Manifest, path: Path) -> None:
        for name in manifest.tasks:
            if name in self._tasks:
                raise BenchError(f"task {name!r} stands in {self._tasks[name][1]} and in {path}")
        self.manifests[manifest.name] = (manifest, path)
        self._tasks.update(dict.fromkeys(manifest.tasks, (manifest, path)))

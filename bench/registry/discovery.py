"""Finds plugins: the built-in ones, entry points, and files named on the command line.

Every plugin goes through the same hooks. One that cannot be imported, misspells a hook or fails in
it is set aside with a message, and everything else goes on.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pluggy

from bench.interface.card import INTERFACE_VERSION
from bench.interface.errors import BenchError
from bench.interface.hooks import HookSpecs
from bench.interface.names import nearest
from bench.registry.plugin_file import import_file
from bench.registry.registry import Plugin, Registry, StagedRegister

ENTRY_POINTS = "bench"
BUILT_IN = (
    "bench.metrics.builtin",
    "bench.tasks.builtin",
    "bench.executors.builtin",
    "bench.report.builtin",
)
HOOKS = tuple(name for name in vars(HookSpecs) if name.startswith("bench_"))


def discover(plugin_files: Iterable[Path] = ()) -> Registry:
    """Find and register all plugins.

    Args:
        plugin_files: Python files to load as plugins besides the installed ones.

    Raises:
        BenchError: a plugin file does not exist. A file that exists but fails is set aside.
    """
    files = tuple(path.resolve() for path in plugin_files)
    for path in files:
        if path.is_dir():
            raise BenchError(
                f"--plugin {path}: is a folder, expected a Python file; a package is installed: "
                f"pip install --editable {path}"
            )
        if not path.is_file():
            raise BenchError(f"--plugin {path}: no such file")
    registry = Registry(plugin_files=files)
    manager = pluggy.PluginManager("bench")
    manager.add_hookspecs(HookSpecs)
    for name in BUILT_IN:
        plugin = Plugin(name, "built in", name)
        _register(registry, manager, plugin, partial(importlib.import_module, name))
    for point in _entry_points():
        origin = f"entry point of {point.dist.name}" if point.dist else "entry point"
        _register(registry, manager, Plugin(point.name, origin, point.value), point.load)
    for path in files:
        plugin = Plugin(path.stem, str(path), str(path))
        _register(registry, manager, plugin, partial(import_file, path))
    return registry


def _entry_points() -> list[importlib.metadata.EntryPoint]:
    # An editable install beside a wheel lists the same entry point twice.
    found = importlib.metadata.entry_points(group=ENTRY_POINTS)
    return sorted(set(found), key=lambda point: (point.name, point.value))


def _register(
    registry: Registry,
    manager: pluggy.PluginManager,
    plugin: Plugin,
    load: Callable[[], object],
) -> None:
    try:
        module = load()
        staged = StagedRegister(registry, plugin.label)
        _call_hooks(manager, module, plugin.label, staged)
        problem = staged.commit()
    except BenchError as error:
        problem = str(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin may fail in any way
        problem = f"{type(error).__name__}: {error}"
        if isinstance(error, TypeError) and "ModelCard" in problem:
            problem += f"; the interface has version {INTERFACE_VERSION}: see its ModelCard"
    registry.plugins.append(replace(plugin, problem=problem))


def _call_hooks(
    manager: pluggy.PluginManager, plugin: object, label: str, register: StagedRegister
) -> None:
    manager.register(plugin, label)
    _check_hooks(manager, plugin)
    others = [other for other in manager.get_plugins() if other is not plugin]
    for hook in HOOKS:
        manager.subset_hook_caller(hook, others)(register=register)


def _check_hooks(manager: pluggy.PluginManager, plugin: object) -> None:
    """Refuse hooks that nobody would call: misspelt, unmarked, or none at all."""
    marked = {caller.name for caller in manager.get_hookcallers(plugin) or []}
    for name in sorted(marked - set(HOOKS)):
        manager.unregister(plugin)
        raise BenchError(f"implements unknown hook {name!r}; {nearest(name, HOOKS)}")
    for name in HOOKS:
        if callable(getattr(plugin, name, None)) and name not in marked:
            raise BenchError(f"function {name} is not marked with @hookimpl")
    if not marked:
        raise BenchError(f"implements no hook; there are {', '.join(HOOKS)}")

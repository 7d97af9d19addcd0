"""Finds plugins: the built-in ones, entry points, and files named on the command line.

Every plugin goes through the same hooks. One that cannot be imported, misspells a hook or fails in
it is set aside with a message, and everything else goes on.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import ModuleType

import pluggy

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
        if not path.is_file():
            raise BenchError(f"--plugin {path}: no such file")
    registry = Registry(plugin_files=files)
    manager = pluggy.PluginManager("bench")
    manager.add_hookspecs(HookSpecs)
    for name in BUILT_IN:
        _register(registry, manager, name, "built in", partial(_import, name))
    for point in _entry_points():
        origin = f"entry point of {point.dist.name}" if point.dist else "entry point"
        _register(registry, manager, point.name, origin, point.load)
    for path in files:
        _register(registry, manager, path.stem, str(path), partial(import_file, path))
    return registry


def _entry_points() -> list[importlib.metadata.EntryPoint]:
    # An editable install beside a wheel lists the same entry point twice.
    found = importlib.metadata.entry_points(group=ENTRY_POINTS)
    return sorted(set(found), key=lambda point: (point.name, point.value))


def _import(name: str) -> ModuleType:
    return importlib.import_module(name)


def _register(
    registry: Registry,
    manager: pluggy.PluginManager,
    name: str,
    origin: str,
    load: Callable[[], object],
) -> None:
    label = f"{name}, {origin}"
    try:
        plugin = load()
        _call_hooks(manager, plugin, label, staged := StagedRegister(registry, label))
        problem = staged.commit()
    except BenchError as error:
        problem = str(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin may fail in any way
        problem = f"{type(error).__name__}: {error}"
    registry.plugins.append(Plugin(name, origin, problem))


def _call_hooks(
    manager: pluggy.PluginManager, plugin: object, label: str, register: StagedRegister
) -> None:
    manager.register(plugin, label)
    _refuse_unknown_hooks(manager, plugin)
    others = [other for other in manager.get_plugins() if other is not plugin]
    for hook in HOOKS:
        manager.subset_hook_caller(hook, others)(register=register)


def _refuse_unknown_hooks(manager: pluggy.PluginManager, plugin: object) -> None:
    for caller in manager.get_hookcallers(plugin) or []:
        if caller.name not in HOOKS:
            manager.unregister(plugin)
            raise BenchError(
                f"implements unknown hook {caller.name!r}; {nearest(caller.name, HOOKS)}"
            )

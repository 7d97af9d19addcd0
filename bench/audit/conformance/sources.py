"""Which distributions the source files of a model import."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import sys
from functools import cache
from pathlib import Path

HARNESS = "bench"


def imported_distributions(target: str) -> set[str]:
    """Return the distributions that a `"module:Class"` imports, itself or through its own package.

    Imports for type checkers only are left out, as are the standard library and this suite.
    """
    tops = {name.partition(".")[0] for name in foreign_modules(target)}
    return set().union(*map(distributions_of, tops))


def foreign_modules(target: str) -> set[str]:
    """Return the modules of others that a `"module:Class"` imports, or its own package does."""
    module = target.partition(":")[0]
    top = module.partition(".")[0]
    read: set[str] = set()
    waiting = [module]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        path = _source(name)
        if name in read or path is None:
            continue
        read.add(name)
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        imported = imported_modules(path.read_text(), package)
        own = {one for one in imported if one.partition(".")[0] == top}
        waiting += own
        found |= imported - own
    return found


def imported_modules(source: str, package: str) -> set[str]:
    """Return the modules that some source of a package imports at run time.

    Names that are imported from a module count as modules too: they may be.
    """
    names: set[str] = set()
    for node in _run_time_nodes(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


def distributions_of(top: str) -> set[str]:
    """Return the distributions that provide a top-level module; none for the standard library."""
    if top in sys.stdlib_module_names or top == HARNESS:
        return set()
    return {name.lower().replace("_", "-") for name in _providers().get(top, [])}


@cache
def _providers() -> dict[str, list[str]]:
    return dict(importlib.metadata.packages_distributions())


def _run_time_nodes(tree: ast.AST) -> list[ast.AST]:
    nodes: list[ast.AST] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        nodes += [node, *_run_time_nodes(node)]
    return nodes


def _absolute(node: ast.ImportFrom, package: str) -> str:
    name = node.module or ""
    return importlib.util.resolve_name("." * node.level + name, package) if node.level else name


def _source(module: str) -> Path | None:
    loaded = getattr(sys.modules.get(module), "__file__", None)
    if loaded is None:
        try:
            spec = importlib.util.find_spec(module)
        except (ImportError, ValueError):
            return None
        loaded = spec.origin if spec is not None else None
    return Path(loaded) if loaded and loaded.endswith(".py") else None

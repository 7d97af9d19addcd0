"""Plugins that are one Python file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from bench.interface.errors import BenchError


def import_file(path: Path) -> ModuleType:
    """Import a plugin file under its own stem, so that `"stem:Class"` finds its classes."""
    present = sys.modules.get(path.stem)
    if present is not None and getattr(present, "__file__", None) == str(path):
        return present
    if present is not None or _another_module(path):
        raise BenchError(f"its name {path.stem!r} is that of another module; rename the file")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise BenchError("is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
    return module


def _another_module(path: Path) -> bool:
    """Whether the name means something else: the file itself may well lie on the import path."""
    found = importlib.util.find_spec(path.stem)
    return found is not None and (found.origin is None or Path(found.origin).resolve() != path)

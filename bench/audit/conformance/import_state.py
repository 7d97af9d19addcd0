"""Imports a model's module and reports what that changes in the process.

`python -m bench.audit.conformance.import_state REQUEST` takes JSON with `source` (module or file
that registers), `module` (that holds the model) and `packages` (modules of others that it imports),
and prints a JSON list of changes as its last line.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path

from bench.audit.conformance.process_state import changed_since, read_state, unusual_state
from bench.registry.plugin_file import import_file

KEPT = ("PATH", "HOME", "PYTHON", "LD_", "DYLD_", "TMP", "LANG", "LC_", "BENCH_", "SYSTEM")
"""Beginnings of the variables without which a process does not work."""


def main(source: str, module: str, packages: list[str]) -> None:
    """Import and report."""
    for name in packages:
        # Libraries change things when they are imported; names in modules cannot be imported.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder, unusual_state(Path(folder)):
        _forget_environment()
        before = read_state()
        if source.endswith(".py"):
            import_file(Path(source))
        else:
            importlib.import_module(module)
        changed = changed_since(before)
    print(json.dumps(changed))  # noqa: T201


def _forget_environment() -> None:
    """Remove variables that the same module may have set in the process that asks."""
    for name in set(os.environ):
        if not name.startswith(KEPT):
            del os.environ[name]


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))

"""Registers one plugin and reports which heavy packages that loads.

`python -m bench.audit.conformance.registration SOURCE` prints a JSON list as its last line.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from bench.interface.hooks import HookSpecs
from bench.registry.plugin_file import import_file

HEAVY = (
    "captum", "cupy", "h5py", "jax", "keras", "lightning", "matplotlib", "numba", "pandas",
    "plotly", "pyarrow", "pyfaidx", "pytorch_lightning", "scipy", "seaborn", "skops", "sklearn",
    "tensorflow", "torch", "torchvision", "transformers", "triton", "xgboost",
)  # fmt: skip
"""Top-level modules that take a noticeable time to import; numpy is allowed."""


class Nowhere:
    """Takes registrations of any kind and forgets them."""

    def __getattr__(self, name: str) -> object:
        """Return a function that takes anything."""
        return lambda *_, **__: None


def main(source: str) -> None:
    """Register and report."""
    plugin = imported(source)
    for name in vars(HookSpecs):
        if name.startswith("bench_") and hasattr(plugin, name):
            getattr(plugin, name)(register=Nowhere())
    print(json.dumps([name for name in HEAVY if name in sys.modules]))  # noqa: T201


def imported(source: str) -> object:
    """Import a plugin: a file, a module, or an object in a module (`module:name`)."""
    path = Path(source)
    if path.suffix == ".py":
        return import_file(path)
    module, _, attribute = source.partition(":")
    plugin: object = importlib.import_module(module)
    for name in filter(None, attribute.split(".")):
        plugin = getattr(plugin, name)
    return plugin


if __name__ == "__main__":
    main(sys.argv[1])

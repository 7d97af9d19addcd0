"""Registers one plugin and reports which heavy packages that loads.

`python -m bench.audit.conformance.registration MODULE-OR-FILE` prints a JSON list as its last line.
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
    path = Path(source)
    module = import_file(path) if path.suffix == ".py" else importlib.import_module(source)
    for name in vars(HookSpecs):
        if name.startswith("bench_") and hasattr(module, name):
            getattr(module, name)(register=Nowhere())
    print(json.dumps([name for name in HEAVY if name in sys.modules]))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])

"""Hashes of the code that computes a cell, so that changed code makes new cells.

Code is hashed as its syntax tree without docstrings: comments, layout and documentation can
change without making a result stale.
"""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from pathlib import Path

from bench.data.files import sha256_of
from bench.data.syntax_hash import syntax_hash

SHARED = (
    "bench.interface",
    "bench.data",
    "bench.tasks.examples",
    "bench.tasks.store",
    "bench.training",
)
"""Modules of the harness that plugins compute with, or that make what they are shown."""
METRICS = "bench.metrics"
EFFECTS = (
    "bench.effects.alleles",
    "bench.effects.predictor",
    "bench.effects.scores",
    "bench.run.allele_cell",
    "bench.run.shared_sequence",
    "bench.tasks.apart",
)
"""Modules that score variants by a fitted model, and see that it has not learnt from them."""


def plugin_code_hash(target: str) -> str:
    """Hash the plugin that holds `"module:Class"`, with its data files, and `SHARED`."""
    top = _top(target)
    digest = hashlib.sha256()
    for name in (top, *SHARED):
        for path in _sources(name):
            digest.update(path.name.encode())
            digest.update(syntax_hash(path).encode())
    for path in _data_files(top):
        digest.update(path.name.encode())
        digest.update(sha256_of(path).encode())
    return digest.hexdigest()


def effects_code_hash() -> str:
    """Hash the code that compares alleles."""
    digest = hashlib.sha256()
    for name in EFFECTS:
        for path in _sources(name):
            digest.update(syntax_hash(path).encode())
    return digest.hexdigest()[:16]


def metric_code_hash(target: str) -> str:
    """Hash the code of the metric that `"module:name"` names: its plugin and the statistics."""
    digest = hashlib.sha256(target.encode())
    for name in (METRICS,) if target.startswith("bench.") else (METRICS, _top(target)):
        for path in _sources(name):
            digest.update(syntax_hash(path).encode())
    return digest.hexdigest()[:16]


@cache
def sources_hash(target: str) -> str:
    """Hash the bytes of the same sources: cheaper, and enough to see that nothing has changed."""
    digest = hashlib.sha256()
    for name in (_top(target), *SHARED):
        for path in _sources(name):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _top(target: str) -> str:
    return target.partition(":")[0].partition(".")[0]


@cache
def _data_files(package: str) -> tuple[Path, ...]:
    """Files of a package that are no Python and not hidden: tables or weights that it reads."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return ()
    folders = [Path(folder) for folder in spec.submodule_search_locations]
    found = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return tuple(
        sorted(
            path
            for path in found
            if path.suffix not in {".py", ".pyc"}
            and not any(part.startswith(".") for part in path.parts[-2:])
        )
    )


@cache
def _sources(name: str) -> tuple[Path, ...]:
    spec = importlib.util.find_spec(name) if _parent_exists(name) else None
    if spec is None:
        return ()
    if spec.submodule_search_locations is None:
        return (Path(spec.origin),) if spec.origin else ()
    folders = [Path(folder) for folder in spec.submodule_search_locations]
    return tuple(sorted(path for folder in folders for path in folder.rglob("*.py")))


def _parent_exists(name: str) -> bool:
    parent = name.rpartition(".")[0]
    return not parent or importlib.util.find_spec(parent) is not None

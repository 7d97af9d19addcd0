"""Imports point one way: cli -> run, report -> tasks, metrics, data -> interface."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ALLOWED = {
    "interface": set(),
    "registry": {"interface"},
    "data": {"interface"},
    "simulate": {"interface", "data"},
    "metrics": {"interface"},
    "training": {"interface", "data"},
    "tasks": {"interface", "registry", "data", "simulate"},
    "run": {"interface", "registry", "data", "metrics", "tasks", "effects"},
    "executors": {"interface", "run"},
    "profile": {"interface", "registry", "data", "run"},
    "report": {
        "interface",
        "registry",
        "data",
        "metrics",
        "tasks",
        "run",
        "profile",
        "effects",
    },
    "audit": {"interface", "registry", "data", "metrics", "tasks"},
    "effects": {"interface", "data"},
    "scaffold": {"interface"},
    "cli": {
        "interface",
        "registry",
        "data",
        "tasks",
        "run",
        "profile",
        "report",
        "audit",
        "effects",
        "scaffold",
    },
}
PLUGIN_MAY_USE = {"interface", "data", "training"}


def imported(path: Path) -> set[str]:
    """Names of modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def parts_of_bench(path: Path) -> set[str]:
    """Parts of the harness that a file imports."""
    return {
        name.split(".")[1]
        for name in imported(path)
        if name.startswith("bench.") and (ROOT / "bench" / name.split(".")[1]).is_dir()
    }


@pytest.mark.parametrize("part", sorted(ALLOWED))
def test_a_part_imports_only_what_lies_below_it(part):
    for path in (ROOT / "bench" / part).rglob("*.py"):
        assert parts_of_bench(path) <= ALLOWED[part] | {part}, path


def test_every_part_has_its_place():
    parts = {path.name for path in (ROOT / "bench").iterdir() if (path / "__init__.py").is_file()}
    assert parts == set(ALLOWED)


def test_plugins_use_the_interface_and_the_data_layer_only():
    for path in [*(ROOT / "plugins").rglob("*.py"), *(ROOT / "datasets").rglob("*.py")]:
        assert parts_of_bench(path) <= PLUGIN_MAY_USE, path


def test_the_harness_imports_no_plugin_and_names_no_model():
    plugins = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()}
    for path in (ROOT / "bench").rglob("*.py"):
        assert not {name.split(".")[0] for name in imported(path)} & plugins, path


HEAVY = ("torch", "sklearn", "scipy", "pandas", "matplotlib", "numpy", "pyarrow")


def loaded_by(code: str) -> set[str]:
    """Heavy packages that are loaded after running some code in a fresh process."""
    report = f"import sys\n{code}\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split("\n")[-2].split())


def test_finding_plugins_imports_nothing_heavy():
    assert not loaded_by("from bench.registry.discovery import discover; discover()")


def test_listing_models_imports_nothing_heavy():
    assert not loaded_by("from bench.cli.app import run_app; run_app(['list', 'models'])")


def test_a_child_starts_without_heavy_packages():
    assert loaded_by("import bench.run.child, bench.metrics.score, bench.tasks.store") <= {"numpy"}

"""Manifests and suites that come with cisbench: one TOML file for each dataset and each suite."""

from __future__ import annotations

from pathlib import Path

from bench.interface import Register, hookimpl

HERE = Path(__file__).parent


@hookimpl
def bench_datasets(register: Register) -> None:
    """Add every manifest of this folder, and every suite of the folder beside it."""
    for manifest in sorted(HERE.glob("*.toml")):
        register.manifest(manifest)
    for suite in sorted((HERE / "suites").glob("*.toml")):
        register.suite(suite)

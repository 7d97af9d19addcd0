"""Which distributions are installed, without importing them."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from functools import cache


def package_versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of installed distributions; a missing one is left out."""
    versions = {name: _version(name) for name in sorted(packages)}
    return {name: version for name, version in versions.items() if version is not None}


def missing_packages(packages: Iterable[str]) -> list[str]:
    """Distributions that are not installed."""
    return [name for name in sorted(packages) if _version(name) is None]


@cache
def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None

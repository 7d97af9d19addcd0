"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Folder of the real files."""
    named = os.environ.get("BENCH_MIRROR")
    if not named:
        pytest.skip("needs real files: BENCH_MIRROR is not set")
    return Path(named).resolve()

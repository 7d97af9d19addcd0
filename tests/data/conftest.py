"""Real files for the tests of readers."""

from __future__ import annotations

import pytest

from bench.data.download import find_in_mirrors


@pytest.fixture(scope="session")
def real_file(mirror):
    """Find a real file by its size and SHA-256, or skip the test."""

    def find(size, sha256):
        path = find_in_mirrors(sha256, size, [mirror])
        if path is None:
            pytest.skip(f"the mirror has no file of {size} bytes with SHA-256 {sha256}")
        return path

    return find

"""Where downloaded files, genome stores and built tasks are kept."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the cache: `BENCH_CACHE`, or the user's cache folder of this system."""
    named = os.environ.get("BENCH_CACHE")
    if named:
        return Path(named).expanduser().resolve()
    from platformdirs import user_cache_path

    return user_cache_path("cisbench")


def mirror_folders() -> list[Path]:
    """Return the local mirrors named by `BENCH_MIRROR`, separated as in `PATH`."""
    named = os.environ.get("BENCH_MIRROR", "")
    return [Path(part).expanduser().resolve() for part in named.split(os.pathsep) if part]

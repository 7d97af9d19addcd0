"""How many processor cores compiled loops keep busy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba
import torch


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let compiled loops keep at most so many processor cores busy."""
    before_in_torch = torch.get_num_threads()
    before = numba.get_num_threads()
    most: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    numba.set_num_threads(max(1, min(count, most)))
    try:
        yield
    finally:
        numba.set_num_threads(before)
        # Both may share one pool of OpenMP, whose number of threads the above changes.
        torch.set_num_threads(before_in_torch)


@contextmanager
def threads_for(parts: int) -> Iterator[None]:
    """Let compiled loops over so many parts wake no more threads than there are parts.

    A thread that sleeps takes longer to wake than a short loop takes.
    """
    if parts >= numba.get_num_threads():
        yield
        return
    with threads(parts):
        yield

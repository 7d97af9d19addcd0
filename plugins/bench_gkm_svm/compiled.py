"""Compilation of loops over l-mers and sequences, with types that tools can follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

import numba
import torch

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, and keep the result on disk.

    Additions may be reordered, so that several are done at once.
    """
    return _compiled(function, parallel=False)


def compiled_parallel(function: Function) -> Function:
    """Compile a function whose loops over `numba.prange` are shared among threads."""
    return _compiled(function, parallel=True)


def _compiled(function: Function, parallel: bool) -> Function:
    try:
        compiler = numba.njit(fastmath=True, parallel=parallel, cache=True)
        return cast("Function", compiler(function))
    except RuntimeError:
        # No folder can be written to: each process compiles for itself.
        return cast("Function", numba.njit(fastmath=True, parallel=parallel)(function))


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

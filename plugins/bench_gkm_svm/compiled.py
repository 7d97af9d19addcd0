"""Compilation of loops over l-mers and sequences, with types that tools can follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, and keep the result on disk.

    Additions may be reordered, so that several are done at once.
    """
    return cast("Function", numba.njit(fastmath=True, cache=True)(function))


def compiled_parallel(function: Function) -> Function:
    """Compile a function whose loops over `numba.prange` are shared among threads."""
    return cast("Function", numba.njit(fastmath=True, parallel=True, cache=True)(function))

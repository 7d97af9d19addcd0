"""Compilation of loops over bases and items by numba, with types that tools can follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

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

"""The state of the process that a model could change: reading it, changing it, putting it back."""

from __future__ import annotations

import gc
import hashlib
import locale
import logging
import os
import random
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

MARK = "BENCH_CHECK_MARK"
"""A variable of the environment that a model would have to remove on purpose."""


@contextmanager
def preserved() -> Iterator[None]:
    """Run a block and put the state of the process back after."""
    kept = _Kept()
    try:
        yield
    finally:
        kept.restore()


@contextmanager
def unusual_state(folder: Path) -> Iterator[Path]:
    """Run a block in a state that no model would set by itself, and put the old one back after.

    A model that sets what was set before is noticed by that.
    """
    with preserved():
        _make_unusual(folder)
        yield folder


def _make_unusual(folder: Path) -> None:
    os.chdir(folder)
    os.environ[MARK] = "1"
    warnings.filters[:] = [("default", None, BytesWarning, None, 0)]  # type: ignore[index]
    random.seed(MARK)
    np.random.seed(20_011)  # noqa: NPY002
    np.seterr(all="ignore", invalid="warn")
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(20_011)
        torch.set_num_threads(3)


class _Kept:
    """The state of the process, to be put back."""

    def __init__(self) -> None:
        self._folder = Path.cwd()
        self._environment = dict(os.environ)
        self._filters = list(warnings.filters)
        self._random = random.getstate()
        self._numpy = np.random.get_state()  # noqa: NPY002
        self._errors = np.geterr()
        torch = sys.modules.get("torch")
        self._torch = None if torch is None else (torch.get_rng_state(), torch.get_num_threads())

    def restore(self) -> None:
        """Put everything back."""
        os.chdir(self._folder)
        os.environ.clear()
        os.environ.update(self._environment)
        warnings.filters[:] = self._filters  # type: ignore[index]
        random.setstate(self._random)
        np.random.set_state(self._numpy)  # noqa: NPY002
        np.seterr(**self._errors)
        if self._torch is not None:
            torch = sys.modules["torch"]
            torch.set_rng_state(self._torch[0])
            torch.set_num_threads(self._torch[1])


def _numpy_random() -> object:
    name, keys, *rest = np.random.get_state()  # noqa: NPY002
    return name, hashlib.sha256(np.asarray(keys).tobytes()).hexdigest(), rest


def _torch_state(read: Callable[..., object]) -> Callable[[], object]:
    """Make a function that reads a state of torch, and nothing while torch is not loaded."""

    def state() -> object:
        torch = sys.modules.get("torch")
        return None if torch is None else read(torch)

    return state


def _logging() -> object:
    root = logging.getLogger()
    return root.level, len(root.handlers), logging.root.manager.disable


def _signals() -> object:
    return [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]


def _blas_threads() -> object:
    """Return the number of threads of each library for linear algebra that is loaded."""
    threadpoolctl = sys.modules.get("threadpoolctl")
    if threadpoolctl is None:
        return None
    return {one["filepath"]: one["num_threads"] for one in threadpoolctl.threadpool_info()}


STATES: dict[str, Callable[[], object]] = {
    "the state of `random`": random.getstate,
    "the state of `numpy.random`": _numpy_random,
    "the state of torch's generator": _torch_state(lambda torch: torch.get_rng_state().tolist()),
    "torch's number of threads": _torch_state(lambda torch: torch.get_num_threads()),
    "torch's default type": _torch_state(lambda torch: str(torch.get_default_dtype())),
    "torch's deterministic mode": _torch_state(
        lambda torch: torch.are_deterministic_algorithms_enabled()
    ),
    "torch's gradient mode": _torch_state(lambda torch: torch.is_grad_enabled()),
    "numpy's handling of errors": np.geterr,
    "numpy's print options": np.get_printoptions,
    "threads of linear algebra": _blas_threads,
    "garbage collection": gc.isenabled,
    "warning filters": lambda: list(warnings.filters),
    "logging": _logging,
    "the environment": lambda: dict(os.environ),
    "the import path": lambda: list(sys.path),
    "the working directory": os.getcwd,
    "the recursion limit": sys.getrecursionlimit,
    "the locale": lambda: locale.setlocale(locale.LC_ALL),
    "handlers of signals": _signals,
}


def read_state() -> dict[str, object]:
    """Read all states."""
    return {name: state() for name, state in STATES.items()}


def changed_since(before: dict[str, object]) -> list[str]:
    """Name the states that are not what they were."""
    return [name for name, state in STATES.items() if state() != before[name]]

"""Predictions of all heads of a task, checked, as they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray
    from bench.interface.examples import Examples
    from bench.interface.model import Model
    from bench.tasks.store import BuiltTask


def predict_heads(model: Model, test: Examples, task: BuiltTask) -> FloatArray:
    """Return predictions of the test items, float32, the targets of all heads side by side.

    An item is predicted for its own head; 0 stands where it is of another.

    Raises:
        BenchError: predictions have another shape than targets, another type, or are not finite.
    """
    heads = task.info.heads
    bins = next(iter(heads.values())).bins
    inner = () if bins is None else (bins,)
    parts = []
    for name, head in heads.items():
        own = task.is_of_head(name)[task.rows("test")]
        shape = (int(own.sum()), *inner, len(head.targets))
        part = np.zeros((len(test), *shape[1:]), dtype=np.float32)
        given = model.predict(test) if len(heads) == 1 else model.predict(test.of_head(name), name)
        part[own] = _checked(np.asarray(given), shape)
        parts.append(part)
    return np.concatenate(parts, axis=-1)


def _checked(predictions: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    if predictions.shape != shape:
        raise BenchError(f"predictions have shape {predictions.shape}, expected {shape}")
    if not np.issubdtype(predictions.dtype, np.floating):
        raise BenchError(
            f"predictions have type {predictions.dtype}, expected floating-point numbers"
        )
    with np.errstate(over="ignore"):
        stored: FloatArray = predictions.astype(np.float32)
    odd = ~np.isfinite(stored)
    if odd.any():
        place = np.argwhere(odd)[0]
        raise BenchError(
            f"prediction of test item {place[0]}, target {place[-1]} is not finite as float32"
        )
    return stored

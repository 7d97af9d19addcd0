"""Predictions of windows, computed once and shared by all models that stand on the same one.

A folder holds pairs of files, each of which is never changed:

NAME.predicted.npy   float32 (m, targets)
NAME.keys.npy        uint64 (m,), sorted: fingerprints of the windows

Keys are written last, so what they name is there. Two processes that compute the same windows at
the same time do so twice, and either result is used.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.files import atomic_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEYS, PREDICTED = ".keys.npy", ".predicted.npy"


class PredictionStore:
    """Predictions by the fingerprint of their window.

    Args:
        folder: where they are kept; None for in memory.
        targets: predictions of a window.
    """

    def __init__(self, folder: Path | None, targets: int) -> None:
        self._folder = folder
        self._targets = targets
        self._names: set[str] = set()
        self._keys: list[NDArray[np.uint64]] = []
        self._predicted: list[NDArray[np.float32]] = []
        self._index()

    def refresh(self) -> None:
        """Take in what others have written since."""
        if self._folder is None:
            return
        for path in sorted(self._folder.glob(f"*{KEYS}")):
            name = path.name.removesuffix(KEYS)
            if name not in self._names:
                self._names.add(name)
                self._keys.append(np.load(path))
                self._predicted.append(np.load(self._folder / (name + PREDICTED), mmap_mode="r"))
        self._index()

    def _index(self) -> None:
        """Sort the keys of all files together, with the file and the row of each."""
        keys = np.concatenate([np.zeros(0, np.uint64), *self._keys])
        counts = [len(part) for part in self._keys]
        files = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        rows = np.concatenate([np.zeros(0, np.int64), *map(np.arange, counts)])
        self._sorted, first = np.unique(keys, return_index=True)
        self._file, self._row = files[first], rows[first]

    def has(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Tell which windows have a prediction, `(m,)`."""
        return np.isin(keys, self._sorted)

    def add(self, keys: NDArray[np.uint64], predicted: NDArray[np.float32]) -> None:
        """Keep predictions `(m, targets)` of windows `(m,)`; they are seen after `refresh`."""
        order = np.argsort(keys)
        keys, predicted = keys[order], predicted[order]
        if self._folder is None:
            self._keys.append(keys)
            self._predicted.append(predicted)
            self._index()
            return
        name = hashlib.sha256(keys.tobytes()).hexdigest()[:20]
        # Another process may have written the same windows, and others may have them open.
        if not (self._folder / (name + KEYS)).exists():
            _write(self._folder / (name + PREDICTED), predicted)
            _write(self._folder / (name + KEYS), keys)

    def get(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Return predictions of windows that are there: keys `(...)` to `(..., targets)`."""
        flat = keys.reshape(-1)
        at = np.searchsorted(self._sorted, flat)
        predictions = np.empty((len(flat), self._targets), dtype=np.float32)
        files = self._file[at]
        for file in np.unique(files):
            chosen = np.flatnonzero(files == file)
            predictions[chosen] = self._predicted[file][self._row[at[chosen]]]
        return predictions.reshape(*keys.shape, self._targets)


def _write(path: Path, array: NDArray[np.generic]) -> None:
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, array)

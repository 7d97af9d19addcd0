"""In which direction the items of a built task are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.tasks.store import BuiltTask


def turned_items(task: BuiltTask, split: str) -> NDArray[np.bool_]:
    """Tell which items of a split are read against the direction of their chromosome, `(n,)`."""
    rows = task.rows(split)
    path = task.folder / "reverse.npy"
    if not path.is_file():
        return np.zeros(len(rows), dtype=bool)
    turned: NDArray[np.bool_] = np.load(path)
    return turned[rows]

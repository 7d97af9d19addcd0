"""Saves the few arrays that a fitted baseline consists of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays: TypeAlias = Mapping[str, NDArray[Any]]

HEADS = "heads.json"


def save_heads(folder: Path, heads: Mapping[str, Arrays]) -> None:
    """Write named arrays of each head: one `.npz` per head, and the names of the heads as JSON."""
    (folder / HEADS).write_text(json.dumps(list(heads)))
    for number, arrays in enumerate(heads.values()):
        named: dict[str, Any] = dict(arrays)
        with (folder / f"head-{number}.npz").open("wb") as stream:
            np.savez(stream, **named)


def load_heads(folder: Path) -> dict[str, dict[str, NDArray[Any]]]:
    """Read back what `save_heads` wrote."""
    names: list[str] = json.loads((folder / HEADS).read_text())
    heads = {}
    for number, name in enumerate(names):
        with np.load(folder / f"head-{number}.npz", allow_pickle=False) as arrays:
            heads[name] = dict(arrays)
    return heads

"""Files of fitted machines: arrays as `.npy`, and the kinds of heads as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench_gkm_svm.rbf_scores import RbfScores
from bench_gkm_svm.scores import Scores, TableScores

if TYPE_CHECKING:
    from bench_gkm_svm.kernel import GkmKernel

HEADS = "heads.json"
TABLE_ARRAYS = ("tables", "rho", "scale", "centre")
RBF_ARRAYS = ("codes", "lengths", "beta", "rho", "scale", "centre")


def save_scores(folder: Path, scores: Mapping[str, Scores]) -> None:
    """Write the decision functions of all heads into a folder."""
    (folder / HEADS).write_text(json.dumps(list(scores)))
    for number, one in enumerate(scores.values()):
        for name in RBF_ARRAYS if isinstance(one, RbfScores) else TABLE_ARRAYS:
            np.save(folder / f"{name}-{number}.npy", getattr(one, name))


def load_scores(folder: Path, kernel: GkmKernel) -> dict[str, Scores]:
    """Read back what `save_scores` wrote; the kernel is that of the saved model."""
    heads: list[str] = json.loads((folder / HEADS).read_text())
    names = RBF_ARRAYS if kernel.is_rbf else TABLE_ARRAYS
    kind = RbfScores if kernel.is_rbf else TableScores
    return {
        head: kind(kernel, *(np.load(folder / f"{name}-{number}.npy") for name in names))
        for number, head in enumerate(heads)
    }

"""Files of fitted machines: arrays as `.npy`; the kernel and the names of heads as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.interface import BenchError, DataError
from bench_gkm_svm.kernel import GkmKernel, KernelType
from bench_gkm_svm.rbf_scores import RbfScores
from bench_gkm_svm.scores import TableScores

if TYPE_CHECKING:
    from bench_gkm_svm.scores import Scores

MACHINES = "machines.json"
TABLE_ARRAYS = ("tables", "rho", "scale", "centre")
RBF_ARRAYS = ("codes", "lengths", "beta", "rho", "scale", "centre")


def save_scores(folder: Path, scores: Mapping[str, Scores]) -> None:
    """Write the decision functions of all heads, which share a kernel, into a folder."""
    kernel = next(iter(scores.values())).kernel
    written = {"heads": list(scores), "kernel": asdict(kernel)}
    (folder / MACHINES).write_text(json.dumps(written) + "\n")
    names = RBF_ARRAYS if kernel.is_rbf else TABLE_ARRAYS
    for number, one in enumerate(scores.values()):
        for name in names:
            np.save(folder / f"{name}-{number}.npy", getattr(one, name))


def load_scores(folder: Path) -> dict[str, Scores]:
    """Read back what `save_scores` wrote.

    Raises:
        DataError: the folder holds no such machines, or not all of their arrays.
    """
    try:
        written = json.loads((folder / MACHINES).read_text())
        given = {**written["kernel"], "type": KernelType(written["kernel"]["type"])}
        kernel = GkmKernel(**given)
        names = RBF_ARRAYS if kernel.is_rbf else TABLE_ARRAYS
        kind = RbfScores if kernel.is_rbf else TableScores
        return {
            head: kind(kernel, *(np.load(folder / f"{name}-{number}.npy") for name in names))
            for number, head in enumerate(written["heads"])
        }
    except FileNotFoundError as error:
        raise DataError(
            folder, f"no {Path(error.filename).name}, expected a saved model"
        ) from error
    except (ValueError, KeyError, TypeError, BenchError) as error:
        raise DataError(folder, "damaged, expected a saved model") from error

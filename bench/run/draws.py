"""Resampled scores of a cell, kept beside its predictions so that many pairs can share them."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from bench.data.files import atomic_file, sha256_of
from bench.metrics.paired import MeanScore, mean_score
from bench.metrics.version import STATISTICS_VERSION
from bench.run.code_hash import metric_code_hash
from bench.run.result import CellSpec
from bench.run.scoring import DRAWS, SEED, load_metric
from bench.run.store import RunFolder


@dataclass(frozen=True, slots=True)
class Scorer:
    """A metric with the code that computes it now: `"module:name"`, and its hash."""

    name: str
    target: str
    code: str

    @classmethod
    def of(cls, name: str, target: str) -> Self:
        """Take a metric by name with the `"module:name"` of its code."""
        return cls(name, target, metric_code_hash(target))


def resampled_score(run: RunFolder, cell: CellSpec, scorer: Scorer, threads: int = 1) -> MeanScore:
    """Return the score of a cell on all items and on the draws that every model gets.

    It is read from `cells/ID/draws-METRIC.npz` where that was made from these predictions by this
    code, and is computed and stored there otherwise.

    Args:
        run: the run.
        cell: a finished cell of it.
        scorer: one of its metrics.
        threads: to compute with.

    Raises:
        DataError: the predictions or the truth are not there.
    """
    folder = run.cell(cell.cell_id)
    path = folder / f"draws-{scorer.name}.npz"
    made_of = _made_of(folder / "predictions.npz", cell.task_key, scorer)
    made_of += f" {run.left_out_hash(cell.task_key)}"
    known = _read(path, made_of)
    if known is not None:
        return known
    truth = run.truth(cell.task_key)
    predictions = run.predictions(cell.cell_id)
    found = mean_score(
        load_metric(scorer.target), predictions, truth.targets, truth.blocks, DRAWS, SEED,
        threads,
    )  # fmt: skip
    # It saves time only: a run folder that cannot be written to is compared all the same.
    with suppress(OSError):
        _write(path, made_of, found)
    return found


def _made_of(predictions: Path, task_key: str, scorer: Scorer) -> str:
    content = sha256_of(predictions) if predictions.is_file() else ""
    return f"{content} {task_key} {scorer.target} {scorer.code} {STATISTICS_VERSION} {DRAWS} {SEED}"


def _read(path: Path, made_of: str) -> MeanScore | None:
    """Read stored draws; None where there are none, or others, or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["made_of"]) != made_of:
                return None
            return MeanScore(
                value=float(stored["value"]),
                draws=stored["draws"],
                jackknife=stored["jackknife"],
                blocks=int(stored["blocks"]),
                targets=int(stored["targets"]),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _write(path: Path, made_of: str, found: MeanScore) -> None:
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream,
            made_of=made_of,
            value=found.value,
            draws=found.draws,
            jackknife=found.jackknife,
            blocks=found.blocks,
            targets=found.targets,
        )

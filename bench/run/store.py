"""A run folder: cells, the test truth they are judged on, and which cell fills which slot.

run.json                      slots and tasks of this run
tasks/KEY/task.json           what the task is
tasks/KEY/truth.npz           ids, targets and blocks of its test items
tasks/KEY/certificate.json    what an audit found of it, where there was one, with similarity.npy
tasks/KEY/places.npz          where they lie, of items with coordinates
tasks/KEY/left-out.npy        test items that no model is scored on, where weights have seen them
cells/ID/cell.json            what is asked for
cells/ID/result.json          how it ended: written last, so its presence means finished
cells/ID/predictions.npz      predictions of the test items
cells/ID/draws-METRIC.npz     resampled scores of these predictions, kept for comparisons
cells/ID/model/               the fitted model; of a network also history.json, its learning curve
cells/ID/log.txt              what the child printed
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bench.data.files import atomic_file, sha256_of
from bench.data.records import read_record
from bench.interface.errors import BenchError, DataError
from bench.run.result import RESULT_SCHEMA, CellSpec, Result
from bench.run.trained_on import Places
from bench.run.versions import refuse_unknown, stored_versions
from bench.tasks.certificate import (
    DAMAGED,
    SIMILARITY,
    Certificate,
    read_certificate,
    read_similarity,
)
from bench.tasks.info import TaskInfo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bench.interface.arrays import FloatArray, IntArray

RUN_SCHEMA = 1
"""Raised when a file beside the results changes its meaning; earlier versions must still load."""


class RunIndex(BaseModel):
    """`run.json`."""

    model_config = ConfigDict(extra="forbid")

    schema_version: int = Field(default=RUN_SCHEMA, description="version of the folder's schema")
    suite: str = Field(description="name of the suite or manifest that began the run")
    created: str = Field(description="UTC time, ISO 8601")
    slots: dict[str, str] = Field(default_factory=dict, description="slot -> cell id")
    tasks: dict[str, str] = Field(default_factory=dict, description="task name -> its key")
    seen: str = Field(
        default="mark",
        description="what becomes of test items that weights have seen: mark or exclude",
    )


@dataclass(frozen=True, slots=True)
class Truth:
    """`truth.npz`: the test items of a task."""

    items: list[str]
    """Ids of the items, `(n,)`."""
    targets: FloatArray
    """Measured values, float32 `(n, targets)` or `(n, bins, targets)`, those of all heads side by
    side; NaN where nothing was measured."""
    blocks: IntArray
    """Number of each item's block, `(n,)`."""


class RunFolder:
    """Reads and writes one run folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def index_file(self) -> Path:
        """Path of `run.json`."""
        return self.path / "run.json"

    def index(self) -> RunIndex:
        """Read `run.json`.

        Raises:
            BenchError: the folder is no run folder, or one of a later version of the suite.
        """
        if not self.index_file.is_file():
            raise BenchError(f"{self.path}: no run here (expected a folder with run.json)")
        return _read_versioned(self.index_file, RunIndex, "a run index", RUN_SCHEMA)

    def write_index(self, index: RunIndex) -> None:
        """Write `run.json`."""
        write_json(self.index_file, index)

    def cell(self, cell_id: str) -> Path:
        """Return the folder of a cell."""
        return self.path / "cells" / cell_id

    def spec(self, cell_id: str) -> CellSpec:
        """Read what is asked for in a cell."""
        return read_record(self.cell(cell_id) / "cell.json", CellSpec, "a cell")

    def result(self, cell_id: str) -> Result | None:
        """Read how a cell ended; None while it has not.

        Raises:
            DataError: no result, or one of a later version of the suite.
        """
        path = self.cell(cell_id) / "result.json"
        if not path.is_file():
            return None
        return _read_versioned(path, Result, "a result", RESULT_SCHEMA)

    def results(self) -> list[Result]:
        """Results of the cells that fill a slot now, in the order of the slots."""
        found = (self.result(cell_id) for cell_id in self.index().slots.values())
        return [result for result in found if result is not None]

    def tasks(self) -> dict[str, TaskInfo]:
        """Tasks of this run by name, in their current version."""
        return {name: self.task(key) for name, key in self.index().tasks.items()}

    def task(self, key: str) -> TaskInfo:
        """Read one version of a task."""
        return read_record(self.path / "tasks" / key / "task.json", TaskInfo, "a task")

    def certificate(self, key: str) -> Certificate | None:
        """Read what an audit found of one version of a task; None where there was none."""
        return read_certificate(self.path / "tasks" / key)

    def similarity(self, key: str) -> FloatArray | None:
        """Read how alike each test item is to training, `(n,)`; None where nobody looked."""
        folder = self.path / "tasks" / key
        similarity = read_similarity(folder)
        if similarity is not None and len(similarity) != self.task(key).items["test"]:
            raise DataError(folder / SIMILARITY, DAMAGED)
        return similarity

    def truth(self, key: str) -> Truth:
        """Read the test items that one version of a task is judged on.

        Those that are left out have no target.
        """
        path = self.path / "tasks" / key / "truth.npz"
        items, targets, blocks = _arrays(path, "items", "targets", "blocks")
        left_out = self.left_out(key)
        if left_out is not None:
            targets[left_out] = float("nan")
        return Truth(items.tolist(), targets, blocks)

    def places(self, key: str) -> Places | None:
        """Read where the test items of a task lie; None where they have no coordinates."""
        path = self.path / "tasks" / key / "places.npz"
        if not path.is_file():
            return None
        return Places(*_arrays(path, "chroms", "starts", "ends"))

    def left_out_file(self, key: str) -> Path:
        """Path of the mask of test items that no model is scored on."""
        return self.path / "tasks" / key / "left-out.npy"

    def left_out(self, key: str) -> NDArray[np.bool_] | None:
        """Read which test items no model is scored on, `(n,)`; None where all count."""
        path = self.left_out_file(key)
        if not path.is_file():
            return None
        import numpy as np

        mask: NDArray[np.bool_] = np.load(path, allow_pickle=False)
        return mask

    def left_out_hash(self, key: str) -> str:
        """Hash of which test items are left out; empty where all count."""
        path = self.left_out_file(key)
        return sha256_of(path)[:16] if path.is_file() else ""

    def seen(self, cell_id: str) -> tuple[NDArray[np.bool_], bool] | None:
        """Read which test items the weights of a cell have seen, and whether that is declared.

        None for a model that begins with no weights.
        """
        path = self.cell(cell_id) / "seen.npz"
        if not path.is_file():
            return None
        mask, declared = _arrays(path, "seen", "declared")
        return mask, bool(declared)

    def has_predictions(self, cell_id: str) -> bool:
        """Whether the predictions of a cell are there: tables may be kept without them."""
        return (self.cell(cell_id) / "predictions.npz").is_file()

    def predictions(self, cell_id: str) -> FloatArray:
        """Read predictions of the test items, float32, shaped and ordered as the truth."""
        predictions: FloatArray
        (predictions,) = _arrays(self.cell(cell_id) / "predictions.npz", "default")
        return predictions

    def learning_curve(self, cell_id: str) -> list[dict[str, float | None]]:
        """Read the points of a network's training; none for a model that keeps no curve."""
        path = self.cell(cell_id) / "model" / "history.json"
        if not path.is_file():
            return []
        try:
            points: list[dict[str, float | None]] = json.loads(path.read_text())["points"]
        except (ValueError, KeyError) as error:
            raise DataError(path, "damaged") from error
        return points


Versioned = TypeVar("Versioned", RunIndex, Result)


def _read_versioned(path: Path, kind: type[Versioned], what: str, newest: int) -> Versioned:
    try:
        record = read_record(path, kind, what)
    except DataError:
        # What a later version holds is not to be told as damage.
        for found in stored_versions(path):
            refuse_unknown(path, found, newest, what)
        raise
    refuse_unknown(path, record.schema_version, newest, what)
    return record


def _arrays(path: Path, *names: str) -> list[NDArray[Any]]:
    import zipfile

    import numpy as np

    try:
        # Of a damaged file numpy would leave its own handle open.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return [stored[name] for name in names]
    except FileNotFoundError as error:
        raise DataError(path, "no such file") from error
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(path, "damaged") from error


def write_json(path: Path, record: BaseModel) -> None:
    """Write a record so that a reader sees the old file or the new one, never a part."""
    with atomic_file(path) as temporary:
        temporary.write_text(json.dumps(record.model_dump(mode="json"), indent=1) + "\n")

"""A trial stored as tasks are, for models that would look behind their examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.sequences import SequenceStore
from bench.data.split_codes import TEST, TRAIN, VALID
from bench.interface.context import DEFAULT_HEAD
from bench.tasks.info import Head, TaskInfo
from bench.tasks.store import BuiltTask

if TYPE_CHECKING:
    from bench.audit.conformance.trial import Trial


def stored(trial: Trial, folder: Path, *, flip: bool) -> BuiltTask:
    """Write a trial of one head into an empty folder; with `flip`, with other test targets."""
    count = len(trial.sequences)
    split = np.full(count, TRAIN, dtype=np.uint8)
    split[trial.rows("valid")] = VALID
    split[trial.rows("test")] = TEST
    targets = np.array(trial.targets[DEFAULT_HEAD], dtype=np.float32)
    if flip:
        test = targets[trial.rows("test")]
        targets[trial.rows("test")] = test.max() + test.min() - test
    SequenceStore.from_arrays(trial.sequences, folder / "sequences")
    np.save(folder / "split.npy", split)
    np.save(folder / "blocks.npy", np.arange(count))
    np.save(folder / f"targets-{DEFAULT_HEAD}.npy", targets)
    trial.items.to_parquet(folder / "items.parquet", index=False)
    (folder / "task.json").write_text(_info(trial).model_dump_json())
    return BuiltTask(folder)


def _info(trial: Trial) -> TaskInfo:
    heads = {
        head: Head(targets=shape.targets, bins=shape.bins, bin_width=shape.bin_width)
        for head, shape in trial.shape.heads.items()
    }
    lengths = sorted(len(codes) for codes in trial.sequences)
    return TaskInfo(
        name="trial",
        dataset="trial",
        title="A trial with a known answer",
        kind=trial.plan.kind,
        metrics=(),
        heads=heads,
        genome=None,
        licence="none",
        citation="none",
        split="given",
        negatives="given",
        items={},
        excluded={},
        notes=(),
        blocks=len(lengths),
        block_unit="item",
        counts={},
        lengths=(lengths[0], lengths[len(lengths) // 2], lengths[-1]),
        dataset_hash="",
        split_hash="",
        builder_version=0,
    )

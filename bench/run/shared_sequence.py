"""Refuses to score variants by a model that has learnt from their sequence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.files import atomic_file
from bench.interface.errors import BenchError
from bench.run.scored_alleles import FITTED
from bench.tasks.apart import shares_words, task_sequences
from bench.tasks.info import divided_alike
from bench.tasks.store import BuiltTask

if TYPE_CHECKING:
    from bench.run.result import CellSpec
    from bench.run.store import RunFolder

WORD = 30
"""Variants may not share a word of so many bp with what their model was fitted on."""


def refuse_shared(run: RunFolder, spec: CellSpec, task: BuiltTask) -> None:
    """Refuse variants whose sequence stands in what a model, or one below it, was fitted on.

    Raises:
        BenchError: some do; the text names one.
    """
    for fitted in _below(run, run.spec(spec.upstream[FITTED])):
        # What is divided by the same chromosomes of a genome needs no comparison of words.
        if divided_alike(task.info, run.task(fitted.task_key)):
            continue
        shared = _known(run, spec, task, fitted)
        if shared["items"]:
            raise BenchError(
                f"{shared['items']} variants of {spec.task} share a {WORD}-mer with what the model "
                f"was fitted on in {fitted.task}, for example {shared['example']!r}; leave them "
                "out by apart_from in a manifest"
            )


def _below(run: RunFolder, spec: CellSpec) -> Iterator[CellSpec]:
    """Yield a fitted cell and those that it stands on."""
    yield spec
    for cell in spec.upstream.values():
        yield from _below(run, run.spec(cell))


def _known(
    run: RunFolder, spec: CellSpec, task: BuiltTask, fitted: CellSpec
) -> dict[str, int | str]:
    """Return what is shared, worked out once for a fitted cell, a task and the code that tells."""
    name = f"shared-{spec.task_key}-{spec.hashes['effects']}.json"
    kept = run.cell(fitted.cell_id) / "cache" / name
    if kept.is_file():
        known: dict[str, int | str] = json.loads(kept.read_text())
        return known
    shared = _shared(task, fitted)
    kept.parent.mkdir(exist_ok=True)
    with atomic_file(kept) as temporary:
        temporary.write_text(json.dumps(shared))
    return shared


def _shared(task: BuiltTask, fitted: CellSpec) -> dict[str, int | str]:
    rows = np.concatenate([task.rows("valid"), task.rows("test")])
    shared = shares_words(
        task_sequences(task, rows),
        BuiltTask(Path(fitted.task_folder)),
        learnt=True,
        word=WORD,
        reach=fitted.input_length or 0,
    )
    names = task.items()["item"].to_numpy()[rows[shared]]
    return {"items": len(names), "example": str(names[0]) if len(names) else ""}

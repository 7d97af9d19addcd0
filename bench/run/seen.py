"""Test items that the weights of some model have seen: marked, or left out for all models.

cells/ID/seen.npz         of a model that begins with weights: `seen` bool (n,), and `declared`,
                          whether it is known what they were trained on
tasks/KEY/left-out.npy    bool (n,): test items that no model is scored on
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bench.data.files import atomic_file
from bench.interface.card import ModelCard
from bench.run.result import Status
from bench.run.trained_on import declared_regions, seen_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.run.result import Result
    from bench.run.store import RunFolder

MARK, EXCLUDE = "mark", "exclude"


def mark_seen(run: RunFolder, cards: Mapping[str, ModelCard], policy: str) -> None:
    """Note for every cell that begins with weights which test items these have seen.

    Args:
        run: the run, whose cells have ended.
        cards: of models, by name.
        policy: `mark`, or `exclude` to leave such items out of the scores of all models.

    Raises:
        DataError: a declaration beside a file of weights cannot be read.
    """
    index = run.index()
    by_task: dict[str, list[NDArray[np.bool_]]] = {key: [] for key in index.tasks.values()}
    for result in run.results():
        if result.status is Status.OK and result.cell.task_key in by_task:
            seen = _of_cell(run, result, cards.get(result.cell.model))
            if seen is not None:
                by_task[result.cell.task_key].append(seen)
    for key, masks in by_task.items():
        left_out = np.logical_or.reduce(masks) if masks and policy == EXCLUDE else None
        _leave_out(run, key, left_out)


def _of_cell(run: RunFolder, result: Result, card: ModelCard | None) -> NDArray[np.bool_] | None:
    """Find what a cell has seen, and keep it; None where it begins with no weights."""
    cell = result.cell
    info, places = run.task(cell.task_key), run.places(cell.task_key)
    if card is None or places is None or info.genome is None:
        return None
    regions = declared_regions(card, cell.settings)
    if regions is None:
        return None
    seen = seen_items(regions, info.genome, places, cell.input_length)
    declared = any(region.genome == info.genome for region in regions)
    with (
        atomic_file(run.cell(cell.cell_id) / "seen.npz") as temporary,
        temporary.open("wb") as stream,
    ):
        np.savez_compressed(stream, seen=seen, declared=declared)
    return seen


def _leave_out(run: RunFolder, key: str, mask: NDArray[np.bool_] | None) -> None:
    path = run.left_out_file(key)
    if mask is None or not mask.any():
        path.unlink(missing_ok=True)
        return
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, mask)

"""Test items that the weights of some model have seen: marked, or left out for all models.

cells/ID/seen.npz         of a model that begins with weights: `seen` bool (n,), and `declared`,
                          whether it is known what they were trained on
tasks/KEY/left-out.npy    bool (n,): test items that no model is scored on
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from bench.data.files import atomic_file
from bench.interface.card import ModelCard
from bench.run.result import Status
from bench.run.scored_alleles import FITTED
from bench.run.trained_on import declared_regions, files_are_there, seen_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.run.result import CellSpec, Result
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
            seen = _of_cell(run, result, cards)
            if seen is not None:
                by_task[result.cell.task_key].append(seen)
    for key, masks in by_task.items():
        left_out = np.logical_or.reduce(masks) if masks and policy == EXCLUDE else None
        _leave_out(run, key, left_out)


def _of_cell(
    run: RunFolder, result: Result, cards: Mapping[str, ModelCard]
) -> NDArray[np.bool_] | None:
    """Find what a cell has seen, and keep it; None where it begins with no weights.

    What was found before holds where nobody can say any more: the plugin or a file is gone.
    """
    cell = result.cell
    info, places = run.task(cell.task_key), run.places(cell.task_key)
    if places is None or info.genome is None:
        return None
    stand = list(_with_those_below(run, cell))
    path = run.cell(cell.cell_id) / "seen.npz"
    if not all(
        one.model in cards and files_are_there(cards[one.model], one.settings) for one in stand
    ):
        kept = run.seen(cell.cell_id)
        if kept is not None:
            return kept[0]
    declared = [
        regions
        for one in stand
        if one.model in cards
        and (regions := declared_regions(cards[one.model], one.settings)) is not None
    ]
    if not declared:
        path.unlink(missing_ok=True)
        return None
    seen = seen_items(list(chain(*declared)), info.genome, places, _length_read(run, stand))
    is_declared = all(any(one.genome == info.genome for one in regions) for regions in declared)
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, seen=seen, declared=is_declared)
    return seen


def _with_those_below(run: RunFolder, cell: CellSpec) -> Iterator[CellSpec]:
    """Yield a cell and all those that it stands on."""
    yield cell
    for below in cell.upstream.values():
        yield from _with_those_below(run, run.spec(below))


def _length_read(run: RunFolder, stand: Sequence[CellSpec]) -> int:
    """Return the bp around an item's centre that the longest of some cells reads; 0: the item."""
    lengths = [one.input_length or 0 for one in stand]
    # Alleles are read in a window as long as the items that the model was fitted to.
    lengths += [
        run.task(run.spec(one.upstream[FITTED]).task_key).lengths[1]
        for one in stand
        if FITTED in one.upstream and one.input_length is None
    ]
    return max(lengths)


def _leave_out(run: RunFolder, key: str, mask: NDArray[np.bool_] | None) -> None:
    path = run.left_out_file(key)
    if mask is None or not mask.any():
        path.unlink(missing_ok=True)
        return
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, mask)

"""Test items that weights were trained on: what is said of them, and scores on the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bench.metrics.axis import Axis
from bench.report.marks import mark_notes, marked
from bench.report.table import Table
from bench.report.trust import LEAST_ITEMS, MISSING, score_on
from bench.run.scoring import load_metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.report.view import Row, RunView

NOTE = (
    "{metric}, the mean over seeds and targets: on all test items that are scored, on those that "
    "the weights of no model were trained on, and on those that those of some were. "
    f"{MISSING}: fewer than {LEAST_ITEMS} items, or no score for them."
)


def seen_by(view: RunView, row: Row) -> tuple[NDArray[np.bool_], bool] | None:
    """Tell which test items the weights of a row have seen, and whether that is declared.

    None for a row that begins with no weights.
    """
    found = [view.run.seen(result.cell.cell_id) for result in row.finished]
    known = [one for one in found if one is not None]
    if not known:
        return None
    return np.logical_or.reduce([mask for mask, _ in known]), all(told for _, told in known)


def seen_notes(view: RunView, task: str) -> list[str]:
    """Say below the table of a task what weights have seen of its test items."""
    notes = []
    left_out = view.run.left_out(view.tasks[task].key)
    if left_out is not None:
        notes.append(
            f"Left out of all scores: {int(left_out.sum())} of {len(left_out)} test items, which "
            "the weights of some model were trained on."
        )
        if left_out.all():
            notes.append("No score: all test items are left out.")
    for row in view.of_task(task):
        if (found := seen_by(view, row)) is None:
            continue
        mask, declared = found
        if declared:
            notes.append(
                f"{row.label}: its weights were trained on {int(mask.sum())} of {len(mask)} test "
                "items, by what it reads around them."
            )
        else:
            notes.append(f"{row.label}: it is not declared what its weights were trained on.")
    return notes


def seen_tables(view: RunView) -> Iterator[Table]:
    """Score every row on the test items that no weights have seen, task by task."""
    for task, info in view.tasks.items():
        masks = [found[0] for row in view.of_task(task) if (found := seen_by(view, row))]
        if not masks or not (seen := np.logical_or.reduce(masks)).any():
            continue
        card = view.metrics.get(info.metrics[0])
        if card is None or (metric := load_metric(card.target)).axis is not Axis.ITEMS:
            continue
        if view.run.left_out(info.key) is not None:
            continue
        truth = view.run.truth(info.key)
        parts = (np.ones(len(seen), dtype=bool), ~seen, seen)
        yield Table(
            f"seen-{task}",
            f"{marked(view, task)}, by whether weights have seen an item",
            ("model", *(f"{name} ({int(part.sum())} items)" for name, part in
                        zip(("all", "unseen", "seen"), parts, strict=True))),
            tuple(
                (row.label, *(score_on(view, row, metric, truth, part) for part in parts))
                for row in view.of_task(task)
            ),
            (NOTE.format(metric=card.title), *mark_notes(view, [task])),
        )  # fmt: skip

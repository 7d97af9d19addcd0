"""Which models and tasks are compared over several tasks: a block without gaps."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bench.report.block import largest, places
from bench.report.view import RunView

LEAST_MODELS = 2
"""To compare anything."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Models and tasks so that every model has what is compared on every task."""

    labels: tuple[str, ...]
    tasks: tuple[str, ...]


def block_with_scores(
    view: RunView, least_models: int = LEAST_MODELS, least_tasks: int = 1
) -> Shared:
    """Return the models and tasks on which all of these models have a score."""
    found: dict[str, set[str]] = {label: set() for label in view.labels}
    for row in view.rows:
        if row.value(view.main_metric(row.task)) is not None:
            found[row.label].add(row.task)
    return largest_block(found, list(view.tasks), least_models, least_tasks)


def block_with_ranks(view: RunView) -> Shared:
    """Return the models and tasks on which all of these models have a rank."""
    found = {
        label: {task for task in view.tasks if view.rank(label, task) is not None}
        for label in view.labels
    }
    return largest_block(found, list(view.tasks))


def mean_ranks(view: RunView) -> dict[str, float]:
    """Mean rank of each model over the tasks on which it is compared with the others."""
    shared = block_with_ranks(view)
    return {
        label: statistics.fmean(view.rank(label, task) or 0 for task in shared.tasks)
        for label in shared.labels
    }


def largest_block(
    found: Mapping[str, AbstractSet[str]],
    tasks: Sequence[str],
    least_models: int = LEAST_MODELS,
    least_tasks: int = 1,
) -> Shared:
    """Choose models and the tasks that all of them have, so that there are most cells.

    In a tie there are more models, and then those that stand first. One model that lacks a task
    does not take it away from the others.

    Args:
        found: model -> tasks that it has.
        tasks: all tasks, in order.
        least_models: fewest models to choose; none are chosen where there is no such block.
        least_tasks: fewest tasks.
    """
    labels = list(found)
    rows = [
        sum(1 << place for place, task in enumerate(tasks) if task in found[label])
        for label in labels
    ]
    best = largest(rows, len(tasks), least_models, least_tasks)
    return Shared(
        tuple(labels[place] for place in places(best.rows)),
        tuple(tasks[place] for place in places(best.columns)),
    )

"""Which models and tasks are compared over several tasks: a block without gaps."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bench.report.view import RunView


@dataclass(frozen=True, slots=True)
class Shared:
    """Models and tasks so that every model has what is compared on every task."""

    labels: tuple[str, ...]
    tasks: tuple[str, ...]


def block_with_scores(view: RunView) -> Shared:
    """Return the models and tasks on which all of these models have a score."""
    found: dict[str, set[str]] = {label: set() for label in view.labels}
    for row in view.rows:
        if row.value(view.main_metric(row.task)) is not None:
            found[row.label].add(row.task)
    return largest_block(found, list(view.tasks))


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


def largest_block(found: Mapping[str, AbstractSet[str]], tasks: Sequence[str]) -> Shared:
    """Choose models and the tasks that all of them have, so that there are most cells.

    Models with the most tasks are taken first, and as many as give the largest number of models
    times tasks, more models in a tie: one model with a single cell does not take all tasks away
    from the others.

    Args:
        found: model -> tasks that it has.
        tasks: all tasks, in order.
    """
    order = sorted(found, key=lambda label: -len(found[label]))
    best = Shared((), ())
    for count in range(1, len(order) + 1):
        some = set(order[:count])
        common = [task for task in tasks if all(task in found[label] for label in some)]
        if common and count * len(common) >= len(best.labels) * len(best.tasks):
            best = Shared(tuple(label for label in found if label in some), tuple(common))
    return best

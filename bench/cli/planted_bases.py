"""Importance and planted truth of the bases of test items, for `bench motifs`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.cli.fitted import FittedModel
    from bench.effects.recovery import ItemBases
    from bench.effects.scores import Score
    from bench.interface.arrays import FloatArray, IntArray
    from bench.interface.context import Progress
    from bench.tasks.planted_sites import PlantedSites, SiteBases
    from bench.tasks.store import BuiltTask

SAMPLE_SEED = 0
"""The same items for every model of a task."""


@dataclass(frozen=True, slots=True)
class PlantedBases:
    """Bases of items that hold functional sites, and of others that hold idle ones alone."""

    functional: list[ItemBases]
    idle: list[ItemBases]


def planted_bases(
    fitted: FittedModel,
    task: BuiltTask,
    rows: IntArray,
    planted: PlantedSites,
    most: int,
    score: Score,
    progress: Progress,
) -> PlantedBases:
    """Change the bases of a sample of test items, and say in which sites they lie.

    Args:
        fitted: the model.
        task: on which it was fitted.
        rows: the test items.
        planted: the sites behind them.
        most: items of either sort.
        score: how alleles are compared.
        progress: told how many items are done.

    Raises:
        BenchError: no item holds a whole functional site of a factor that matters.
    """
    from bench.effects.importance import changed_sizes, importances
    from bench.tasks.planted_sites import places_of

    read = None if fitted.reads_whole_items else fitted.length
    sizes = changed_sizes(task.sequences.lengths(rows), read)
    places = places_of(task, rows, sizes)
    functional, idle = (
        np.array([planted.holds(place, functional=kind) for place in places], dtype=np.bool_)
        for kind in (True, False)
    )
    if not functional.any():
        raise BenchError(
            f"no test item of {fitted.task.name} holds a functional site of a factor that matters "
            f"to {', '.join(fitted.predictor.targets)}"
        )
    parts = [_sampled(np.flatnonzero(which), most) for which in (functional, idle & ~functional)]
    both = np.concatenate(parts)
    examples = task.examples("test")[np.searchsorted(task.rows("test"), rows[both])]
    items = [
        _item_bases(importance, planted.bases(places[place]), planted)
        for place, importance in zip(
            both.tolist(), importances(fitted.predictor, examples, read, score, progress),
            strict=True,
        )
    ]  # fmt: skip
    return PlantedBases(items[: len(parts[0])], items[len(parts[0]) :])


def _sampled(rows: IntArray, most: int) -> IntArray:
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(SAMPLE_SEED).choice(rows, most, replace=False))


def _item_bases(importance: FloatArray, sites: SiteBases, planted: PlantedSites) -> ItemBases:
    from bench.effects.recovery import ItemBases
    from bench.tasks.planted_sites import FUNCTIONAL

    matters = np.concatenate([planted.matters, np.zeros_like(planted.matters[:1])])
    # Outside of sites the number is -1, which is the last row.
    of_use = matters[sites.factors]
    functional = sites.roles == planted.roles.index(FUNCTIONAL)
    idle = {
        role: (sites.roles == number)[:, None] & of_use
        for number, role in enumerate(planted.roles)
        if role != FUNCTIONAL
    }
    factors = {
        name: functional & (sites.factors == number) for number, name in enumerate(planted.factors)
    }
    return ItemBases(importance, functional[:, None] & of_use, idle, factors)


def head_rows(task: BuiltTask, head: str) -> IntArray:
    """Return the rows of a head's test items."""
    rows = task.rows("test")
    return rows[task.is_of_head(head)[rows]]

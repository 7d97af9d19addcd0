"""How the rows of a task compare on its main metric, and their ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from bench.metrics.ranks import ahead, shared_ranks
from bench.metrics.verdict import Call
from bench.run.compare import uses_seed
from bench.run.draws import Scorer
from bench.run.pairs import Comparison, Contender, compare_pairs

if TYPE_CHECKING:
    from bench.registry.registry import Registry
    from bench.report.view import Row, RunView

ALIKE = (Call.OPEN, Call.EQUIVALENT)
"""How a comparison ends that tells no difference."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """All pairs of the rows of one task.

    `comparisons` hold each pair once, the row with the better score first. `ranks` are by label,
    None where a row has none, and empty where no rows were compared. `unread` are rows with a score
    that cannot be resampled: their predictions, or the plugin of the metric, are not at hand.
    `better` holds for each row those that are better, directly or by way of others.
    """

    comparisons: tuple[Comparison, ...]
    ranks: Mapping[str, int | None]
    unread: tuple[str, ...]
    better: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def by_way_of_others(self) -> list[tuple[str, str]]:
        """Pairs of which the first is better, though their own comparison does not tell."""
        return [
            (one.model, one.against)
            for one in self.comparisons
            if one.call is not Call.BETTER and one.model in self.better.get(one.against, ())
        ]

    def alike(self, better: str, worse: str) -> bool:
        """Whether two rows were compared, the one with the better score first, and look alike."""
        found = self.between(better, worse)
        return (
            found is not None and found.call in ALIKE and better not in self.better.get(worse, ())
        )

    def untested(self, better: str, worse: str) -> bool:
        """Whether nothing tells how two rows compare, the one with the better score first."""
        found = self.between(better, worse)
        if better in self.better.get(worse, ()):
            return False
        return found is None or found.call is Call.NONE

    def between(self, better: str, worse: str) -> Comparison | None:
        """Return the comparison of two rows, the better one first."""
        return next(
            (one for one in self.comparisons if (one.model, one.against) == (better, worse)), None
        )


def rank_tasks(
    view: RunView, registry: Registry, threads: int = 1, margin: float | None = None
) -> dict[str, Ranking]:
    """Compare all rows of each task on its main metric.

    Holm's correction is over the pairs of a task. Resampled scores are kept in the run folder.

    Args:
        view: the run.
        registry: knows which models depend on the seed.
        threads: to compute with.
        margin: differences of main metrics below it do not matter.
    """
    return {task: _rank_task(view, registry, task, threads, margin) for task in view.tasks}


def _rank_task(
    view: RunView, registry: Registry, task: str, threads: int, margin: float | None
) -> Ranking:
    metric = view.main_metric(task)
    card = view.metrics.get(metric)
    scored = [row for row in view.of_task(task) if row.value(metric) is not None]
    read = [row for row in scored if card and _has_predictions(view, row)]
    contenders = [Contender(row.label, row.finished, uses_seed(row.cell, registry)) for row in read]
    higher = view.higher_is_better(metric)
    unread = tuple(row.label for row in scored if row not in read)
    if card is None or len(read) < 2:
        return Ranking((), {}, unread)
    comparisons = compare_pairs(
        view.run,
        contenders,
        list(combinations(range(len(read)), 2)),
        Scorer.of(metric, card.target),
        higher_is_better=higher,
        margin=margin,
        threads=threads,
    )
    calls = {(one.model, one.against): one.call or Call.NONE for one in comparisons}
    sign = 1.0 if higher else -1.0
    scores = {row.label: sign * (row.value(metric) or 0.0) for row in scored}
    return Ranking(tuple(comparisons), shared_ranks(scores, calls), unread, ahead(calls))


def _has_predictions(view: RunView, row: Row) -> bool:
    """Whether a row can be resampled: a run may be kept without its predictions."""
    return all(view.run.has_predictions(result.cell.cell_id) for result in row.finished)

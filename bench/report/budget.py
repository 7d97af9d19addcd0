"""Which row is best within a budget of training seconds, arithmetic or parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bench.report.costs import mean_cost, training_cost
from bench.report.csv_tables import as_csv
from bench.report.leaderboard import MISSING, with_interval
from bench.report.marks import mark_notes, marked
from bench.report.table import Table
from bench.report.view import Aggregate, Row, RunView
from bench.run.result import Cost

MOST_BUDGETS = 5
"""Budgets of one cost on one task: the largest ones, since small ones hold baselines only."""


@dataclass(frozen=True, slots=True)
class CostKind:
    """A cost that a budget may limit."""

    name: str
    title: str
    of: Callable[[Cost], float | None]
    adds_up: bool
    """Whether models that a row stands on count too: those of variants are fitted elsewhere."""

    def of_row(self, view: RunView, row: Row) -> float | None:
        """Cost of a row, the mean over seeds; None where it is not known."""
        return training_cost(view, row, self.of) if self.adds_up else mean_cost(row, self.of)


COST_KINDS = (
    CostKind("seconds", "training time (s)", lambda cost: cost.fit_seconds, adds_up=True),
    CostKind("flops", "training FLOPs", lambda cost: cost.flops, adds_up=True),
    CostKind("parameters", "parameters", lambda cost: cost.parameters, adds_up=False),
)
CSV_COLUMNS = (
    "task", "cost", "budget", "rows_within", "label", "cost_of_label", "value", "low", "high",
    "not_told_apart", "not_compared",
)  # fmt: skip
COLUMNS = ("budget", "rows within", "best within", "its cost", "score", "cannot be told from it")
NOTE = (
    "For each budget the row with the best score among those that cost no more, means over seeds, "
    "with its 95 % interval, and the others within the budget that the comparison of all pairs "
    "cannot tell from it, or that could not be compared. Rows whose cost is not known are not "
    "counted within any budget. Seconds and FLOPs include the models that a row stands on; seconds "
    "are of the machine and threads in the table of costs."
)


@dataclass(frozen=True, slots=True)
class WithinBudget:
    """The best row within a budget, and which are no worse as far as is known.

    `alike` is None where rows were not compared; with `untested` rows there was no test.
    """

    kind: CostKind
    budget: float
    within: int
    best: Row
    cost: float
    score: Aggregate
    alike: tuple[str, ...] | None
    untested: tuple[str, ...] = ()


def within_budgets(view: RunView, task: str, kind: CostKind) -> list[WithinBudget]:
    """Return the best row at each round budget that the rows of a task span."""
    costs = costs_of(view, task, kind)
    return [
        _best(view, task, kind, budget, [pair for pair in costs if pair[1] <= budget])
        for budget in round_budgets([cost for _, cost in costs])
    ]


def costs_of(view: RunView, task: str, kind: CostKind) -> list[tuple[Row, float]]:
    """Rows of a task that have a score and a known cost, the best first."""
    metric = view.main_metric(task)
    return [
        (row, cost)
        for row in view.of_task(task)
        if row.value(metric) is not None and (cost := kind.of_row(view, row)) is not None
    ]


def round_budgets(costs: Sequence[float]) -> list[float]:
    """Return powers of ten from the first that some row fits to the first that all do."""
    positive = [cost for cost in costs if cost > 0]
    if not positive:
        return []
    first, last = (_power_of_ten(end) for end in (min(positive), max(positive)))
    return [10.0**power for power in range(first, last + 1)][-MOST_BUDGETS:]


def _power_of_ten(cost: float) -> int:
    """Return the first power of ten that a cost fits, in spite of rounding in logarithms."""
    power = math.floor(math.log10(cost)) - 1
    while 10.0**power < cost:
        power += 1
    return power


def budget_table(view: RunView, task: str) -> Table:
    """Budgets of every cost on one task."""
    rows, notes = [], [NOTE]
    for kind in COST_KINDS:
        found = within_budgets(view, task, kind)
        rows += [_words(one) for one in found]
        if not found:
            notes.append(f"{kind.title}: {MISSING}, not measured for any row.")
    notes += mark_notes(view, [task])
    metric = view.main_metric(task)
    card = view.metrics.get(metric)
    title = f"{marked(view, task)} at equal budget, {card.title if card else metric}"
    return Table(f"budget-{task}", title, COLUMNS, tuple(rows), tuple(notes))


def budget_csv(view: RunView) -> str:
    """One line for each task, cost and budget; one without a row where a cost is not known."""
    return as_csv(CSV_COLUMNS, (line for task in view.tasks for line in _lines(view, task)))


def _best(
    view: RunView, task: str, kind: CostKind, budget: float, within: list[tuple[Row, float]]
) -> WithinBudget:
    best, cost = within[0]
    score = best.metric(view.main_metric(task))
    if score is None:
        raise ValueError(f"{best.label} has no score on {task}")
    found = WithinBudget(kind, budget, len(within), best, cost, score, None)
    ranking = view.rankings.get(task)
    if ranking is None or not ranking.ranks or best.label in ranking.unread:
        return found
    others = [row.label for row, _ in within[1:]]
    return replace(
        found,
        alike=tuple(label for label in others if ranking.alike(best.label, label)),
        untested=tuple(label for label in others if ranking.untested(best.label, label)),
    )


def _words(one: WithinBudget) -> tuple[str, ...]:
    alike = MISSING if one.alike is None else ", ".join(one.alike) or "none"
    if one.untested:
        alike += f"; not compared: {', '.join(one.untested)}"
    return (
        f"{one.kind.title}: {_round(one.budget)}",
        str(one.within),
        one.best.label,
        f"{one.cost:.3g}" if one.cost < 1000 else _round(one.cost),
        with_interval(one.score),
        alike,
    )


def _round(number: float) -> str:
    return f"{number:,.0f}" if 1 <= number < 1e9 else f"{number:.3g}"


def _lines(view: RunView, task: str) -> Iterable[Sequence[object]]:
    for kind in COST_KINDS:
        found = within_budgets(view, task, kind)
        if not found:
            yield (task, kind.name, *(None,) * (len(CSV_COLUMNS) - 2))
        for one in found:
            alike = None if one.alike is None else "; ".join(one.alike)
            score = one.score
            yield (
                task, kind.name, one.budget, one.within, one.best.label, one.cost, score.value,
                score.low, score.high, alike, "; ".join(one.untested) or None,
            )  # fmt: skip

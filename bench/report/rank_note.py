"""What stands below a table about its ranks."""

from __future__ import annotations

from bench.metrics.verdict import LEVEL, Call
from bench.report.view import RunView

ONE_SEED = (
    "Of a model that depends on the seed and ran once, the variance of training is not counted."
)
NOT_COMPARED = "Ranks: N/A, the rows were not compared."


def rank_note(view: RunView, task: str) -> str:
    """Say how the ranks of a task were made, and which are missing and why."""
    ranking = view.rankings.get(task)
    if ranking is None:
        return NOT_COMPARED
    tested = next((one.pairs for one in ranking.comparisons if one.pairs), 0)
    metric = view.main_metric(task)
    card = view.metrics.get(metric)
    made = (
        "Rank: 1 + the number of rows that are significantly better in "
        f"{card.title if card else metric}, by the paired block bootstrap with Holm's correction "
        f"for {tested} pairs at {LEVEL:.0%}; rows that share a rank need not be equally good."
    )
    told = [made]
    if ranking.unread:
        names = ", ".join(ranking.unread)
        told.append(f"No rank without predictions and the metric's plugin at hand: {names}.")
    untested = [
        f"{one.model} and {one.against} ({one.note})"
        for one in ranking.comparisons
        if one.call is Call.NONE
    ]
    if untested:
        told.append(f"No test, and no rank of the lower one: {', '.join(untested)}.")
    if any("one seed" in one.note for one in ranking.comparisons):
        told.append(ONE_SEED)
    return " ".join(told)

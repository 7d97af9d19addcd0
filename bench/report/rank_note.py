"""What stands below a table about its ranks."""

from __future__ import annotations

from bench.metrics.verdict import LEVEL, Call
from bench.report.ranking import Ranking
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
        f"{card.title if card else metric}, themselves or by way of others, by the paired block "
        f"bootstrap with Holm's correction for {tested} pairs at {LEVEL:.0%}; rows that share a "
        "rank need not be equally good."
    )
    told = [made]
    if ranking.by_way_of_others:
        told.append(by_way_note(ranking))
    if ranking.unread:
        names = ", ".join(ranking.unread)
        told.append(f"No rank without predictions and the metric's plugin at hand: {names}.")
        if ranking.comparisons:
            told.append("Nor have rows with a lower score than one of these.")
    untested = [
        f"{one.model} and {one.against} ({one.note})"
        for one in ranking.comparisons
        if one.call is Call.NONE
    ]
    if untested:
        told.append(
            f"No test: {', '.join(untested)}; the lower one has no rank, nor have those behind it, "
            "unless other rows tell that it is behind."
        )
    if any("one seed" in one.note for one in ranking.comparisons):
        told.append(ONE_SEED)
    return " ".join(told)


def by_way_note(ranking: Ranking) -> str:
    """Name the pairs that are told by way of other rows only."""
    pairs = ", ".join(f"{better} than {worse}" for better, worse in ranking.by_way_of_others)
    return f"Better by way of other rows, though not told apart from it directly: {pairs}."

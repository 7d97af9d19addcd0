"""Every row of a task against the best one, and every pair as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.metrics.verdict import Call
from bench.report.csv_tables import as_csv
from bench.report.leaderboard import MISSING
from bench.report.marks import mark_notes, marked
from bench.report.ranking import Ranking
from bench.report.table import Table
from bench.report.view import RunView
from bench.run.pairs import Comparison

PAIRS = (
    "task", "metric", "model", "against", "difference", "low", "high", "sampling_error",
    "seed_error", "freedom", "p", "p_adjusted", "pairs", "margin", "within_margin", "call",
    "verdict", "seeds_model", "seeds_against", "blocks", "note",
)  # fmt: skip
COLUMNS = (
    "model", "best less it", "sampling error", "seed error", "P", "adjusted P", "verdict",
)  # fmt: skip
NOTE = (
    "The best row's score less that of the row, with the 95 % interval of the paired block "
    "bootstrap, for this pair alone; standard errors from the choice of blocks and of seeds, each "
    "by itself (N/A: neither row has two seeds); the P-value before and after Holm's correction "
    "for all {pairs} pairs of the task. The verdict goes by the corrected one, so an interval may "
    "leave out 0 where it says that two rows cannot be told apart. All pairs stand in pairs.csv."
)


def pairs_csv(view: RunView) -> str:
    """One line for each pair of rows of a task, the better row first."""
    return as_csv(
        PAIRS,
        (_line(one) for ranking in view.rankings.values() for one in ranking.comparisons),
    )


def against_the_best(view: RunView, task: str) -> Table | None:
    """Table of the rows of a task against the best one; None where none was compared."""
    ranking = view.rankings.get(task)
    if ranking is None or not ranking.comparisons:
        return None
    best = ranking.comparisons[0].model
    shown = [one for one in ranking.comparisons if one.model == best]
    pairs = next((one.pairs for one in ranking.comparisons if one.pairs), 0)
    metric = view.main_metric(task)
    card = view.metrics.get(metric)
    notes = sorted({part for one in shown for part in one.note.split("; ") if part})
    return Table(
        f"against-{task}",
        f"{marked(view, task)}: {best} against the others, {card.title if card else metric}",
        COLUMNS,
        tuple(_words(one) for one in shown),
        (
            NOTE.format(pairs=pairs),
            *(f"{note[0].upper()}{note[1:]}." for note in _short(notes)),
            *_about_rows(ranking, best),
            *mark_notes(view, [task]),
        ),
    )


def _about_rows(ranking: Ranking, best: str) -> Iterable[str]:
    """Say what the comparisons of the best row do not show."""
    behind = [worse for better, worse in ranking.by_way_of_others if better == best]
    if behind:
        yield (
            f"By way of other rows {best} is better than {', '.join(behind)} all the same: it is "
            "better than rows that are better."
        )
    if ranking.unread:
        yield f"Not compared, without predictions at hand: {', '.join(ranking.unread)}."


def _short(notes: Sequence[str]) -> Iterable[str]:
    """Leave out for whom the variance of training is not counted: the columns show it."""
    return dict.fromkeys(
        "one seed: the variance of training is not counted" if "one seed" in note else note
        for note in notes
    )


def _words(one: Comparison) -> tuple[str, ...]:
    difference = _signed(one.difference)
    if one.low is not None:
        difference += f" [{_signed(one.low)}, {_signed(one.high)}]"
    return (
        one.against, difference, _error(one.sampling_error), _error(one.seed_error),
        _p(one.p), _p(one.p_adjusted), _verdict(one),
    )  # fmt: skip


def _verdict(one: Comparison) -> str:
    if one.call is Call.BETTER:
        # The columns before it say by how much.
        small = ", by less than the margin" if one.within_margin else ""
        return f"{one.model} better{small}"
    return one.verdict if one.call is not Call.NONE else f"{MISSING}: {one.note}"


def _signed(value: float | None) -> str:
    return MISSING if value is None else f"{value:+.4f}"


def _error(value: float | None) -> str:
    return MISSING if value is None else f"{value:.4f}"


def _p(value: float | None) -> str:
    if value is None:
        return MISSING
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def _line(one: Comparison) -> tuple[object, ...]:
    ours, theirs = one.seeds
    return (
        one.task, one.metric, one.model, one.against, one.difference, one.low, one.high,
        one.sampling_error, one.seed_error, one.freedom, one.p, one.p_adjusted, one.pairs,
        one.margin, one.within_margin, one.call, one.verdict, ours, theirs, one.blocks, one.note,
    )  # fmt: skip

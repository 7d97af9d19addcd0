"""Accuracy of a leaderboard run against the cost of a profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.profile.records import LARGEST, Mode
from bench.report.speed.figures import draw_front
from bench.report.speed.view import ProfileView, Series
from bench.report.view import Row, RunView

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def front_figures(profile: ProfileView, board: RunView) -> Iterator[tuple[str, Figure]]:
    """Draw each task of a leaderboard whose models were profiled, with its file name.

    The cost is that of an item of the task: of the bases that the model reads of it, at the speed
    of the largest batch at the nearest length that was profiled, on one strand.
    """
    import matplotlib as mpl

    from bench.report.style import SETTINGS

    for task, info in board.tasks.items():
        main = info.metrics[0]
        points = []
        for row in board.of_task(task):
            score = row.metric(main)
            seconds = seconds_of_item(profile, row, board)
            if score is None or score.value is None or seconds is None:
                continue
            points.append((row.label, seconds, score.value, score.low, score.high))
        if len(points) < 2:
            continue
        card = board.metrics.get(main)
        with mpl.rc_context(SETTINGS):
            yield (
                f"front-{task}",
                draw_front(
                    points,
                    board.labels,
                    card.title if card else main,
                    task,
                    higher_is_better=board.higher_is_better(main),
                ),
            )


def seconds_of_item(profile: ProfileView, row: Row, board: RunView) -> float | None:
    """Return the seconds of one item of a row; None where its model was not profiled."""
    if not row.finished:
        return None
    cell = row.finished[0].cell
    bases = cell.input_length or board.tasks[row.task].lengths[1]
    series = [
        one
        for one in profile.of(Mode.INFERENCE)
        if (one.spec.model, one.spec.preset) == (cell.model, cell.preset)
        and not one.spec.changes
        and not one.spec.compiled
    ]
    if not series or not bases:
        return None
    return bases / _bases_per_second(_usual(series), bases)


def _usual(series: list[Series]) -> Series:
    largest = [one for one in series if one.spec.batch == LARGEST]
    return (largest or series)[0]


def _bases_per_second(one: Series, bases: int) -> float:
    from math import log

    nearest = min(one.measured, key=lambda point: abs(log(point.length / bases)))
    return nearest.bases_per_second

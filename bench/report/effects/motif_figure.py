"""Logos of a model's motifs beside the known motifs that they match."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.effects.matching import SIGNIFICANT
from bench.report.effects.letters import LetterPen
from bench.report.style import SETTINGS, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bench.data.motifs import Motif
    from bench.effects.matching import Match

MOST, FEW = 8, 3
"""Rows of the figure at most, and where no match is significant."""
LETTER_INCHES, ROW_INCHES = 0.19, 1.15
NAME_LETTERS = 34


def shown_matches(matches: Sequence[Match]) -> list[Match]:
    """Return the surest match of each known motif, the surest first, at most as many as fit.

    Matches that are not significant are left out, but for a few where there is no other.
    """
    ordered = sorted(matches, key=lambda one: (one.q_value, one.p_value, -one.correlation))
    first: dict[int, Match] = {}
    for match in ordered:
        first.setdefault(match.motif, match)
    surest = list(first.values())
    significant = [match for match in surest if match.q_value < SIGNIFICANT]
    return significant[:MOST] or surest[:FEW]


def draw_matches(
    title: str, queries: Sequence[Motif], motifs: Sequence[Motif], matches: Sequence[Match]
) -> Figure:
    """Draw a row for each of the best matches: the model's motif, and the known one beside it.

    Both stand at the same columns, the known motif on the strand on which it matches; between
    dotted lines are the columns that were compared. A letter's height is its probability times the
    information of its column.

    Args:
        title: of the figure.
        queries: motifs of the model.
        motifs: known ones.
        matches: at least one.
    """
    import matplotlib as mpl
    from matplotlib.ticker import MaxNLocator

    shown = shown_matches(matches)
    spans = [_span(queries[one.query], motifs[one.motif], one) for one in shown]
    columns = max(end - start for start, end in spans)
    with mpl.rc_context(SETTINGS):
        figure = new_figure(
            max(7.0, 2 * LETTER_INCHES * columns + 1.8), ROW_INCHES * len(shown) + 0.8
        )
        axes = figure.subplots(len(shown), 2, squeeze=False)
        for (own, known), match, (start, _) in zip(axes, shown, spans, strict=True):
            query, motif = queries[match.query], motifs[match.motif]
            turned = motif.reverse_complement() if match.strand == "-" else motif
            _logo(own, query, 0)
            _logo(known, turned, match.offset)
            own.set_title(_plain(query.name), loc="left")
            known.set_title(
                f"{_plain(motif.name)} ({match.strand}), r = {match.correlation:.2f}, "
                f"q = {match.q_value:.2g}",
                loc="left",
            )
            first = max(0, match.offset)
            for axis in (own, known):
                axis.set_xlim(start - 0.5, start + columns - 0.5)
                axis.xaxis.set_major_locator(MaxNLocator(8, integer=True))
                for edge in (first - 0.5, first + match.overlap - 0.5):
                    axis.axvline(edge, color="#999999", linewidth=0.8, linestyle=":")
            own.set_ylabel("bits")
        for axis in axes[-1]:
            axis.set_xlabel("column of the model's motif")
        figure.suptitle(_plain(title, 110), x=0.01, ha="left", fontsize=10)
    return figure


def _span(query: Motif, motif: Motif, match: Match) -> tuple[int, int]:
    """Return the columns that a row spans, in those of the query."""
    ends = (len(query.probabilities), match.offset + len(motif.probabilities))
    return min(0, match.offset), max(ends)


def _logo(axis: Axes, motif: Motif, first: int) -> None:
    pen = LetterPen()
    heights = motif.probabilities * motif.bits[:, None]
    for place, column in enumerate(heights):
        bottom = 0.0
        for code in np.argsort(column, kind="stable").tolist():
            pen.draw(axis, code, first + place, bottom, float(column[code]))
            bottom += float(column[code])
    axis.set_ylim(0, 2)
    axis.set_yticks([0, 1, 2])


def _plain(text: str, letters: int = NAME_LETTERS) -> str:
    shown = text if len(text) <= letters else f"{text[:letters]}..."
    # A dollar sign would begin a formula.
    return shown.replace("$", r"\$")

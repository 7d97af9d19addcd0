"""How figures look: colours that colour-blind readers tell apart, and a mark for each model."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000", "#8A7A00")
"""After Okabe and Ito; their yellow is too light on white and stands darkened."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
LINES = ("-", "--", "-.", ":")
PANELS = 6
"""Panels on one page."""

SETTINGS: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "svg.hashsalt": "cisbench",
    "svg.fonttype": "none",
}


def style_of(label: str, labels: Sequence[str]) -> dict[str, str]:
    """Colour, marker and line of a model: the same in every figure of a report."""
    place = labels.index(label)
    return {
        "color": COLOURS[place % len(COLOURS)],
        "marker": MARKERS[place % len(MARKERS)],
        # Shifted with every round of colours, so that no two models share colour and line.
        "linestyle": LINES[(place + place // len(COLOURS)) % len(LINES)],
    }


def new_figure(width: float, height: float) -> Figure:
    """Make a figure in inches that belongs to no global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def panels(count: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """Make a page with `count` panels of that size in inches, two beside each other."""
    columns = min(2, count)
    rows = -(-count // columns)
    figure = new_figure(width * columns, height * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    axes = [axis for row in grid for axis in row]
    for unused in axes[count:]:
        unused.set_axis_off()
    return figure, axes[:count]


HANDLE_INCHES, CHARACTER_INCHES, LINE_INCHES = 0.7, 0.08, 0.18
"""About how wide an entry of a legend is without its text, a character of that, and how high a line
is."""
LEGEND_LETTERS = 45
"""Letters in a line of an entry."""


def folded(label: str, letters: int) -> str:
    """Break a label with many settings into lines."""
    return textwrap.fill(label, letters, break_on_hyphens=False)


def legend(
    figure: Figure,
    shown: Sequence[str],
    labels: Sequence[str],
    *,
    markers: bool = True,
    lines: bool = True,
) -> None:
    """Name models below a figure, by the parts of their style that the figure draws.

    Args:
        figure: where the legend goes.
        shown: labels of the models that the figure holds.
        labels: those of all models of the report, which decide the style.
        markers: whether the figure draws markers.
        lines: whether it draws lines.
    """
    from matplotlib.lines import Line2D

    handles = []
    names = [folded(label, LEGEND_LETTERS) for label in shown]
    for label, name in zip(shown, names, strict=True):
        style = style_of(label, labels)
        style |= {} if markers else {"marker": ""}
        style |= {} if lines else {"linestyle": ""}
        handles.append(Line2D([], [], label=name, **style))  # type: ignore[arg-type]
    # A legend that is wider than its figure would be cut off on both sides.
    letters = max((len(line) for name in names for line in name.splitlines()), default=0)
    widest = HANDLE_INCHES + CHARACTER_INCHES * letters
    figure.set_figwidth(max(figure.get_figwidth(), widest))
    columns = max(1, min(len(shown), 4, int(figure.get_figwidth() / widest)))
    # What the legend takes is added below: a page of panels keeps its height.
    lines_of_text = sum(1 + name.count("\n") for name in names)
    figure.set_figheight(figure.get_figheight() + LINE_INCHES * -(-lines_of_text // columns))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)


def pages(tasks: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Divide tasks over pages; each comes with the suffix of its file name."""
    parts = [list(tasks[at : at + PANELS]) for at in range(0, len(tasks), PANELS)]
    if len(parts) == 1:
        return [("", parts[0])]
    return [(f"-{number}", part) for number, part in enumerate(parts, start=1)]


def render(figure: Figure, form: str) -> bytes:
    """Draw a figure as "png" or "svg"; the same figure gives the same bytes."""
    stream = io.BytesIO()
    metadata = {"Date": None} if form == "svg" else {"Software": None}
    figure.savefig(stream, format=form, dpi=200, metadata=metadata)
    return stream.getvalue()

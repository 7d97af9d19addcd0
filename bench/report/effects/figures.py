"""Importance of bases as a logo, and the effects of all substitutions as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.report.effects.letters import LETTERS, LetterPen
from bench.report.style import SETTINGS, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from bench.interface.arrays import CodeArray, FloatArray

ROW = 100
"""Bases in a row of a figure."""
WIDTH = 11.0
TITLE_LETTERS = 110


def draw_mutagenesis(
    title: str, first: int, codes: CodeArray, importance: FloatArray, effects: FloatArray, unit: str
) -> Figure:
    """Draw logo above heat map, 100 bases a row.

    Args:
        title: of the figure.
        first: position of the first base, from 1.
        codes: the bases, `(positions,)`.
        importance: minus the mean effect of a base's substitutions, `(positions,)`.
        effects: of all substitutions, `(positions, 4)`, NaN where there are none.
        unit: of the effects.
    """
    import matplotlib as mpl

    rows = -(-len(codes) // ROW)
    height = float(np.nanmax(np.abs(effects), initial=0.0)) or 1.0
    low, high = float(min(importance.min(), 0.0)), float(max(importance.max(), 0.0))
    with mpl.rc_context(SETTINGS):
        figure = new_figure(WIDTH, 2.5 * rows + 0.6)
        axes = figure.subplots(2 * rows, 1, squeeze=False, height_ratios=[1.4, 1.0] * rows)
        for row in range(rows):
            part = slice(row * ROW, (row + 1) * ROW)
            begin = first + row * ROW
            logo, heat = axes[2 * row, 0], axes[2 * row + 1, 0]
            _logo(logo, begin, codes[part], importance[part])
            logo.set_ylim(low - 0.05 * (high - low), (high + 0.05 * (high - low)) or 1.0)
            logo.set_ylabel(f"importance\n({unit})")
            image = _heat(heat, begin, codes[part], effects[part], height)
            for axis in (logo, heat):
                axis.set_xlim(begin - 0.5, begin + ROW - 0.5)
        axes[-1, 0].set_xlabel("position (bp)")
        shown = title if len(title) <= TITLE_LETTERS else f"{title[:TITLE_LETTERS]}..."
        # A dollar sign would begin a formula.
        axes[0, 0].set_title(shown.replace("$", r"\$"), loc="left")
        figure.colorbar(image, ax=list(axes[:, 0]), label=f"effect of a substitution ({unit})",
                        shrink=min(1.0, 2.0 / rows))  # fmt: skip
    return figure


def _logo(axis: Axes, first: int, codes: CodeArray, heights: FloatArray) -> None:
    """Draw each base as a letter as high as its importance, upside down where that is negative."""
    pen = LetterPen()
    for place, (code, height) in enumerate(zip(codes.tolist(), heights.tolist(), strict=True)):
        if code < len(LETTERS):
            pen.draw(axis, code, first + place, 0.0, height)
    axis.axhline(0, color="#999999", linewidth=0.6)
    axis.tick_params(labelbottom=False)


def _heat(
    axis: Axes, first: int, codes: CodeArray, effects: FloatArray, height: float
) -> AxesImage:
    """Draw effects by colour; dots stand at the bases that are there."""
    image = axis.imshow(
        np.ma.masked_invalid(effects.T), aspect="auto", cmap="PuOr_r", vmin=-height, vmax=height,
        interpolation="nearest", extent=(first - 0.5, first + len(codes) - 0.5, 3.5, -0.5),
    )  # fmt: skip
    known = np.flatnonzero(codes < len(LETTERS))
    axis.plot(first + known, codes[known], ".", color="#444444", markersize=1.5)
    axis.set_yticks(range(4), list(LETTERS))
    return image

"""Letters of bases that are as high as they count, for logos."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LETTERS = "ACGT"
# Okabe and Ito's colours, which colour-blind readers tell apart.
COLOURS = {"A": "#009E73", "C": "#0072B2", "G": "#E69F00", "T": "#D55E00"}


class LetterPen:
    """Draws letters into axes."""

    def __init__(self) -> None:
        from matplotlib.font_manager import FontProperties
        from matplotlib.textpath import TextPath

        font = FontProperties(family="DejaVu Sans", weight="bold")
        self._shapes = {letter: TextPath((0, 0), letter, size=1, prop=font) for letter in LETTERS}

    def draw(self, axis: Axes, code: int, place: float, bottom: float, height: float) -> None:
        """Draw a base.

        Args:
            axis: where.
            code: of the base, 0 to 3.
            place: its middle along the horizontal axis; it is about 1 wide.
            bottom: where it stands.
            height: upside down where negative; nothing is drawn for 0.
        """
        from matplotlib.patches import PathPatch
        from matplotlib.transforms import Affine2D

        if height == 0:
            return
        letter = LETTERS[code]
        shape = self._shapes[letter]
        box = shape.get_extents()
        fitted = (
            Affine2D()
            .translate(-box.x0, -box.y0)
            .scale(0.95 / box.width, height / box.height)
            .translate(place - 0.475, bottom)
        )
        axis.add_patch(PathPatch(shape.transformed(fitted), color=COLOURS[letter], lw=0))

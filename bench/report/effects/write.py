"""Draws mutated stretches into the folder of their tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.report.effects.figures import draw_mutagenesis
from bench.report.style import render

if TYPE_CHECKING:
    from pathlib import Path

    from bench.effects.tables import StretchEffects

NO_FILE_NAME = re.compile(r"[^0-9A-Za-z._-]+")
LONGEST_NAME = 80
LONGEST = 2000
"""Bases of a figure; the tables hold the rest."""


def draw_all(
    found: Sequence[StretchEffects],
    targets: Sequence[str],
    out: Path,
    label: str,
    unit: str,
    most: int,
) -> int:
    """Draw each stretch for each target, `most` figures at most; return how many were drawn."""
    drawn = 0
    for one in found:
        for column, target in enumerate(targets):
            if drawn == most:
                return drawn
            effects = one.substitutions
            figure = draw_mutagenesis(
                f"{one.stretch.name}, {target}: {label}",
                one.stretch.begin + 1,
                effects.codes[:LONGEST],
                effects.importance[:LONGEST, column],
                effects.scores[:LONGEST, :, column],
                unit,
            )
            drawn += 1
            name = NO_FILE_NAME.sub("_", f"{drawn:02}-{one.stretch.name}-{target}")[:LONGEST_NAME]
            for form in ("png", "svg"):
                (out / f"{name}.{form}").write_bytes(render(figure, form))
    return drawn

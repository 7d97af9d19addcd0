"""Names a row of a run in words: a model, its preset, and what else tells rows apart.

Besides settings, `budget`, `device` and `precision` tell rows apart, so they are named like one.
Leaderboards print their values alone, as `100 steps cuda bfloat16`, which is read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from bench.interface.errors import BenchError
from bench.run.result import DEVICES, PRECISIONS, CellSpec, Result
from bench.run.suite import SuiteModel
from bench.run.usual_scoring import scoring_of

FORM = "name, name:preset or 'name:preset setting=value ...'"
PRINTED_BUDGET = re.compile(r"(?<=\s)(\d+(?:\.\d+)?(?:e[+-]?\d+)?) ?(s|steps)(?=\s|$)")
"""A budget as leaderboards print it: `100 steps` or `90 s`."""
PRINTED_VALUES = {
    **dict.fromkeys(DEVICES, "device"),
    **dict.fromkeys(PRECISIONS, "precision"),
}


@dataclass(frozen=True, slots=True)
class RowName:
    """What a user asks for; an empty preset, and settings that are not named, fit any."""

    model: str
    preset: str
    settings: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name`, `name:preset` or `name:preset setting=value ...`, or a printed label.

        Raises:
            BenchError: a word after the name that is not `setting=value`, nor the value of a
                budget, device or precision as it is printed.
        """
        first, *rest = PRINTED_BUDGET.sub("", text).split() or [""]
        settings = {}
        budget = "".join(number + unit for number, unit in PRINTED_BUDGET.findall(text))
        if budget:
            settings["budget"] = budget
        for word in rest:
            name, equals, value = word.partition("=")
            if word in PRINTED_VALUES:
                name, equals, value = PRINTED_VALUES[word], "=", word
            if not equals:
                raise BenchError(f"{text!r}: {word!r} is not setting=value; expected {FORM}")
            settings[name] = value
        model, _, preset = first.partition(":")
        return cls(model, preset, settings)

    def fits(self, cell: CellSpec) -> bool:
        """Whether a cell is one that is meant."""
        return (
            cell.model == self.model
            and self.preset in {"", cell.preset}
            and self.settings.items() <= _facts(cell).items()
        )


def cells_named(results: Iterable[Result], text: str) -> list[Result]:
    """Return the results that a name fits.

    Raises:
        BenchError: there is none of that model.
    """
    every = list(results)
    name = RowName.parse(text)
    if all(result.cell.model != name.model for result in every):
        models = sorted({result.cell.model for result in every})
        raise BenchError(
            f"no finished cell of model {name.model!r} here, but of {', '.join(models)}"
        )
    return [result for result in every if name.fits(result.cell)]


def row_labels(results: Sequence[Result]) -> list[str]:
    """Return the label of each row among these."""
    cells = {result.cell.configuration: result.cell for result in results}
    return sorted(row_label(cell, results) for cell in cells.values())


def row_label(cell: CellSpec, others: Sequence[Result]) -> str:
    """Return the preset of a cell's row, and what tells the row from others of that preset."""
    mine = _facts(cell)
    alike = [
        _facts(one.cell)
        for one in others
        if (one.cell.model, one.cell.preset) == (cell.model, cell.preset)
    ]
    differing = [name for name in mine if any(one.get(name) != mine[name] for one in alike)]
    return " ".join(
        [f"{cell.model}:{cell.preset}", *(f"{name}={mine[name]}" for name in differing)]
    )


def _facts(cell: CellSpec) -> dict[str, str]:
    budget = ""
    if cell.budget_seconds is not None:
        budget = f"{cell.budget_seconds:g}s"
    if cell.budget_steps is not None:
        budget += f"{cell.budget_steps}steps"
    return {
        **{name: str(value) for name, value in cell.settings.items()},
        "budget": budget,
        "device": cell.device,
        "precision": cell.precision,
        **_way(cell),
    }


def _way(cell: CellSpec) -> dict[str, str]:
    """Return how variants are scored; a cell of another task is of the usual row."""
    way = cell.alleles or scoring_of(SuiteModel(name=cell.model))
    return {
        "fitted_on": way.fitted_on,
        "score": way.score or "default",
        "reduction": way.reduction,
    }

"""The model card: everything the harness knows of a model before it imports it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bench.interface.errors import BenchError

INTERFACE_VERSION = 1
"""Raised when a plugin written for an older interface would no longer work."""

Setting: TypeAlias = bool | int | float | str
"""The value of one setting of a model; a number, a word or a switch, so that it can be hashed."""

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class TaskKind(StrEnum):
    """What is predicted about an item."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    PROFILE = "profile"
    EXPRESSION = "expression"
    VARIANT = "variant"


class Output(StrEnum):
    """What the numbers of `Model.predict` are."""

    MARGIN = "margin"
    PROBABILITY = "probability"
    VALUE = "value"


class StrandPolicy(StrEnum):
    """How a model treats a sequence and its reverse complement."""

    INVARIANT = "invariant"
    """Both strands give the same prediction by construction."""
    AVERAGED = "averaged"
    """Predictions are averaged over both strands, so they are equal up to rounding."""
    AUGMENTED = "augmented"
    """Both strands are seen in training; predictions may differ."""
    GIVEN = "given"
    """Only the given strand is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One named configuration of a model.

    `input_length` is in bp; None means that the model reads each item's own interval.
    `parameters` is the exact number of trainable parameters, or None where it depends on the
    data. `settings` are the keyword arguments of the model's constructor with their values;
    only these can be changed from a suite or the command line.
    """

    input_length: int | None = None
    parameters: int | None = None
    settings: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model is, for tables, for planning and for checks.

    `tasks` maps each kind that the model can be fitted to onto what its predictions are there.
    `packages` are the distributions that compute: their versions enter the cell id, and a
    cell is skipped where one is missing. `uses_seed` is False for a model whose result
    does not depend on the seed; it runs once. `uses_budget` is True for a model that keeps to
    `FitContext.budget`; any other is run without, once for all budgets. `upstream` names the
    settings whose value is another model (`"beluga"` or `"beluga:compact"`), which is fitted first
    and handed over in `FitContext.upstream`. `files` names the settings whose value is the path of
    a file that the model reads: its content enters the cell id; an empty value names none.
    `trained_on` lists `(genome, chromosome, start, end)`, 0-based and half-open, for a model that
    comes with weights.
    """

    name: str
    summary: str
    family: str
    paper: str
    year: int | None
    tasks: Mapping[TaskKind, Output]
    strands: StrandPolicy
    presets: Mapping[str, Preset]
    packages: tuple[str, ...] = ("numpy",)
    uses_coordinates: bool = False
    uses_seed: bool = True
    uses_budget: bool = False
    upstream: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    trained_on: tuple[tuple[str, str, int, int], ...] = ()
    interface_version: int = INTERFACE_VERSION

    def __post_init__(self) -> None:
        """Refuse a card that the harness could not use."""
        if not NAME.fullmatch(self.name):
            raise BenchError(
                f"model name {self.name!r}: expected lower-case letters, digits and single hyphens"
            )
        if not self.tasks:
            raise BenchError(f"model {self.name}: its card names no task kind")
        if not self.presets:
            raise BenchError(f"model {self.name}: its card has no preset")
        for preset in self.presets.values():
            missing = {*self.upstream, *self.files} - set(preset.settings)
            if missing:
                raise BenchError(
                    f"model {self.name}: {sorted(missing)} in upstream or files is no setting of "
                    "every preset"
                )

    @property
    def default_preset(self) -> str:
        """The preset that runs when none is named: the first of the card."""
        return next(iter(self.presets))

"""What a model is told when it is fitted or loaded."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bench.interface.card import TaskKind

if TYPE_CHECKING:
    from bench.interface.model import Model

DEFAULT_HEAD = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadShape:
    """One group of targets that share a genome and a resolution.

    `targets` are the names of the columns. A profile has `bins` bins of `bin_width` bp around the
    item's centre; both are None where an item has one value per target.
    """

    targets: tuple[str, ...]
    genome: str | None = None
    bins: int | None = None
    bin_width: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskShape:
    """The shape of a task: its kind and the heads that a model must predict."""

    kind: TaskKind
    heads: Mapping[str, HeadShape]

    @property
    def targets(self) -> int:
        """Number of targets of the default head."""
        return len(self.heads[DEFAULT_HEAD].targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What training may cost; None means as much as the model wants."""

    seconds: float | None = None
    steps: int | None = None


class Progress(Protocol):
    """Called by a model during long work."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Report that `done` of `total` steps are finished."""


def silent(done: int, total: int, note: str = "") -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitContext:
    """Everything about a fit that is not data.

    `settings` are those that the model was made with (typed as the constructor takes them), so that
    `Model.load` can make it again.
    `scratch` is a folder for checkpoints, kept when a cell is killed and empty on its first
    start. `upstream` holds the fitted models that the card's upstream settings name.
    """

    shape: TaskShape
    seed: int
    scratch: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"
    precision: str = "float32"
    threads: int = 1
    budget: Budget = field(default_factory=Budget)
    progress: Progress = silent
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("bench"))
    upstream: Mapping[str, Model] = field(default_factory=dict)

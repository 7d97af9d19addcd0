"""What a model is told when it is fitted or loaded."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bench.interface.card import TaskKind

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray
    from bench.interface.model import Model

DEFAULT_HEAD = "default"
"""Name of the head of a task without several heads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadShape:
    """One group of targets that share a genome and a resolution."""

    targets: tuple[str, ...]
    """Names of the targets, in the order of the columns."""
    genome: str | None = None
    """Genome build that the items of this head lie on, where there is one."""
    bins: int | None = None
    """Bins of a profile, around the item's centre; None where an item has one value per target."""
    bin_width: int | None = None
    """Width of a bin in bp."""
    strand_pairs: tuple[int, ...] | None = None
    """For each target, the one that measures the same on the other strand; itself where strands are
    not told apart. None where no target is of one strand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskShape:
    """The shape of a task: its kind and the heads that a model must predict."""

    kind: TaskKind
    """What is predicted about an item."""
    heads: Mapping[str, HeadShape]
    """Heads by name; a task without several has the head `default` alone."""

    @property
    def targets(self) -> int:
        """Number of targets of the default head."""
        return len(self.heads[DEFAULT_HEAD].targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What training may cost; None means as much as the model wants."""

    seconds: float | None = None
    """Wall-clock seconds."""
    steps: int | None = None
    """Updates of the weights."""

    def is_spent(self, seconds: float, steps: int) -> bool:
        """Tell whether so many seconds and updates leave nothing of it."""
        return (self.seconds is not None and seconds >= self.seconds) or (
            self.steps is not None and steps >= self.steps
        )


class Progress(Protocol):
    """Called by a model during long work."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Report that `done` of `total` steps are finished."""


class ScorePredictions(Protocol):
    """The main metric of a task, as a model may choose its weights by."""

    def __call__(self, predictions: FloatArray, targets: FloatArray) -> float:
        """Return the mean over targets, turned so that higher is better.

        Both have the shape `(n, targets)` or `(n, bins, targets)`, with NaN in `targets` where
        nothing was measured. NaN where no target has a score, such as with one class alone.
        """


def silent(done: int, total: int, note: str = "") -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitContext:
    """Everything about a fit that is not data."""

    shape: TaskShape
    """What the model must predict."""
    seed: int
    """Where all randomness of the fit comes from."""
    scratch: Path
    """Folder for checkpoints: kept when a cell is killed, empty on its first start."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The settings that the model was made with, typed as the constructor takes them, so that
    `Model.load` can make it again."""
    device: str = "cpu"
    """`cpu` or `cuda`."""
    precision: str = "float32"
    """`float32`, `bfloat16` or `float16`, for a card that says `uses_precision`."""
    threads: int = 1
    """Processor cores that the model may keep busy."""
    budget: Budget = field(default_factory=Budget)
    """What training may cost, for a card that says `uses_budget`."""
    score: ScorePredictions | None = None
    """The task's main metric, for a card that says `uses_metric`; None where there is none."""
    progress: Progress = silent
    """Call it as `progress(done, total, note)` during long work."""
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("bench"))
    """Messages for the cell's log."""
    upstream: Mapping[str, Model] = field(default_factory=dict)
    """Fitted models by the setting that names them; see `ModelCard.upstream`."""
    upstream_cache: Mapping[str, Path] = field(default_factory=dict)
    """A folder for each of them, which all models that stand on it share: for what is costly, and
    depends on nothing but it and the sequences. Files may be there already, and others may write
    beside this model."""

"""The model card: everything the harness knows of a model before it imports it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

from bench.interface.errors import BenchError

INTERFACE_VERSION = 1
"""Raised when a plugin written for an older interface would no longer work."""

Setting: TypeAlias = bool | int | float | str
"""The value of one setting of a model; a number, a word or a switch, so that it can be hashed."""

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class TaskKind(StrEnum):
    """What is predicted about an item."""

    CLASSIFICATION = "classification"
    """Whether each target is active: 0 or 1."""
    REGRESSION = "regression"
    """How active each target is."""
    PROFILE = "profile"
    """A value for each bin of a window and each target."""
    EXPRESSION = "expression"
    """How much a gene is transcribed in each condition."""
    VARIANT = "variant"
    """What a change of the sequence does."""

    @property
    def has_values(self) -> bool:
        """Whether an item has one number for each target, in the target's own unit."""
        return self in {TaskKind.REGRESSION, TaskKind.EXPRESSION}


class Output(StrEnum):
    """What the numbers of `Model.predict` are."""

    MARGIN = "margin"
    """Any number that is higher for the active class."""
    PROBABILITY = "probability"
    """The probability of the active class."""
    VALUE = "value"
    """A number in the target's own unit."""


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


class Reads(StrEnum):
    """What of an item a model's predictions depend on."""

    SEQUENCE = "sequence"
    """The sequence, down to single bases."""
    COMPOSITION = "composition"
    """How often bases occur, and not in which order."""
    LENGTH = "length"
    """How long the item is."""
    COORDINATES = "coordinates"
    """Where the item lies, or what it is called; such a card says `uses_coordinates` too."""
    TSS_DISTANCE = "tss-distance"
    """How far the item lies from the nearest TSS; such a card says `uses_coordinates` too."""
    NOTHING = "nothing"
    """Nothing: each item is predicted the same."""


PLACES = (Reads.COORDINATES, Reads.TSS_DISTANCE)
"""What only `Examples.items` tells."""


class UnknownBases(StrEnum):
    """What an N in the sequence means to a model."""

    NEUTRAL = "neutral"
    """It stands for no base."""
    AS_A = "as-a"
    """It is read as A, as some published programs do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One named configuration of a model."""

    input_length: int | None = None
    """bp that the model reads around an item's centre; None: the item's own interval."""
    parameters: int | None = None
    """Exact number of trainable parameters; None where it depends on the training data."""
    targets: int = 1
    """How many targets a model with so many `parameters` predicts."""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    """Keyword arguments of the model's constructor with their values; only these can be changed
    from a suite or the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model is, for tables, for planning and for checks."""

    name: str
    """Lower-case letters, digits and single hyphens."""
    summary: str
    """One line for tables."""
    family: str
    """The kind of model, such as `k-mer` or `CNN`."""
    paper: str
    """Authors, year and DOI; `unpublished`, or empty without a year, where there is none."""
    year: int | None
    """Year of the paper."""
    tasks: Mapping[TaskKind, Output]
    """Each kind of task that the model can be fitted to, and what its predictions are there."""
    strands: StrandPolicy
    """How a sequence and its reverse complement are treated."""
    presets: Mapping[str, Preset]
    """Named configurations; the first is the default."""
    interface_version: int
    """The version of the interface that the model was written for, as a plain number, so that a
    later version of the suite can tell."""
    reads: Reads = Reads.SEQUENCE
    """What of an item predictions depend on."""
    unknown_bases: UnknownBases = UnknownBases.NEUTRAL
    """What an N means."""
    several_targets: bool = True
    """Whether one model can be fitted to several targets; other tasks are skipped if not."""
    one_score: bool = False
    """True: what sets one item above another does so for all targets alike."""
    several_heads: bool = False
    """Whether one model can be fitted to several heads, such as those of two genomes."""
    packages: tuple[str, ...] = ("numpy",)
    """Distributions that compute: their versions enter the cell id, and a cell is skipped where one
    is missing."""
    uses_coordinates: bool = False
    """Whether the model may read `Examples.items`."""
    uses_seed: bool = True
    """False: the result does not depend on the seed, and the model runs once for all seeds."""
    uses_budget: bool = False
    """True: the model keeps to `FitContext.budget`. Any other runs once for all budgets."""
    uses_precision: bool = False
    """True: the model keeps to `FitContext.precision`. Any other runs once for all precisions."""
    uses_metric: bool = False
    """True: the model asks `FitContext.score`; the task's main metric enters the cell id then."""
    uses_threads: bool = False
    """True: rounding depends on the number of threads, and grows in training until predictions
    differ; the number enters the cell id then, except on a GPU."""
    check_settings: Callable[..., object] | None = None
    """Called with the settings as keyword arguments before anything is built, such as a dataclass
    of settings: raises `BenchError` for a value out of range. None: the constructor alone tells."""
    length_setting: str = ""
    """Setting whose value is the input length in bp, 0 for the item's own interval; it stands above
    `Preset.input_length`."""
    resumes: bool = False
    """Whether a fit that was killed goes on from a checkpoint in `FitContext.scratch`, and ends
    with the same model."""
    upstream: tuple[str, ...] = ()
    """Settings whose value is another model, which is fitted first and handed over in
    `FitContext.upstream`: `"beluga:compact"` on the same task, `"beluga:compact@TASK"` on another
    of the same genome; TASK may be what the manifest's `roles` calls it. Settings of that model may
    follow, as `setting=value`. An empty value names none."""
    files: tuple[str, ...] = ()
    """Settings whose value is the path of a file that the model reads: its content enters the cell
    id. An empty value names none."""
    trained_on: tuple[tuple[str, str, int, int], ...] = ()
    """`(genome, chromosome, start, end)`, 0-based and half-open, of what the weights that come with
    the model were trained on."""

    def __post_init__(self) -> None:
        """Take plain words for members of the enumerations; refuse a card that is of no use."""
        self._read_words()
        if not NAME.fullmatch(self.name):
            raise BenchError(
                f"model name {self.name!r}: expected lower-case letters, digits and single hyphens"
            )
        if not self.tasks:
            raise BenchError(f"model {self.name}: its card names no task kind")
        if not self.presets:
            raise BenchError(f"model {self.name}: its card has no preset")
        if self.reads in PLACES and not self.uses_coordinates:
            raise BenchError(f"model {self.name}: reads {self.reads}, but not uses_coordinates")
        for preset in self.presets.values():
            named = {*self.upstream, *self.files, *filter(None, [self.length_setting])}
            missing = named - set(preset.settings)
            if missing:
                raise BenchError(
                    f"model {self.name}: {sorted(missing)} in upstream, files or length_setting is "
                    "no setting of every preset"
                )

    def _read_words(self) -> None:
        """Replace words by members, since members are compared by identity."""
        tasks = {
            _member(TaskKind, kind, self.name): _member(Output, output, self.name)
            for kind, output in self.tasks.items()
        }
        object.__setattr__(self, "tasks", tasks)
        for field_name, members in (
            ("strands", StrandPolicy),
            ("reads", Reads),
            ("unknown_bases", UnknownBases),
        ):
            member = _member(members, getattr(self, field_name), self.name)
            object.__setattr__(self, field_name, member)

    def input_length(self, preset: str, settings: Mapping[str, Setting]) -> int | None:
        """Return the bp that the model reads with these settings; None: the item's interval."""
        if self.length_setting:
            return int(settings[self.length_setting]) or None
        return self.presets[preset].input_length

    @property
    def default_preset(self) -> str:
        """The preset that runs when none is named: the first of the card."""
        return next(iter(self.presets))


Member = TypeVar("Member", bound=StrEnum)


def _member(members: type[Member], word: str, model: str) -> Member:
    try:
        return members(word)
    except ValueError:
        known = ", ".join(members)
        raise BenchError(
            f"model {model}: {word!r} is no {members.__name__}; expected one of {known}"
        ) from None

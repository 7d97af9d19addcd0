"""What is known of a built task, without its sequences."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from bench.interface.card import TaskKind
from bench.interface.context import HeadShape, TaskShape

BY_CHROMOSOME = "chromosome"


class TargetCounts(BaseModel):
    """Counts of one target in one split; `positives` is None where targets are numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: int = Field(description="items with a measured value")
    positives: int | None = Field(default=None, description="items of class 1; null of numbers")


class Head(BaseModel):
    """One group of targets; see `bench.interface.HeadShape`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    targets: tuple[str, ...] = Field(description="names of the targets, in their order")
    genome: str | None = Field(default=None, description="genome build of the head's items")
    bins: int | None = Field(default=None, description="bins of a profile; null of other tasks")
    bin_width: int | None = Field(default=None, description="bp of a bin; null without bins")
    strand_pairs: tuple[int, ...] | None = Field(
        default=None,
        description="place of each target's counterpart on the other strand; null: none has one",
    )


class TaskInfo(BaseModel):
    """The identity and the counts of a built task, kept beside it and in every run that uses it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="name of the task")
    dataset: str = Field(description="name of the manifest that holds the task")
    title: str = Field(description="one line for tables")
    kind: TaskKind = Field(description="classification, regression, profile, expression or variant")
    metrics: tuple[str, ...] = Field(description="metric names; the first is the main one")
    heads: dict[str, Head] = Field(description="name of a head -> its targets")
    genome: str | None = Field(description="genome build, where items have coordinates")
    licence: str = Field(description="licence of the data")
    citation: str = Field(description="whom to cite for the data")
    split: str = Field(description="how the split was made, in words")
    negatives: str = Field(description="where negatives come from, in words")
    items: dict[str, int] = Field(description="number of items of train, valid, test")
    excluded: dict[str, int] = Field(description="reason -> number of items left out")
    notes: tuple[str, ...] = Field(description="what a reader of the table must know")
    blocks: int = Field(description="number of blocks in the test set")
    block_unit: str = Field(description="what a block is")
    counts: dict[str, tuple[TargetCounts, ...]] = Field(
        description="split -> counts of each target"
    )
    lengths: tuple[int, int, int] = Field(description="shortest, median, longest item in bp")
    dataset_hash: str = Field(description="SHA-256 of items, sequences and targets")
    split_hash: str = Field(description="SHA-256 of item ids with their split and block")
    builder_version: int = Field(description="version of the code that built the task")
    input_limit: int | None = Field(
        default=None,
        description="longest input in bp for which splits and blocks hold; null: items have no "
        "sequence around them",
    )
    tss_distances: bool = Field(
        default=False, description="whether items have their distance from the nearest TSS"
    )

    split_method: str = Field(default="", description="given, chromosome, group or component")
    roles: dict[str, str] = Field(
        default_factory=dict, description="what other tasks are to this one -> their names"
    )

    @property
    def shape(self) -> TaskShape:
        """The shape that a model is told."""
        heads = {name: HeadShape(**head.model_dump()) for name, head in self.heads.items()}
        return TaskShape(kind=self.kind, heads=heads)

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of all targets, in the order of predictions; `head: target` with several heads."""
        if len(self.heads) == 1:
            (head,) = self.heads.values()
            return head.targets
        return tuple(
            f"{name}: {target}" for name, head in self.heads.items() for target in head.targets
        )

    @property
    def values_shape(self) -> tuple[int, ...]:
        """Shape of one item's predictions: `(targets,)` or `(bins, targets)`."""
        bins = next(iter(self.heads.values())).bins
        count = sum(len(head.targets) for head in self.heads.values())
        return (count,) if bins is None else (bins, count)

    @property
    def key(self) -> str:
        """Short name of this version of the task, for folders."""
        return f"{self.name}-{self.dataset_hash[:8]}-{self.split_hash[:8]}"


def divided_alike(task: TaskInfo, other: TaskInfo) -> bool:
    """Tell whether two tasks are divided by the same chromosomes of one genome."""
    return (
        task.genome is not None
        and task.genome == other.genome
        and task.split_method == other.split_method == BY_CHROMOSOME
        # A genome that the suite does not know is divided as a manifest says, which stands here.
        and task.split == other.split
    )

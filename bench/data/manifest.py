"""The manifest of a dataset: which files it needs and which tasks are built from them.

A manifest is a TOML file; `docs/reference/manifest.md` describes it for users.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bench.interface.card import NAME, TaskKind
from bench.interface.errors import DataError

MANIFEST_SCHEMA = 1

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]
SplitName = Literal["train", "valid", "test"]
SPLIT_NAMES = get_args(SplitName)


class Strict(BaseModel):
    """A table of the manifest in which a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceFile(Strict):
    """A file of the dataset: on the network, or beside the manifest."""

    url: str | None = Field(default=None, description="pinned to a commit or release")
    path: Path | None = Field(default=None, description="local file, relative to the manifest")
    bytes: int | None = Field(default=None, ge=0, description="size; required with url")
    sha256: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{64}$", description="required with url"
    )

    @model_validator(mode="after")
    def _one_source(self) -> SourceFile:
        if (self.url is None) == (self.path is None):
            raise ValueError("expected either url or path")
        if self.url is not None and (self.sha256 is None or self.bytes is None):
            raise ValueError("a file with url needs bytes and sha256")
        return self


class ItemSource(Strict):
    """Where some of the items of a task come from."""

    file: str | None = Field(default=None, description="name of one of the files")
    format: Literal["fasta", "table", "bed", "narrowpeak", "bins", "deepsea", "basset", "simulated"]
    label: float | None = Field(default=None, description="target value of all these items")
    label_from: Literal["header"] | None = Field(
        default=None, description="fasta: the whole header is the label"
    )
    split: SplitName | None = Field(default=None, description="with split method 'given'")
    coordinates: Literal["0-based", "1-based"] | None = Field(
        default=None, description="fasta: headers are chrom:start-end in this convention"
    )
    sequence: str | None = Field(default=None, description="table: column of the sequence")
    fasta: str | None = Field(
        default=None, description="table: file whose records hold the sequences, by name `item`"
    )
    item: str | None = Field(default=None, description="table: column of unique ids")
    targets: tuple[str, ...] = Field(default=(), description="table: columns of the targets")
    group: str | None = Field(default=None, description="table: column whose values stay together")
    group_pattern: str | None = Field(
        default=None,
        description="table: regular expression for the part of the group that counts",
    )
    split_column: str | None = Field(default=None, description="table: train, valid or test")
    window: int | None = Field(
        default=None, gt=0, description="bed, narrowpeak: item length around summit or centre"
    )
    bin_width: int | None = Field(
        default=None, gt=0, description="bins: bp of the items that tile the whole genome"
    )
    peaks: dict[str, str] = Field(
        default_factory=dict, description="bins: target -> file with its peaks, BED"
    )
    covered: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        description="bins: share that peaks cover in a positive bin; a bin that they cover less is "
        "left out; 0: a base makes a bin positive",
    )
    neighbours: int = Field(
        default=1,
        ge=0,
        description="bins: on either side of a positive, left out unless positive themselves",
    )
    masked: tuple[str, ...] = Field(
        default=(), description="bins: regions chrom:start-end (0-based) without items"
    )
    translate_chromosomes: bool = Field(
        default=False, description="bins: names of another convention (chr4) become the genome's"
    )
    block_items: int = Field(
        default=1,
        ge=1,
        description="deepsea, basset: consecutive items that are resampled together",
    )
    simulation: Literal["binding", "accessibility", "strength"] | None = None
    options: dict[str, str | int | float] = Field(default_factory=dict, description="simulated")

    @model_validator(mode="after")
    def _complete(self) -> ItemSource:
        if self.format == "simulated":
            if self.simulation is None:
                raise ValueError("format 'simulated' needs simulation")
        elif self.format == "bins":
            if self.bin_width is None or not self.peaks:
                raise ValueError("format 'bins' needs bin_width and peaks")
        elif self.file is None:
            raise ValueError(f"format {self.format!r} needs file")
        if self.format == "fasta" and (self.label is None) == (self.label_from is None):
            raise ValueError("format 'fasta' needs either label or label_from")
        if self.format == "table":
            self._complete_table()
        if self.format == "basset" and self.split is None:
            raise ValueError("format 'basset' needs split, which part of the file is read")
        if self.format in {"bed", "narrowpeak"} and self.label is None:
            raise ValueError(f"format {self.format!r} needs label")
        return self

    def _complete_table(self) -> None:
        if (self.sequence is None) == (self.fasta is None) or not self.targets:
            raise ValueError("format 'table' needs targets, and either sequence or fasta")
        if self.fasta is not None and self.item is None:
            raise ValueError("fasta needs item, the column that names its records")
        if self.group_pattern is not None:
            if self.group is None:
                raise ValueError("group_pattern needs group")
            try:
                re.compile(self.group_pattern)
            except re.error as error:
                raise ValueError(f"group_pattern is no regular expression: {error}") from error

    def files(self) -> tuple[str, ...]:
        """Names of the files that are read."""
        return (*filter(None, [self.file, self.fasta]), *self.peaks.values())


class Negatives(Strict):
    """How negatives are made where the data has none."""

    method: Literal["dinucleotide-shuffle", "mononucleotide-shuffle", "matched-windows"]
    per_positive: int = Field(default=1, ge=1)
    splits: tuple[SplitName, ...] = Field(
        default=("train", "valid", "test"), description="splits that get negatives"
    )
    gc_tolerance: float = Field(default=0.02, gt=0, description="matched-windows")
    seed: int = Field(default=1, ge=0)


class Split(Strict):
    """How items are divided into train, valid and test."""

    method: Literal["given", "chromosome", "group", "component"]
    valid: Fraction = Field(default=0.1, description="share of items; not with 'chromosome'")
    test: Fraction = Field(default=0.2, description="share of items; 'group' and 'component'")
    seed: int = Field(default=1, ge=0)


class TaskManifest(Strict):
    """One task of a dataset."""

    title: str
    kind: TaskKind
    items: tuple[ItemSource, ...] = Field(min_length=1)
    split: Split
    target: str = Field(default="label", description="name of the target where items have a label")
    metrics: tuple[str, ...] = Field(default=(), description="default: those of the kind")
    negatives: Negatives | None = None
    genome_file: str | None = Field(default=None, description="FASTA or 2bit behind the items")
    transcripts: str | None = Field(
        default=None, description="BED with strands: items get their distance from the nearest TSS"
    )
    overlap: Literal["error", "drop-from-train", "unchecked"] = "error"
    context: int = Field(
        default=0, ge=0, description="longest input in bp over which overlap is judged"
    )
    block_size: int | None = Field(default=None, gt=0, description="bp; default by genome build")
    notes: tuple[str, ...] = ()

    def files(self) -> list[str]:
        """Names of the files that are read, each once."""
        named = [name for source in self.items for name in source.files()]
        return sorted({*named, *filter(None, [self.genome_file, self.transcripts])})


class Manifest(Strict):
    """A dataset."""

    schema_version: int = Field(alias="schema")
    name: str
    title: str
    licence: str
    citation: str
    genome: str | None = Field(default=None, description="genome build of all coordinates")
    files: dict[str, SourceFile] = Field(default_factory=dict)
    tasks: dict[str, TaskManifest] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Manifest:
        if self.schema_version != MANIFEST_SCHEMA:
            raise ValueError(f"schema {self.schema_version}: expected {MANIFEST_SCHEMA}")
        for name in (self.name, *self.tasks):
            if not NAME.fullmatch(name):
                raise ValueError(f"name {name!r}: expected lower-case letters, digits and hyphens")
        for task_name, task in self.tasks.items():
            for file in task.files():
                if file not in self.files:
                    raise ValueError(
                        f"tasks.{task_name} names file {file!r}, which is not in files"
                    )
            if task.overlap == "unchecked" and task.split.method != "given":
                raise ValueError(
                    f"tasks.{task_name}: overlap 'unchecked' goes with split method 'given' only"
                )
            if task.split.method == "chromosome" and self.genome is None:
                raise ValueError(f"tasks.{task_name}.split is by chromosome and needs genome")
            given = [source.split or source.split_column for source in task.items]
            if any(given) and task.split.method != "given":
                raise ValueError(
                    f"tasks.{task_name}: a source names its split, but split method is "
                    f"{task.split.method!r}, expected 'given'"
                )
            some = task.negatives is not None and len(set(task.negatives.splits)) < len(SPLIT_NAMES)
            if some and task.split.method != "given":
                raise ValueError(
                    f"tasks.{task_name}.negatives.splits: only with split method 'given'; "
                    "elsewhere every split gets negatives"
                )
        return self


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest.

    Raises:
        DataError: not there, no TOML, or a field that is missing, misspelt or out of range.
    """
    return parse_manifest(path, read_toml(path))


def parse_manifest(path: Path, content: dict[str, object]) -> Manifest:
    """Check a manifest that was already read as TOML."""
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise DataError(path, describe(error)) from error


def read_toml(path: Path) -> dict[str, object]:
    """Read a TOML file.

    Raises:
        DataError: not there, or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(path, "no such file") from error
    except OSError as error:
        raise DataError(path, error.strerror or "cannot be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(path, f"not TOML: {error}") from error


def describe(error: ValidationError) -> str:
    """Say in one line what is wrong with the first field that is wrong."""
    # A misspelt key also leaves the right one missing; the misspelt one tells more.
    errors = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    first = errors[0]
    place = ".".join(str(part) for part in first["loc"]) or "manifest"
    if first["type"] == "extra_forbidden":
        return f"{place}: unknown key"
    message = first["msg"].removeprefix("Value error, ")
    given = first["input"]
    shown = f", got {given!r}" if isinstance(given, str | int | float) else ""
    return f"{place}: {message}{shown}"

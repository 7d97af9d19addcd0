"""The manifest of a dataset: which files it needs and which tasks are built from them.

A manifest is a TOML file; `docs/reference/manifest.md` describes it for users.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from bench.data.chromosomes import CHROMOSOME_SPLITS, ChromosomeSplit, chromosome_split
from bench.data.item_sources import SIMULATED, ItemSource, SimulatedSource, TableSource
from bench.data.source_base import SPLIT_NAMES, SplitName, Strict
from bench.interface.card import NAME, TaskKind
from bench.interface.errors import DataError

MANIFEST_SCHEMA = 1

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]


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


class Apart(Strict):
    """Items of another task with which those at hand may share no sequence."""

    task: str
    word: int = Field(default=30, ge=8, le=64, description="bp of a word that both may not hold")
    items: Literal["all", "learnt"] = Field(
        default="all", description="which of the other's items: all, or those of train and valid"
    )


class Chromosomes(Strict):
    """Which chromosomes of a genome of one's own are for training, validation and test."""

    train: tuple[str, ...] = Field(min_length=1)
    valid: tuple[str, ...] = Field(min_length=1)
    test: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Chromosomes:
        names = (*self.train, *self.valid, *self.test)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{twice[0]!r} stands in more than one place, expected one for each")
        return self


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
        default=None,
        description="BED with strands: items get their distance from the nearest TSS; 'simulated' "
        "for the genes of the simulated genome",
    )
    overlap: Literal["error", "drop-from-train", "unchecked"] = "error"
    context: int = Field(
        default=0, ge=0, description="longest input in bp over which overlap is judged"
    )
    apart_from: tuple[Apart, ...] = Field(
        default=(), description="items that share a word with those of other tasks are left out"
    )
    roles: dict[str, str] = Field(
        default_factory=dict,
        description="what another task of the genome is to this one, such as chromatin",
    )
    block_size: int | None = Field(default=None, gt=0, description="bp; default by genome build")
    notes: tuple[str, ...] = ()

    def files(self) -> list[str]:
        """Names of the files that are read, each once."""
        named = [name for source in self.items for name in source.files()]
        transcripts = None if self.transcripts == SIMULATED else self.transcripts
        return sorted({*named, *filter(None, [self.genome_file, transcripts])})


class Manifest(Strict):
    """A dataset."""

    schema_version: int = Field(alias="schema")
    name: str
    title: str
    licence: str
    citation: str
    genome: str | None = Field(default=None, description="genome build of all coordinates")
    chromosomes: Chromosomes | None = Field(
        default=None, description="how a genome build is divided that the suite does not know"
    )
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
            if task.negatives is not None and task.kind is not TaskKind.CLASSIFICATION:
                raise ValueError(f"tasks.{task_name}: negatives, but kind is {task.kind}")
            simulated = any(isinstance(source, SimulatedSource) for source in task.items)
            if task.transcripts == SIMULATED and not simulated:
                raise ValueError(f"tasks.{task_name}: transcripts 'simulated' without such items")
            if task.overlap == "unchecked" and task.split.method != "given":
                raise ValueError(
                    f"tasks.{task_name}: overlap 'unchecked' goes with split method 'given' only"
                )
            if task.split.method == "chromosome" and self.genome is None:
                raise ValueError(f"tasks.{task_name}.split is by chromosome and needs genome")
            given = [
                source.split or (isinstance(source, TableSource) and source.split_column)
                for source in task.items
            ]
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

    @model_validator(mode="after")
    def _own_chromosomes(self) -> Manifest:
        if self.chromosomes is None:
            return self
        if self.genome is None:
            raise ValueError("chromosomes are those of a genome, which the manifest does not name")
        if self.genome in CHROMOSOME_SPLITS:
            raise ValueError(
                f"chromosomes: genome build {self.genome} has one list for all tasks, which a "
                "manifest cannot change"
            )
        return self

    def chromosome_split(self) -> ChromosomeSplit:
        """Return how the chromosomes of the genome are divided.

        Raises:
            BenchError: the build is not known, and the manifest does not say.
        """
        assert self.genome is not None
        if self.chromosomes is None:
            return chromosome_split(self.genome)
        lists = self.chromosomes
        return ChromosomeSplit(
            build=self.genome, train=lists.train, valid=lists.valid, test=lists.test
        )


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
    if first["type"] == "missing":
        return f"{place}: missing"
    message = first["msg"].removeprefix("Value error, ")
    given = first["input"]
    shown = f", got {given!r}" if isinstance(given, str | int | float) else ""
    return f"{place}: {message}{shown}"

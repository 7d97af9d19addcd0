"""Where the items of a task come from: one class for each format, with the keys of that format."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from bench.data.allele_sources import (
    AllelePairSource,
    AlleleTableSource,
    PlacedVariantSource,
    SaturationSource,
)
from bench.data.source_base import (
    FileSource,
    Source,
    SplitName,
    Strict,
    refuse_bad_expression,
)
from bench.data.track_sources import AnyTrackSource, TagTrackSource
from bench.interface.context import DEFAULT_HEAD

SIMULATED = "simulated"
"""Stands for the transcripts of the simulated genome, where a file of transcripts is named."""


class FastaSource(FileSource):
    """One item for each record."""

    format: Literal["fasta"]
    label: float | None = Field(default=None, description="target value of all these items")
    label_from: Literal["header"] | None = Field(
        default=None, description="the whole header is the label"
    )
    coordinates: Literal["0-based", "1-based"] | None = Field(
        default=None, description="headers are chrom:start-end in this convention"
    )

    @model_validator(mode="after")
    def _one_label(self) -> FastaSource:
        if (self.label is None) == (self.label_from is None):
            raise ValueError("format 'fasta' needs either label or label_from")
        return self


class TableSource(FileSource):
    """One item for each row of a TSV or CSV file."""

    format: Literal["table"]
    targets: tuple[str, ...] = Field(min_length=1, description="columns of the targets")
    sequence: str | None = Field(default=None, description="column of the sequence")
    fasta: str | None = Field(
        default=None, description="file whose records hold the sequences, by name `item`"
    )
    item: str | None = Field(default=None, description="column of unique ids")
    group: str | None = Field(default=None, description="column whose values stay together")
    group_pattern: str | None = Field(
        default=None, description="regular expression for the part of the group that counts"
    )
    split_column: str | None = Field(default=None, description="train, valid or test")

    @model_validator(mode="after")
    def _complete(self) -> TableSource:
        if (self.sequence is None) == (self.fasta is None):
            raise ValueError("format 'table' needs either sequence or fasta")
        if self.fasta is not None and self.item is None:
            raise ValueError("fasta needs item, the column that names its records")
        if self.group_pattern is not None:
            if self.group is None:
                raise ValueError("group_pattern needs group")
            refuse_bad_expression("group_pattern", self.group_pattern)
        return self

    def files(self) -> tuple[str, ...]:
        """Names of the files that are read."""
        return (self.file, *filter(None, [self.fasta]))


class IntervalSource(FileSource):
    """Items with one label at the places of a BED file."""

    format: Literal["bed", "narrowpeak"]
    label: float = Field(description="target value of all these items")
    window: int | None = Field(
        default=None, gt=0, description="item length around summit or centre"
    )


class BinSource(Source):
    """Bins that tile the whole genome."""

    format: Literal["bins"]
    bin_width: int = Field(gt=0, description="bp of a bin")
    peaks: dict[str, str] = Field(min_length=1, description="target -> file with its peaks, BED")
    covered: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        description="share that peaks cover in a positive bin; a bin that they cover less is left "
        "out; 0: a base makes a bin positive",
    )
    neighbours: int = Field(
        default=1,
        ge=0,
        description="on either side of a positive, left out unless positive themselves",
    )
    masked: tuple[str, ...] = Field(
        default=(), description="regions chrom:start-end (0-based) without items"
    )
    translate_chromosomes: bool = Field(
        default=False, description="names of another convention (chr4) become the genome's"
    )

    def files(self) -> tuple[str, ...]:
        """Names of the files that are read."""
        return tuple(self.peaks.values())


class WindowSource(Source):
    """Windows that tile the genome, with tracks in bins."""

    format: Literal["windows"]
    window: int = Field(gt=0, description="bp of an item; a multiple of bin_width")
    stride: int | None = Field(
        default=None, gt=0, description="bp from one window to the next; default: window"
    )
    bin_width: int = Field(gt=0, description="bp of a bin")
    tracks: dict[str, AnyTrackSource] = Field(min_length=1, description="target -> its track")
    regions: tuple[str, ...] = Field(
        default=(), description="regions chrom:start-end (0-based) to tile; default: the genome"
    )
    masked: tuple[str, ...] = Field(
        default=(), description="regions chrom:start-end (0-based) whose bins are left out"
    )
    blacklist: str | None = Field(
        default=None, description="BED file of regions whose bins are left out as well"
    )
    unmappable: str | None = Field(
        default=None, description="BED file of bases where tracks have no value, whatever they hold"
    )
    translate_chromosomes: bool = Field(
        default=False, description="names of another convention (chr4) become the genome's"
    )

    @model_validator(mode="after")
    def _fits(self) -> WindowSource:
        if self.window % self.bin_width:
            raise ValueError(f"window {self.window} is no multiple of bin_width {self.bin_width}")
        for name, track in self.tracks.items():
            if track.partner is not None and track.partner not in self.tracks:
                raise ValueError(f"tracks.{name}: partner {track.partner!r} is no track")
            if track.partner is not None and self.tracks[track.partner].partner != name:
                raise ValueError(f"tracks.{name}: its partner {track.partner!r} names another")
            # Otherwise models would learn from, and average with, the turned sequence as if what
            # it measures were the same on both strands.
            if isinstance(track, TagTrackSource) and track.partner is None:
                raise ValueError(
                    f"tracks.{name} counts strand {track.strand}, expected a partner that counts "
                    "the other"
                )
        return self

    def files(self) -> tuple[str, ...]:
        """Names of the files that are read."""
        names = [name for track in self.tracks.values() for name in track.files]
        return (*names, *filter(None, [self.blacklist, self.unmappable]))


class GeneAliases(Strict):
    """A second name for each gene, from a table without a header."""

    file: str = Field(description="name of one of the files, tab-separated")
    gene: int = Field(ge=1, description="column of the name in the table of values, from 1")
    name: int = Field(ge=1, description="column of the name in the annotation, from 1")


class GeneSource(FileSource):
    """Genes of a table of values, as items around their TSS."""

    format: Literal["genes"]
    annotation: str = Field(description="file of transcripts: GTF, or BED with names and strands")
    tss: Literal["upstream", "longest"] = Field(
        default="upstream", description="which transcript of a gene tells its TSS"
    )
    gene: str = Field(description="column of the gene in the table of values")
    conditions: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="target -> columns of which it is the mean; default: all"
    )
    aliases: GeneAliases | None = None
    window: int = Field(default=2000, gt=0, description="bp of an item around the TSS")
    normalise: Literal["none", "cpm", "rpkm"] = Field(
        default="none", description="counts: per million, or also per kb of the transcript"
    )
    pseudocount: float | None = Field(
        default=None, gt=0, description="the natural logarithm is taken after adding it"
    )

    def files(self) -> tuple[str, ...]:
        """Names of the files that are read."""
        return (self.file, self.annotation, *([self.aliases.file] if self.aliases else []))


class RecordSource(Source):
    """Windows of one split of Basenji's or Baskerville's TFRecords, as one head of a task."""

    format: Literal["tfrecords"]
    records: tuple[str, ...] = Field(min_length=1, description="files, in the order of the windows")
    statistics: str = Field(description="file statistics.json")
    targets: str = Field(description="file targets.txt")
    windows: str = Field(description="file sequences.bed")
    split: SplitName = Field(description="which windows these are, as sequences.bed calls them")
    head: str = Field(default=DEFAULT_HEAD, description="whose targets they are")
    genome: str | None = Field(default=None, description="build, where the task has several")
    bin_width: int | None = Field(
        default=None,
        gt=0,
        description="bp of a bin, a multiple of the file's, whose bins are summed",
    )
    pattern: str | None = Field(
        default=None, description="regular expression for the descriptions of targets that are read"
    )

    @model_validator(mode="after")
    def _expression(self) -> RecordSource:
        refuse_bad_expression("pattern", self.pattern)
        return self

    @model_validator(mode="after")
    def _in_order(self) -> RecordSource:
        # Sequences would get the places of others: the order of letters puts 10 before 2.
        numbered = [re.fullmatch(r"(.*?)(\d+)", name) for name in self.records]
        for one, other in pairwise(numbered):
            if one and other and one[1] == other[1] and int(one[2]) >= int(other[2]):
                raise ValueError(
                    f"records: {one[0]!r} before {other[0]!r}, expected the order of their numbers"
                )
        return self

    def files(self) -> tuple[str, ...]:
        """Names of the files that are read."""
        return (*self.records, self.statistics, self.targets, self.windows)


class DeepSeaSource(FileSource):
    """Items of a file of DeepSEA's bundle."""

    format: Literal["deepsea"]
    block_items: int = Field(
        default=1, ge=1, description="consecutive items that are resampled together"
    )


class BassetSource(FileSource):
    """Items of one part of Basset's HDF5 file."""

    format: Literal["basset"]
    split: SplitName = Field(description="which part of the file is read")
    block_items: int = Field(
        default=1, ge=1, description="consecutive items that are resampled together"
    )


class SimulatedSource(Source):
    """Items of the simulated genome."""

    format: Literal["simulated"]
    simulation: Literal[
        "binding", "accessibility", "strength", "coverage", "expression", "expressed", "variants"
    ]
    options: dict[str, str | int | float] = Field(default_factory=dict)


BundleSource: TypeAlias = DeepSeaSource | BassetSource
ItemSource: TypeAlias = Annotated[
    FastaSource | TableSource | IntervalSource | BinSource | WindowSource | GeneSource
    | RecordSource | DeepSeaSource | BassetSource | SimulatedSource
    | AllelePairSource | AlleleTableSource | SaturationSource | PlacedVariantSource,
    Field(discriminator="format"),
]  # fmt: skip

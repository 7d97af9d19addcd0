"""Where the tracks of a profile come from: one class for each format, with its keys."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

FileNames = Annotated[tuple[str, ...], Field(min_length=1)]


class TrackSource(BaseModel):
    """What all formats share: files that are summed, and how bases become bins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: FileNames = Field(description="names of files, whose values are summed")
    partner: str | None = Field(
        default=None, description="track that measures the same on the other strand"
    )
    partial: bool = Field(
        default=False,
        description="the genome holds only the first part of chromosomes; what lies beyond is "
        "passed over",
    )
    statistic: Literal["sum", "mean", "sum_sqrt"] = Field(
        default="sum", description="of the bases of a bin"
    )
    unknown: Literal["zero", "keep"] = Field(
        default="zero", description="what a base without a value is: 0, or unknown"
    )
    most_unknown: float = Field(
        default=0.5, ge=0, le=1, description="keep: share of unknown bases in a bin that counts"
    )
    scale: float = Field(default=1.0, gt=0, description="factor of the bases")
    clip_soft: float | None = Field(
        default=None, gt=0, description="c: above it, x becomes c - 1 + sqrt(x - c + 1)"
    )
    clip: float | None = Field(default=None, gt=0, description="hard upper limit")


class SignalTrackSource(TrackSource):
    """Values of intervals."""

    format: Literal["bigwig", "bedgraph"]


class FragmentTrackSource(TrackSource):
    """Fragments, as of ATAC-seq."""

    format: Literal["fragments"]
    signal: Literal["cuts", "coverage"] = Field(
        default="cuts", description="both ends of each fragment, or all its bases"
    )
    tn5: bool = Field(default=True, description="cuts: moved to the middle of the transposition")
    counted: bool = Field(default=False, description="column 5 tells how often each was seen")


class TagTrackSource(TrackSource):
    """Tags counted at single bases of one strand, as of CAGE."""

    format: Literal["tags"]
    strand: Literal["+", "-"]
    chrom: str = Field(default="seqnames", description="column of the chromosome")
    position: str = Field(default="start", description="column of the base")
    strand_column: str = Field(default="strand", description="column of the strand")
    count: str = Field(default="score", description="column of the number of tags")
    first_base: Literal[0, 1] = Field(default=1, description="number of a chromosome's first base")

    @model_validator(mode="after")
    def _whole(self) -> TagTrackSource:
        if self.partial:
            raise ValueError("partial is not for tags: one beyond its chromosome is an error")
        return self


AnyTrackSource: TypeAlias = Annotated[
    SignalTrackSource | FragmentTrackSource | TagTrackSource, Field(discriminator="format")
]

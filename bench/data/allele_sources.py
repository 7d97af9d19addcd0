"""Where variants come from: one class for each format, with the keys of that format."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from bench.data.source_base import FileSource


class AllelePairSource(FileSource):
    """Pairs of alleles in two FASTA files, record by record."""

    format: Literal["allele-pairs"]
    other: str = Field(description="file with the less active alleles, in the same order")
    effects: str | None = Field(
        default=None,
        description="tab-separated file with columns ID, Ref, Alt and Beta: the effect of Alt; "
        "records are named by ID",
    )
    place: int | None = Field(
        default=None, ge=0, description="0-based place of the variant, which is checked"
    )
    seed: int = Field(
        default=1, ge=0, description="deals which allele is the reference, without effects"
    )

    def files(self) -> tuple[str, ...]:
        """Names of the files that are read."""
        return (self.file, self.other, *filter(None, [self.effects]))


class AlleleTableSource(FileSource):
    """Pairs of sequences with what was measured of both, a pair for each row of a table."""

    format: Literal["allele-table"]
    alternative: str = Field(
        description="column of the changed sequence; with fasta the name of its record, in which "
        "{column} stands for the value of a column"
    )
    reference: str | None = Field(
        default=None,
        description="likewise of the unchanged one; default: at each place the base of most rows "
        "of a group",
    )
    fasta: str | None = Field(default=None, description="file whose records hold the sequences")
    value: str = Field(description="column: what was measured of the changed sequence")
    reference_value: str = Field(description="column: of the other, which is subtracted")
    group: str | None = Field(default=None, description="column whose values stay together")
    differences: str | None = Field(
        default=None, description="column: in how many bases both differ, which is checked"
    )

    @model_validator(mode="after")
    def _has_reference(self) -> AlleleTableSource:
        if self.reference is None and (self.group is None or self.fasta is not None):
            raise ValueError("without reference, group is needed and fasta is not read")
        return self

    def files(self) -> tuple[str, ...]:
        """Names of the files that are read."""
        return (self.file, *filter(None, [self.fasta]))


class SaturationSource(FileSource):
    """Every base of some elements changed in turn: Chrom, Pos, Ref, Alt and an effect for each row.

    The sequence of an element is put together from the reference bases of its rows.
    """

    format: Literal["saturation"]
    release: str = Field(description="rows of this genome build are read")
    elements: tuple[str, ...] = Field(
        default=(), description="that are read; default: all but left_out"
    )
    left_out: tuple[str, ...] = Field(default=(), description="elements that are not read")
    valid: tuple[str, ...] = Field(
        default=(), description="elements for validation; all others are for test"
    )
    masked: tuple[str, ...] = Field(
        default=(), description="regions chrom:start-end (0-based) whose variants are left out"
    )
    barcodes: int = Field(default=10, ge=0, description="fewest barcodes of a variant")
    per_element: bool = Field(default=False, description="each element is a target of its own")
    causal: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="targets are classes: 1 where the P-value is below this, 0 above controls",
    )
    controls: float = Field(
        default=0.05, gt=0, lt=1, description="P-value above which a variant is a control"
    )
    stretch: int = Field(default=20, gt=0, description="bp that are resampled together")


class PlacedVariantSource(FileSource):
    """Variants of a genome: a table with columns chrom, pos (1-based), ref and alt, or a VCF file.

    A VCF file is known by its name; its targets are numbers of INFO.
    """

    format: Literal["placed-variants"]
    targets: tuple[str, ...] = Field(min_length=1, description="columns, or keys of INFO")
    group: str | None = Field(default=None, description="column whose values stay together")
    skip_mismatch: bool = Field(
        default=False, description="leave out, and count, variants that do not fit the genome"
    )

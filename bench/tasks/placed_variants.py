"""Variants of a genome with what was measured of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bench.data.alphabet import decode, encode
from bench.data.variant import Variant
from bench.data.vcf import BASES, VcfReader
from bench.interface.errors import BenchError, DataError
from bench.tasks.collected import Collected, item_frame, one_head, refuse_duplicate

if TYPE_CHECKING:
    from pathlib import Path

    from bench.data.allele_sources import PlacedVariantSource
    from bench.data.genome import GenomeStore
    from bench.tasks.sources import SourceContext

PLACED = ("chrom", "pos", "ref", "alt")
NO_BASES = {"", "-", "."}
VCF_ENDS = (".vcf", ".vcf.gz", ".vcf.bgz")
MISMATCH = "does not fit the genome"


class _Row(NamedTuple):
    variant: Variant
    values: tuple[float, ...]
    group: str
    line: int


def read_placed_variants(source: PlacedVariantSource, context: SourceContext) -> Collected:
    """Read variants, whose reference allele is compared with the genome.

    Raises:
        DataError: a malformed line, an allele that is none, a variant that stands there twice, or,
            unless mismatches are skipped, one that does not fit the genome.
    """
    path = context.path(source)
    if context.genome is None:
        raise BenchError("format 'placed-variants' needs genome_file in its task")
    read = _vcf_rows if path.name.endswith(VCF_ENDS) else _table_rows
    kept: list[_Row] = []
    seen: dict[str, int] = {}
    mismatches = 0
    for row in read(source, path):
        problem = _problem(row.variant, context.genome)
        if problem and not source.skip_mismatch:
            raise DataError(path, problem, row.line)
        mismatches += bool(problem)
        if problem:
            continue
        refuse_duplicate(seen, _name(row.variant.trimmed()), path, row.line)
        kept.append(row)
    if not kept:
        raise DataError(path, "no variant")
    variants = [row.variant.trimmed() for row in kept]
    frame = item_frame(
        [_name(variant) for variant in variants],
        [variant.chrom for variant in variants],
        [variant.start for variant in variants],
        [variant.start + len(variant.ref) for variant in variants],
        group=[row.group for row in kept],
        split=[source.split or ""] * len(kept),
        ref=[variant.ref for variant in variants],
        alt=[variant.alt for variant in variants],
    )
    targets = np.array([row.values for row in kept], dtype=np.float32)
    left = {MISMATCH: mismatches} if mismatches else {}
    return Collected(frame, targets, one_head(*source.targets), None, left_out=left)


def _name(variant: Variant) -> str:
    return f"{variant.chrom}:{variant.start + 1}:{variant.ref or '-'}>{variant.alt or '-'}"


def _problem(variant: Variant, genome: GenomeStore) -> str | None:
    """Say why a variant does not fit the genome."""
    length = genome.chromosomes.get(variant.chrom)
    if length is None:
        return f"genome {genome.name} has no chromosome {variant.chrom!r}"
    end = variant.start + len(variant.ref)
    if end > length:
        return f"position {variant.start + 1} lies outside of {variant.chrom} of {length:,} bp"
    there = decode(genome.sequence(variant.chrom, variant.start, end))
    if there != variant.ref.upper():
        return f"ref {variant.ref!r}, but genome {genome.name} has {there!r}"
    return "ref and alt are the same" if variant.ref.upper() == variant.alt.upper() else None


def _table_rows(source: PlacedVariantSource, path: Path) -> Iterator[_Row]:
    from bench.data.tables import read_table

    words = tuple(filter(None, (*PLACED, source.group)))
    table = read_table(path, text=words, numbers=source.targets)
    groups = table[source.group].tolist() if source.group else [""] * len(table)
    values = table[list(source.targets)].itertuples(index=False, name=None)
    places = table[[*PLACED, "line"]].itertuples(index=False, name=None)
    for (chrom, pos, ref, alt, line), numbers, group in zip(places, values, groups, strict=True):
        if not (pos.isascii() and pos.isdecimal() and pos != "0"):
            raise DataError(path, f"pos {pos!r}, expected a whole number from 1", line)
        alleles = ["" if word in NO_BASES else word for word in (ref, alt)]
        for allele in filter(None, alleles):
            _refuse_odd(allele, path, line)
        yield _Row(Variant(chrom, int(pos) - 1, *alleles), numbers, group, line)


def _vcf_rows(source: PlacedVariantSource, path: Path) -> Iterator[_Row]:
    if source.group is not None:
        raise BenchError("format 'placed-variants': group is a column of tables, not of VCF files")
    for record in VcfReader(path):
        if len(record.alts) != 1 or record.alts[0] is None:
            raise DataError(path, "expected one alternative allele of bases in a line", record.line)
        info = dict(word.partition("=")[::2] for word in record.fields[7].split(";"))
        numbers = tuple(_number(info, key, path, record.line) for key in source.targets)
        _refuse_odd(record.ref, path, record.line)
        variant = Variant(record.chrom, record.start, record.ref, record.alts[0])
        yield _Row(variant, numbers, "", record.line)


def _refuse_odd(allele: str, path: Path, line: int) -> None:
    if not BASES.fullmatch(allele):
        raise DataError(path, f"allele {allele!r}, expected letters A, C, G, T or N", line)
    encode(allele)


def _number(info: dict[str, str], key: str, path: Path, line: int) -> float:
    """Return a number of INFO; NaN where the key is not there, or a point."""
    word = info.get(key, ".")
    if word == ".":
        return math.nan
    try:
        return float(word)
    except ValueError:
        raise DataError(path, f"INFO {key}={word!r}, expected a number", line) from None

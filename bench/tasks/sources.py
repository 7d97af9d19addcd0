"""One reader for each format that the items of a task may come in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import encode
from bench.data.fasta import FastaRecord, read_fasta
from bench.data.intervals import REGION
from bench.data.item_sources import FastaSource, IntervalSource, ItemSource, TableSource
from bench.data.manifest import TaskManifest
from bench.data.source_base import FileSource
from bench.interface.errors import BenchError, DataError
from bench.tasks.collected import Collected, item_frame, one_head, refuse_duplicate

if TYPE_CHECKING:
    import pandas as pd

    from bench.data.genome import GenomeStore
    from bench.interface.arrays import CodeArray


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a reader needs besides its source.

    `files` maps the names of the manifest onto local paths; `chromosomes` maps names onto lengths
    where a genome stands behind the items; `build` is the genome build of all coordinates, and
    `genome` holds its bases.
    """

    task: TaskManifest
    files: Mapping[str, Path]
    chromosomes: Mapping[str, int] = field(default_factory=dict)
    build: str | None = None
    genome: GenomeStore | None = None

    def path(self, source: FileSource) -> Path:
        """Local path of the file of a source."""
        return self.files[source.file]


READERS = {
    "fasta": "bench.tasks.sources:read_fasta_items",
    "table": "bench.tasks.sources:read_table_items",
    "bed": "bench.tasks.sources:read_interval_items",
    "narrowpeak": "bench.tasks.sources:read_interval_items",
    "bins": "bench.tasks.bins:read_bins",
    "windows": "bench.tasks.windows:read_windows",
    "genes": "bench.tasks.genes:read_gene_items",
    "tfrecords": "bench.tasks.records:read_record_items",
    "deepsea": "bench.tasks.bundles:read_deepsea",
    "basset": "bench.tasks.bundles:read_basset",
    "allele-pairs": "bench.tasks.alleles:read_allele_pairs",
    "allele-table": "bench.tasks.alleles:read_allele_table",
    "saturation": "bench.tasks.saturation:read_saturation",
    "placed-variants": "bench.tasks.placed_variants:read_placed_variants",
}
"""Format -> the `"module:function"` that reads it, imported when it is needed."""


def read_source(source: ItemSource, context: SourceContext) -> Collected:
    """Read the items of one source.

    Raises:
        DataError: bad input; the text names file, line and value.
    """
    if source.format not in READERS:
        raise BenchError(f"format {source.format!r} has no file to read")
    module, _, name = READERS[source.format].partition(":")
    collected: Collected = getattr(import_module(module), name)(source, context)
    return collected


def read_fasta_items(source: FastaSource, context: SourceContext) -> Collected:
    """One item for each record of a FASTA file."""
    path = context.path(source)
    items: list[str] = []
    labels: list[float] = []
    regions: list[tuple[str, int, int, str]] = []
    sequences = []
    seen: dict[str, int] = {}
    for number, record in enumerate(read_fasta(path), start=1):
        name = str(number) if source.label_from == "header" else record.name
        refuse_duplicate(seen, name, path, record.line)
        items.append(f"{source.file}:{name}")
        labels.append(_label(source, record, path))
        regions.append(_region(record, source.coordinates, path))
        sequences.append(record.codes)
    chroms, starts, ends, strands = (list(column) for column in zip(*regions, strict=True))
    frame = item_frame(
        items, chroms, starts, ends, strand=strands, split=[source.split or ""] * len(items)
    )
    targets = np.asarray(labels, dtype=np.float32)[:, None]
    return Collected(frame, targets, one_head(context.task.target), sequences)


def _label(source: FastaSource, record: FastaRecord, path: Path) -> float:
    if source.label is not None:
        return source.label
    try:
        return float(record.description)
    except ValueError as error:
        raise DataError(
            path, f"header {record.description!r}: expected a number as label", record.line
        ) from error


def _region(record: FastaRecord, convention: str | None, path: Path) -> tuple[str, int, int, str]:
    length = len(record.codes)
    if convention is None:
        return "", 0, length, "."
    match = REGION.match(record.description)
    if match is None:
        raise DataError(
            path, f"header {record.description!r}: expected chrom:start-end", record.line
        )
    start = int(match["start"]) - (convention == "1-based")
    end = int(match["end"])
    if end - start != length:
        raise DataError(
            path,
            f"header {record.description!r} spans {end - start} bp when read as {convention}, "
            f"its sequence has {length} bp",
            record.line,
        )
    return match["chrom"], start, end, "."


def read_table_items(source: TableSource, context: SourceContext) -> Collected:
    """One item for each row of a table."""
    from bench.data.tables import read_table

    path = context.path(source)
    words = [source.sequence, source.item, source.group, source.split_column]
    named = dict.fromkeys(name for name in words if name)
    table = read_table(path, text=tuple(named), numbers=source.targets)
    items = _table_items(source, table, path)
    sequences = (
        _column_sequences(source.sequence, table, path)
        if source.sequence is not None
        else _record_sequences(source, table, context)
    )
    frame = item_frame(
        items,
        ends=[len(codes) for codes in sequences],
        group=_groups(source, table, path),
        split=_table_splits(source, table, path),
    )
    targets = table[list(source.targets)].to_numpy(dtype=np.float32)
    return Collected(frame, targets, one_head(*source.targets), sequences)


def _column_sequences(column: str, table: pd.DataFrame, path: Path) -> list[CodeArray]:
    """Read the sequences of a column."""
    sequences = []
    for text, line in zip(table[column], table["line"].tolist(), strict=True):
        try:
            sequences.append(encode(text))
        except ValueError as error:
            raise DataError(path, str(error), line) from error
        if not text:
            raise DataError(path, f"empty sequence in column {column!r}", line)
    return sequences


def _record_sequences(
    source: TableSource, table: pd.DataFrame, context: SourceContext
) -> list[CodeArray]:
    """Read the sequences of the records that the column of ids names."""
    assert source.fasta is not None
    path, records = context.files[source.fasta], {}
    seen: dict[str, int] = {}
    for record in read_fasta(path):
        refuse_duplicate(seen, record.name, path, record.line)
        records[record.name] = record.codes
    sequences = []
    for name, line in zip(table[source.item], table["line"].tolist(), strict=True):
        if name not in records:
            raise DataError(context.path(source), f"{name!r} is no record of {path.name}", line)
        sequences.append(records[name])
    return sequences


def _groups(source: TableSource, table: pd.DataFrame, path: Path) -> list[str]:
    """Return the group of each row, or the part of it that the pattern finds first."""
    groups = _column(table, source.group)
    if source.group_pattern is None:
        return groups
    pattern, found = re.compile(source.group_pattern), []
    for group, line in zip(groups, table["line"].tolist(), strict=True):
        match = pattern.search(group)
        if match is None:
            raise DataError(
                path, f"group {group!r}: expected a match of {source.group_pattern!r}", line
            )
        found.append(match[0])
    return found


def _table_items(source: TableSource, table: pd.DataFrame, path: Path) -> list[str]:
    lines = table["line"].tolist()
    if source.item is None:
        return [f"{source.file}:{line}" for line in lines]
    seen: dict[str, int] = {}
    for name, line in zip(table[source.item], lines, strict=True):
        refuse_duplicate(seen, name, path, line)
    return [f"{source.file}:{name}" for name in table[source.item]]


def _table_splits(source: TableSource, table: pd.DataFrame, path: Path) -> list[str]:
    if source.split_column is None:
        return [source.split or ""] * len(table)
    names = {"train": "train", "valid": "valid", "val": "valid", "test": "test"}
    splits = []
    for word, line in zip(table[source.split_column], table["line"], strict=True):
        if word.lower() not in names:
            raise DataError(path, f"split {word!r}: expected train, valid or test", int(line))
        splits.append(names[word.lower()])
    return splits


def _column(table: pd.DataFrame, name: str | None) -> list[str]:
    return [""] * len(table) if name is None else table[name].tolist()


def read_interval_items(source: IntervalSource, context: SourceContext) -> Collected:
    """One item for each interval of a BED or narrowPeak file."""
    from bench.data.intervals import check_intervals, read_bed, read_narrowpeak

    path = context.path(source)
    if context.task.genome_file is None:
        raise BenchError(f"format {source.format!r} needs genome_file in its task")
    frame = read_narrowpeak(path) if source.format == "narrowpeak" else read_bed(path)
    check_intervals(frame, context.chromosomes, path)
    if source.window is not None:
        frame = _centred(frame, source.window)
        check_intervals(frame, context.chromosomes, path)
    strands = frame["strand"].tolist() if "strand" in frame else ["."] * len(frame)
    rows = zip(frame["chrom"], frame["start"], frame["end"], strands, strict=True)
    items = [f"{chrom}:{start}-{end}:{strand}" for chrom, start, end, strand in rows]
    seen: dict[str, int] = {}
    for item, line in zip(items, frame["line"].tolist(), strict=True):
        refuse_duplicate(seen, item, path, line)
    collected = item_frame(
        items,
        frame["chrom"].tolist(),
        frame["start"].tolist(),
        frame["end"].tolist(),
        strand=strands,
        split=[source.split or ""] * len(items),
    )
    targets = np.full((len(items), 1), source.label, dtype=np.float32)
    return Collected(collected, targets, one_head(context.task.target), None)


def _centred(frame: pd.DataFrame, window: int) -> pd.DataFrame:
    centre = (frame["start"] + frame["end"]) // 2
    if "summit" in frame:
        centre = centre.where(frame["summit"] < 0, frame["start"] + frame["summit"])
    start = centre - window // 2
    return frame.assign(start=start, end=start + window)

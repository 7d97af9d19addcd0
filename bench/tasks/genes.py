"""Genes with measured expression as items around their TSS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.fasta import open_binary
from bench.data.genes import one_tss_per_gene, read_bed_transcripts, read_gtf
from bench.data.intervals import check_intervals
from bench.data.item_sources import GeneAliases, GeneSource
from bench.data.tables import read_header, read_table
from bench.interface.errors import BenchError, DataError
from bench.tasks.collected import Collected, item_frame, one_head, refuse_duplicate

if TYPE_CHECKING:
    import pandas as pd

    from bench.interface.arrays import FloatArray
    from bench.tasks.sources import SourceContext

BED_ENDINGS = (".bed", ".bed.gz")
MILLION, KB = 1e6, 1e3


def read_gene_items(source: GeneSource, context: SourceContext) -> Collected:
    """Read the genes of a table that the annotation knows, in the order of the table.

    Raises:
        BenchError: there is no genome, or none of the genes is known.
        DataError: bad input; the text names file, line and value.
    """
    if not context.chromosomes:
        raise BenchError("format 'genes' needs genome_file in its task")
    if source.normalise == "rpkm" and not _is_bed(context.files[source.annotation]):
        raise BenchError("normalise 'rpkm' needs a BED annotation: a GTF's spans hold introns")
    path = context.path(source)
    columns = _columns(source, path)
    used = list(dict.fromkeys(name for names in columns.values() for name in names))
    table = read_table(path, [source.gene], used)
    _refuse_repeated(table, source.gene, path)
    transcripts = _transcripts(source, context).set_index("gene")
    names = _annotated_names(table[source.gene].tolist(), transcripts.index, source, context)
    known = np.array([name is not None for name in names])
    if not known.any():
        raise BenchError(f"{path}: none of its genes stands in the annotation")
    genes = transcripts.loc[[name for name in names if name is not None]]
    values = _values(source, table[used], known, genes)
    targets = np.stack(
        [values[list(parts)].mean(axis=1).to_numpy() for parts in columns.values()], axis=1
    )
    frame = _frame(source, table[source.gene][known].tolist(), genes)
    left_out = {"gene whose TSS the annotation does not tell": int((~known).sum())}
    return Collected(frame, targets.astype(np.float32), one_head(*columns), None, left_out=left_out)


def _columns(source: GeneSource, path: Path) -> Mapping[str, tuple[str, ...]]:
    """Return the columns behind each target."""
    if source.conditions:
        return source.conditions
    return {name: (name,) for name in read_header(path) if name != source.gene}


def _refuse_repeated(table: pd.DataFrame, column: str, path: Path) -> None:
    seen: dict[str, int] = {}
    for gene, line in zip(table[column], table["line"].tolist(), strict=True):
        refuse_duplicate(seen, gene, path, line)


def _transcripts(source: GeneSource, context: SourceContext) -> pd.DataFrame:
    path = context.files[source.annotation]
    frame = read_bed_transcripts(path) if _is_bed(path) else read_gtf(path)
    check_intervals(frame, context.chromosomes, path)
    return one_tss_per_gene(frame, source.tss, path)


def _is_bed(path: Path) -> bool:
    return path.name.endswith(BED_ENDINGS)


def _annotated_names(
    genes: list[str], annotated: pd.Index[str], source: GeneSource, context: SourceContext
) -> list[str | None]:
    """Return the annotation's name of each gene, None where it has none; each name once."""
    others: Mapping[str, str] = {}
    if source.aliases is not None:
        others = _read_aliases(context.files[source.aliases.file], source.aliases)
    # A gene by its own name comes before one that only shares an alias.
    names: list[str | None] = [gene if gene in annotated else None for gene in genes]
    taken = {name for name in names if name is not None}
    for place, gene in enumerate(genes):
        other = others.get(gene)
        if other is None or names[place] is not None:
            continue
        if other in annotated and other not in taken:
            names[place] = other
            taken.add(other)
    return names


def _read_aliases(path: Path, columns: GeneAliases) -> dict[str, str]:
    """Read pairs of names; a row that lacks one of them is passed over."""
    pairs: dict[str, str] = {}
    with open_binary(path) as stream:
        for line, raw in enumerate(stream, start=1):
            # Descriptions further on in a row may be in any encoding.
            row = raw.decode("latin-1").rstrip("\n").split("\t")
            if len(row) < max(columns.gene, columns.name):
                raise DataError(path, f"{len(row)} columns, expected {columns.name} or more", line)
            gene, name = row[columns.gene - 1], row[columns.name - 1]
            if gene and name:
                pairs.setdefault(gene, name)
    return pairs


def _values(
    source: GeneSource,
    table: pd.DataFrame,
    known: np.ndarray[tuple[int], np.dtype[np.bool_]],
    genes: pd.DataFrame,
) -> pd.DataFrame:
    """Return what was measured of the known genes; counts are per million of all genes."""
    values = table[known].reset_index(drop=True)
    if source.normalise != "none":
        values = values / table.sum() * MILLION
    if source.normalise == "rpkm":
        lengths: FloatArray = (genes["end"] - genes["start"]).to_numpy()
        values = values.div(lengths / KB, axis=0)
    if source.pseudocount is not None:
        values = values.add(source.pseudocount).apply(np.log)
    return values


def _frame(source: GeneSource, names: list[str], genes: pd.DataFrame) -> pd.DataFrame:
    starts = genes["tss"].to_numpy() - source.window // 2
    return item_frame(
        names,
        genes["chrom"].tolist(),
        starts.tolist(),
        (starts + source.window).tolist(),
        strand=genes["strand"].tolist(),
        split=[source.split or ""] * len(names),
    )

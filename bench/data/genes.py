"""Transcripts of a gene annotation, and where transcription starts.

The transcription start site (TSS) is the first transcribed base.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from bench.data.intervals import read_bed
from bench.data.tables import read_lines
from bench.interface.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

TssRule = Literal["upstream", "longest"]

GTF_COLUMNS = 9
BED_COLUMNS = 6
ATTRIBUTE = re.compile(r'(\w+) "([^"]*)"')
BIOTYPES = ("transcript_biotype", "transcript_type", "gene_biotype", "gene_type")
"""Attributes in Ensembl's and GENCODE's files, the best first."""

COLUMNS = ["gene", "transcript", "chrom", "start", "end", "strand", "tss", "biotype", "line"]


def read_gtf(path: Path) -> pd.DataFrame:
    """Read the rows of a GTF file that are transcripts, plain or compressed.

    Returns:
        Frame with `gene`, `transcript` (identifiers), `chrom`, `start`, `end` (0-based, half-open),
        `strand`, `tss` (0-based), `biotype` ("" where the file has none) and `line`, from 1.

    Raises:
        DataError: bad input, no transcripts, or one that stands twice; the text names line and
            value.
    """
    import pandas as pd

    rows = list(_gtf_rows(path))
    if not rows:
        raise DataError(path, "no rows of feature 'transcript'")
    names = ["chrom", "start", "end", "strand", "gene", "transcript", "biotype", "line"]
    return _checked(pd.DataFrame(rows, columns=names), path)


def read_bed_transcripts(path: Path) -> pd.DataFrame:
    """Read transcripts from a BED file with names and strands; each name is a gene of its own.

    Returns:
        Frame as of `read_gtf`.

    Raises:
        DataError: bad input, no strand, or a name that stands twice; the text names line and value.
    """
    frame = read_bed(path, BED_COLUMNS).rename(columns={"name": "gene"})
    frame["transcript"] = frame["gene"]
    frame["biotype"] = ""
    return _checked(frame, path)


def start_sites(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Return the first transcribed base of each interval, 0-based, `(n,)`.

    Args:
        frame: `start`, `end` (0-based, half-open) and `strand`, + or -.
    """
    forward = (frame["strand"] == "+").to_numpy()
    starts = frame["start"].to_numpy(dtype=np.int64)
    ends = frame["end"].to_numpy(dtype=np.int64)
    sites: NDArray[np.int64] = np.where(forward, starts, ends - 1)
    return sites


def check_strands(frame: pd.DataFrame, path: Path) -> None:
    """Check that intervals have a direction.

    Raises:
        DataError: a `strand` is neither + nor -.
    """
    odd = ~frame["strand"].isin(["+", "-"])
    if odd.any():
        row = frame[odd].iloc[0]
        raise DataError(path, f"strand {row['strand']!r}, expected + or -", int(row["line"]))


def one_tss_per_gene(frame: pd.DataFrame, rule: TssRule, path: Path) -> pd.DataFrame:
    """Choose one transcript of each gene.

    Args:
        frame: transcripts, as `read_gtf` returns them.
        rule: "upstream" takes the most upstream TSS, of several transcripts there the one with the
            longest span; "longest" takes the longest span, of several the most upstream. Of those
            alike in both the first by name is taken.
        path: of the transcripts, for the message.

    Returns:
        The rows that were chosen, in the order in which the genes first appear.

    Raises:
        DataError: transcripts of a gene lie on several chromosomes or on both strands.
    """
    for column in ("chrom", "strand"):
        firsts = frame.groupby("gene", sort=False)[column].transform("first")
        odd = frame[column] != firsts
        if odd.any():
            row = frame[odd].iloc[0]
            raise DataError(
                path,
                f"gene {row['gene']!r} has {column} {row[column]!r}, "
                f"and {firsts[odd].iloc[0]!r} before",
                int(row["line"]),
            )
    downstream = frame["tss"].where(frame["strand"] == "+", -frame["tss"])
    ranked = frame.assign(downstream=downstream, shortness=frame["start"] - frame["end"])
    keys = ["downstream", "shortness"] if rule == "upstream" else ["shortness", "downstream"]
    ranked = ranked.sort_values([*keys, "transcript"], kind="stable")
    chosen = ranked.drop_duplicates("gene").set_index("gene")
    order = frame["gene"].drop_duplicates()
    return chosen.loc[order].reset_index()[COLUMNS]


def _gtf_rows(path: Path) -> Iterator[tuple[str, int, int, str, str, str, str, int]]:
    for line, text in read_lines(path):
        if text.startswith("#"):
            continue
        row = text.split("\t")
        if len(row) != GTF_COLUMNS:
            raise DataError(path, f"{len(row)} columns, expected {GTF_COLUMNS}", line)
        if row[2] != "transcript":
            continue
        attributes = dict(ATTRIBUTE.findall(row[8]))
        for name in ("gene_id", "transcript_id"):
            if not attributes.get(name):
                raise DataError(path, f"no {name} in {row[8][:60]!r}", line)
        start, end = _gtf_span(path, row, line)
        biotype = next((attributes[name] for name in BIOTYPES if name in attributes), "")
        gene, transcript = attributes["gene_id"], attributes["transcript_id"]
        yield row[0], start, end, row[6], gene, transcript, biotype, line


def _gtf_span(path: Path, row: list[str], line: int) -> tuple[int, int]:
    """Turn 1-based places, both included, into 0-based, half-open ones."""
    try:
        start, end = int(row[3]), int(row[4])
    except ValueError as error:
        raise DataError(path, f"{row[3]!r} to {row[4]!r}, expected whole numbers", line) from error
    if not 1 <= start <= end:
        raise DataError(path, f"{start} to {end}, expected 1 or more and in order", line)
    return start - 1, end


def _checked(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    check_strands(frame, path)
    twice = frame["transcript"].duplicated()
    if twice.any():
        row = frame[twice].iloc[0]
        raise DataError(path, f"transcript {row['transcript']!r} stands twice", int(row["line"]))
    frame["tss"] = start_sites(frame)
    return frame[COLUMNS]

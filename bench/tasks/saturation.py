"""Saturation mutagenesis of regulatory elements, measured in reporter assays."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import LETTERS, N, encode
from bench.data.intervals import REGION
from bench.interface.errors import BenchError, DataError
from bench.interface.names import nearest
from bench.tasks.collected import Collected, item_frame, one_head, refuse_duplicate

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from bench.data.allele_sources import SaturationSource
    from bench.interface.arrays import CodeArray
    from bench.tasks.sources import SourceContext

WORDS = ("Chrom", "Pos", "Ref", "Alt", "Element", "Release")
NUMBERS = ("Barcodes", "Coefficient", "pValue")
DELETION = "-"
MISSING = {"", "NA"}


def read_saturation(source: SaturationSource, context: SourceContext) -> Collected:
    """Read the variants of all elements, with the sequence of their element around them.

    `Coefficient` is the logarithm to base 2 of what the variant changes expression by.

    Raises:
        DataError: a position, allele or element that is none, or rows that disagree about a
            reference base.
    """
    from bench.data.tables import read_table

    path = context.path(source)
    table = read_table(path, text=WORDS, numbers=NUMBERS)
    table = table[table["Release"] == source.release]
    if table.empty:
        raise DataError(path, f"no row of release {source.release!r}")
    table = _chosen(table, source, path)
    left: Counter[str] = Counter()
    placed = ~table["Pos"].isin(MISSING)
    left["no position"] = int((~placed).sum())
    table = _numbered(table[placed], path)
    # The sequence is told by all rows, whether or not their effect was measured well.
    elements = {
        str(name): _element(rows, path) for name, rows in table.groupby("Element", sort=False)
    }
    inside = _masked(table, source.masked)
    left["in a masked region"] = int(inside.sum())
    table = table[~inside]
    few = ~(table["Barcodes"] >= source.barcodes)
    left[f"fewer than {source.barcodes} barcodes"] = int(few.sum())
    table = table[~few]
    unmeasured = table[["Coefficient", "pValue"]].isna().any(axis=1)
    left["effect or P-value was not measured"] = int(unmeasured.sum())
    table = table[~unmeasured]
    if source.causal is not None:
        between = (table["pValue"] >= source.causal) & (table["pValue"] <= source.controls)
        left["neither causal nor a control"] = int(between.sum())
        table = table[~between]
    return _collected(table.reset_index(drop=True), elements, source, context, left)


def _chosen(table: pd.DataFrame, source: SaturationSource, path: Path) -> pd.DataFrame:
    known = set(table["Element"])
    for name in (*source.elements, *source.left_out, *source.valid):
        if name not in known:
            raise DataError(path, f"no element {name!r}; {nearest(name, known)}")
    wanted = set(source.elements or known) - set(source.left_out)
    return table[table["Element"].isin(wanted)]


def _numbered(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the rows with `start`, 0-based, after a look at their alleles."""
    seen: dict[str, int] = {}
    columns = ["Element", "Pos", "Ref", "Alt", "line"]
    for name, pos, ref, alt, line in table[columns].itertuples(index=False, name=None):
        if not (pos.isascii() and pos.isdecimal() and pos != "0"):
            raise DataError(path, f"Pos {pos!r}, expected a whole number from 1", line)
        if len(ref) != 1 or ref not in LETTERS[:N]:
            raise DataError(path, f"Ref {ref!r}, expected a base", line)
        if alt != DELETION and (len(alt) != 1 or alt not in LETTERS[:N]):
            raise DataError(path, f"Alt {alt!r}, expected a base or {DELETION}", line)
        if alt == ref:
            raise DataError(path, f"Alt {alt!r} is Ref, expected another base", line)
        refuse_duplicate(seen, f"{name}:{pos}:{ref}>{alt}", path, line)
    return table.assign(start=table["Pos"].astype(np.int64) - 1)


def _masked(table: pd.DataFrame, regions: tuple[str, ...]) -> pd.Series[bool]:
    inside = table["start"] < 0
    for region in regions:
        match = REGION.fullmatch(region)
        if match is None:
            raise BenchError(f"masked region {region!r}, expected chrom:start-end")
        chrom, start, end = match["chrom"], int(match["start"]), int(match["end"])
        inside |= (table["Chrom"] == chrom) & (table["start"] >= start) & (table["start"] < end)
    return inside


def _element(rows: pd.DataFrame, path: Path) -> tuple[int, CodeArray]:
    """Return the start of an element and its bases; N where no row tells one."""
    first, last = int(rows["start"].min()), int(rows["start"].max())
    codes = np.full(last - first + 1, N, dtype=np.uint8)
    for start, ref, line in rows[["start", "Ref", "line"]].itertuples(index=False, name=None):
        base = LETTERS.index(ref)
        if codes[start - first] not in (N, base):
            raise DataError(path, f"Ref {ref}, but {LETTERS[codes[start - first]]} above", line)
        codes[start - first] = base
    return first, codes


def _collected(
    table: pd.DataFrame,
    elements: dict[str, tuple[int, CodeArray]],
    source: SaturationSource,
    context: SourceContext,
    left: Counter[str],
) -> Collected:
    names = list(dict.fromkeys(table["Element"]))
    sequences, alternatives = [], []
    for name, start, alt in table[["Element", "start", "Alt"]].itertuples(index=False, name=None):
        first, reference = elements[name]
        place = start - first
        changed = encode("" if alt == DELETION else alt)
        sequences.append(reference)
        alternatives.append(np.concatenate([reference[:place], changed, reference[place + 1 :]]))
    loci = _loci(table, elements)
    starts, element = table["start"].to_numpy(), table["Element"].to_numpy()
    stretches = [
        f"{name}:{(start - elements[name][0]) // source.stretch}"
        for name, start in zip(element, starts.tolist(), strict=True)
    ]
    alts = table["Alt"].replace(DELETION, "")
    items = element + ":" + table["Pos"] + ":" + table["Ref"] + ">" + table["Alt"]
    frame = item_frame(
        items.tolist(),
        table["Chrom"].tolist(),
        starts.tolist(),
        (starts + 1).tolist(),
        group=[loci[name] for name in element],
        split=["valid" if name in source.valid else "test" for name in element],
        ref=table["Ref"].tolist(),
        alt=alts.tolist(),
        # Of pooled elements, whole ones are resampled; those of one locus hold the same bases.
        block=stretches if source.per_element else [loci[name] for name in element],
    )
    values = table["Coefficient"].to_numpy()
    if source.causal is not None:
        values = (table["pValue"].to_numpy() < source.causal).astype(np.float64)
    targets = values[:, None].astype(np.float32)
    heads = one_head(context.task.target)
    if source.per_element:
        own = element[:, None] == np.array(names)
        targets = np.where(own, targets, np.float32(np.nan))
        heads = one_head(*names)
    return Collected(
        frame,
        targets,
        heads,
        sequences,
        left_out=dict(+left),
        alternatives=alternatives,
        block_unit=f"{source.stretch} bp of an element" if source.per_element else "locus",
    )


def _loci(table: pd.DataFrame, elements: dict[str, tuple[int, CodeArray]]) -> dict[str, str]:
    """Name the locus of each element by the first of those that it overlaps."""
    chroms = table.drop_duplicates("Element").set_index("Element")["Chrom"]
    spans = sorted(
        (
            str(chroms[name]),
            elements[name][0],
            elements[name][0] + len(elements[name][1]),
            str(name),
        )
        for name in chroms.index
    )
    loci: dict[str, str] = {}
    locus, where, reach = "", "", 0
    for chrom, start, end, name in spans:
        if chrom != where or start >= reach:
            locus, where, reach = name, chrom, end
        reach = max(reach, end)
        loci[name] = locus
    return loci

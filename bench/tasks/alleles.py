"""Variants that come as pairs of sequences."""

from __future__ import annotations

import hashlib
import string
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from bench.data.alphabet import N, decode, encode
from bench.data.fasta import read_fasta
from bench.interface.errors import BenchError, DataError
from bench.tasks.collected import Collected, item_frame, one_head, refuse_duplicate

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from bench.data.allele_sources import AllelePairSource, AlleleTableSource
    from bench.interface.arrays import CodeArray, IntArray
    from bench.tasks.sources import SourceContext

    Mask: TypeAlias = NDArray[np.bool_]

EFFECT_COLUMNS = ("Chr", "Pos", "Ref", "Alt")
BLOCK = 200_000
"""bp of a chromosome whose variants are resampled together."""
MOST_SHARED = 2
"""Rows of a group that must agree on a base of the sequence that they come from."""


class _Pair(NamedTuple):
    """Both alleles of an item; `target` is what the alternative has more than the reference."""

    item: str
    reference: CodeArray
    alternative: CodeArray
    target: float
    block: str = ""


def read_allele_pairs(source: AllelePairSource, context: SourceContext) -> Collected:
    """Read pairs of records whose first file holds the more active alleles.

    With effects, the target is the effect of the alternative allele. Without, it is 1 where the
    alternative is the more active allele and -1 where it is the reference, as dealt by a hash of
    the record's name, so that no model gains from calling all alternatives more active.

    Raises:
        DataError: records do not pair, are alike or differ elsewhere than at the place that is
            named, or effects do not name their alleles.
    """
    path, other = context.path(source), context.files[source.other]
    effects = _effects(context.files[source.effects]) if source.effects else None
    pairs: list[_Pair] = []
    seen: dict[str, int] = {}
    more, less = list(read_fasta(path)), list(read_fasta(other))
    if len(more) != len(less):
        raise DataError(other, f"{len(less)} records, but {path.name} has {len(more)}")
    for high, low in zip(more, less, strict=True):
        refuse_duplicate(seen, high.name, path, high.line)
        if high.name != low.name:
            raise DataError(other, f"record {low.name!r}, expected {high.name!r}", low.line)
        _refuse_elsewhere(high.codes, low.codes, source.place, path, high.line)
        item = f"{source.file}:{high.name}"
        if effects is None:
            turned = _is_turned(high.name, source.seed)
            both = (high.codes, low.codes) if turned else (low.codes, high.codes)
            pairs.append(_Pair(item, *both, -1.0 if turned else 1.0))
            continue
        if high.name not in effects:
            raise DataError(path, f"record {high.name!r} has no effect", high.line)
        pairs.append(_with_effect(item, high.codes, low.codes, effects.pop(high.name), source))
    left = {"effect without a sequence": len(effects)} if effects else {}
    return _collected(pairs, context.task.target, left, split=source.split)


def _is_turned(name: str, seed: int) -> bool:
    digest = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=1).digest()
    return bool(digest[0] & 1)


def _refuse_elsewhere(
    one: CodeArray, two: CodeArray, place: int | None, path: Path, line: int
) -> None:
    if place is None:
        if len(one) == len(two) and (one == two).all():
            raise DataError(path, "both alleles are the same", line)
        return
    differ = np.flatnonzero(one != two).tolist() if len(one) == len(two) else None
    if differ != [place]:
        raise DataError(path, f"alleles differ at {differ}, expected [{place}]", line)


class _Effect(NamedTuple):
    block: str
    ref: str
    alt: str
    value: float
    line: int
    path: Path


def _effects(path: Path) -> dict[str, _Effect]:
    """Read effects by place: `chr1.801099`, as records are called."""
    from bench.data.tables import read_table

    table = read_table(path, text=EFFECT_COLUMNS, numbers=("Beta",))
    effects: dict[str, _Effect] = {}
    for chrom, pos, ref, alt, value, line in table[[*EFFECT_COLUMNS, "Beta", "line"]].itertuples(
        index=False, name=None
    ):
        name = f"{chrom}.{pos}"
        if name in effects:
            raise DataError(path, f"{name} stands here and in line {effects[name].line}", line)
        if np.isnan(value):
            raise DataError(path, "Beta is not a number", line)
        if not pos.isdecimal():
            raise DataError(path, f"Pos {pos!r}, expected a whole number", line)
        # Neighbours are linked, and do not count as so many.
        block = f"{chrom}:{int(pos) // BLOCK}"
        effects[name] = _Effect(block, ref.upper(), alt.upper(), float(value), line, path)
    return effects


def _with_effect(
    item: str, high: CodeArray, low: CodeArray, effect: _Effect, source: AllelePairSource
) -> _Pair:
    """Order alleles as the effect does, whose sign must say which is the more active one."""
    if source.place is None:
        raise BenchError("format 'allele-pairs' with effects needs place")
    bases = [decode(codes[source.place : source.place + 1]) for codes in (high, low)]
    more_is_alt = effect.value > 0
    expected = [effect.alt, effect.ref] if more_is_alt else [effect.ref, effect.alt]
    if bases != expected:
        raise DataError(
            effect.path,
            f"{effect.ref} to {effect.alt} with effect {effect.value:g}, but the more active "
            f"allele has {bases[0]} and the other {bases[1]}",
            effect.line,
        )
    both = (low, high) if more_is_alt else (high, low)
    return _Pair(item, *both, effect.value, effect.block)


def read_allele_table(source: AlleleTableSource, context: SourceContext) -> Collected:
    """Read a pair for each row; the target is the alternative's value less the reference's.

    Rows of which a value was not measured are left out, and counted.

    Raises:
        DataError: a sequence is missing or none, or alleles differ in another number of bases.
    """
    from bench.data.tables import read_table

    path = context.path(source)
    names = [source.alternative, source.reference or "", source.group or ""]
    if source.fasta is not None:
        fields = [field for name in names[:2] for field in _fields(name)]
        names = [*fields, source.group or ""]
    names.append(source.differences or "")
    table = read_table(
        path,
        text=tuple(dict.fromkeys(filter(None, names))),
        numbers=(source.value, source.reference_value),
    )
    targets = (table[source.value] - table[source.reference_value]).to_numpy()
    left = {"a value was not measured": int(np.isnan(targets).sum())}
    table = table[~np.isnan(targets)].reset_index(drop=True)
    alternatives = _sequences(source.alternative, source, table, context)
    if source.reference is not None:
        references = _sequences(source.reference, source, table, context)
        _check_differences(source.differences, table, references, alternatives, path)
    else:
        references, unknown = _known_parents(source, table, alternatives)
        left["the sequence that it comes from is not known"] = int(unknown.sum())
        kept = np.flatnonzero(~unknown)
        table = table.iloc[kept].reset_index(drop=True)
        references, alternatives = (
            [codes[row] for row in kept.tolist()] for codes in (references, alternatives)
        )
    targets = (table[source.value] - table[source.reference_value]).tolist()
    lines = table["line"].tolist()
    pairs = [
        _Pair(f"{source.file}:{line}", before, after, value)
        for line, before, after, value in zip(lines, references, alternatives, targets, strict=True)
    ]
    groups = table[source.group].tolist() if source.group else None
    return _collected(pairs, context.task.target, left, groups, source.split)


def _fields(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name]


def _sequences(
    name: str, source: AlleleTableSource, table: pd.DataFrame, context: SourceContext
) -> list[CodeArray]:
    """Read the sequences of a column, or the records whose names a template makes of the rows."""
    path, lines = context.path(source), table["line"].tolist()
    if source.fasta is None:
        found = []
        for text, line in zip(table[name], lines, strict=True):
            try:
                found.append(encode(text))
            except ValueError as error:
                raise DataError(path, f"{name}: {error}", line) from error
        return found
    records = {record.name: record.codes for record in read_fasta(context.files[source.fasta])}
    fields = _fields(name)
    names = [
        name.format(**dict(zip(fields, row, strict=True)))
        for row in table[fields].itertuples(index=False, name=None)
    ]
    for one, line in zip(names, lines, strict=True):
        if one not in records:
            raise DataError(path, f"{one!r} is no record of {source.fasta}", line)
    return [records[one] for one in names]


def _parents(sequences: list[CodeArray], groups: list[str]) -> tuple[list[CodeArray], Mask]:
    """Return, for each sequence, the base that most of its group have at each place.

    Where a group is too small to tell, or a place has no base that two of it share, the second
    array says so.
    """
    rows: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        rows.setdefault(group, []).append(row)
    parents: list[CodeArray] = list(sequences)
    unknown = np.zeros(len(sequences), dtype=bool)
    for members in rows.values():
        parent = _common(sequences, members)
        for row in members:
            unknown[row] = parent is None
            parents[row] = sequences[row] if parent is None else parent
    return parents, unknown


def _common(sequences: list[CodeArray], members: list[int]) -> CodeArray | None:
    if len({len(sequences[row]) for row in members}) > 1 or len(members) <= MOST_SHARED:
        return None
    stacked = np.stack([sequences[row] for row in members])
    counts = np.stack([(stacked == base).sum(axis=0) for base in range(N)])
    if (counts.max(axis=0) < MOST_SHARED).any():
        return None
    parent: CodeArray = counts.argmax(axis=0).astype(np.uint8)
    return parent


def _known_parents(
    source: AlleleTableSource, table: pd.DataFrame, alternatives: list[CodeArray]
) -> tuple[list[CodeArray], Mask]:
    """Return the sequence that each comes from, and where it is not known for sure."""
    assert source.group is not None
    groups = table[source.group]
    parents, unknown = _parents(alternatives, groups.tolist())
    if source.differences is not None:
        # Two that changed alike outvote the sequence that they come from.
        found = _differences(parents, alternatives)
        odd = groups[table[source.differences] != found.astype(str)]
        unknown |= groups.isin(odd).to_numpy()
    return parents, unknown


def _differences(references: list[CodeArray], alternatives: list[CodeArray]) -> IntArray:
    """Count the bases in which both alleles differ; -1 where they are not of one length."""
    return np.array(
        [
            int((before != after).sum()) if len(before) == len(after) else -1
            for before, after in zip(references, alternatives, strict=True)
        ],
        dtype=np.int64,
    )


def _check_differences(
    column: str | None,
    table: pd.DataFrame,
    references: list[CodeArray],
    alternatives: list[CodeArray],
    path: Path,
) -> None:
    if column is None:
        return
    found = _differences(references, alternatives).tolist()
    for word, count, line in zip(table[column], found, table["line"].tolist(), strict=True):
        if word != str(count):
            raise DataError(
                path, f"{column} is {word}, but both sequences differ in {count} bases", line
            )


def _collected(
    pairs: list[_Pair],
    target: str,
    left_out: dict[str, int],
    groups: list[str] | None = None,
    split: str | None = None,
) -> Collected:
    """Make items of pairs; without a split they are all for test."""
    count = len(pairs)
    frame = item_frame(
        [pair.item for pair in pairs],
        ends=[len(pair.reference) for pair in pairs],
        group=groups or [""] * count,
        split=[split or ""] * count,
        block=[pair.block for pair in pairs],
    )
    return Collected(
        frame,
        np.array([[pair.target] for pair in pairs], dtype=np.float32).reshape(count, 1),
        one_head(target),
        [pair.reference for pair in pairs],
        left_out=dict(+Counter(left_out)),
        alternatives=[pair.alternative for pair in pairs],
        block_unit=f"{BLOCK // 1000} kb of a chromosome",
    )

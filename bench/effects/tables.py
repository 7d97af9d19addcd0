"""Saturation mutagenesis of stretches, written as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.data.alphabet import LETTERS
from bench.effects.saturation import (
    LengthChange,
    Substitutions,
    deletions,
    insertions,
    length_changes,
    substitutions,
)
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.effects.predictor import AllelePredictor
    from bench.effects.scores import Score
    from bench.effects.stretches import Stretch
    from bench.interface.arrays import FloatArray
    from bench.interface.context import Progress

FLOATS = "%.6g"
COLUMNS = {"sequence", "pos", "position", "ref", "alt", "base"}
MOST_SCORES = 200_000_000
"""Effects of substitutions that are held together: 1.6 GB."""


@dataclass(frozen=True, slots=True)
class MutagenesisRequest:
    """What is changed, and how it is scored.

    Attributes:
        predictor: the model.
        score: how alleles are compared.
        length: bp of a window; None: each stretch as it is.
        deleted: bases of a deletion; 0 for none.
        inserted: bases of an insertion; empty for none.
        naive: whether the model's own way to predict changes is left alone.
    """

    predictor: AllelePredictor
    score: Score
    length: int | None
    deleted: int = 0
    inserted: str = ""
    naive: bool = False


@dataclass(frozen=True, slots=True)
class StretchEffects:
    """Effects of all substitutions of a stretch, and of its deletions and insertions."""

    stretch: Stretch
    substitutions: Substitutions
    changes: tuple[LengthChange, ...]
    """With places within the stretch."""
    change_scores: FloatArray


def run_mutagenesis(
    request: MutagenesisRequest,
    stretches: Iterable[Stretch],
    folder: Path,
    step: Callable[[str], Progress],
) -> list[StretchEffects]:
    """Change every base of each stretch; write the tables into a folder.

    `substitutions.tsv` and, where asked for, `deletions.tsv` and `insertions.tsv` have one line for
    each change, with `pos` from 1; `importance.tsv` has one for each base.

    Args:
        request: what is changed.
        stretches: where.
        folder: where tables are written.
        step: makes a progress callback for a stretch.

    Raises:
        BenchError: a stretch cannot be read or is shorter than a deletion, a target has the name of
            a column, or there are more scores than memory holds.
    """
    targets = request.predictor.targets
    for name in targets:
        if name in COLUMNS:
            raise BenchError(f"target {name!r} has the name of a column of the tables")
    found, total = [], 0
    for stretch in stretches:
        total += 4 * stretch.size * len(targets)
        if total > MOST_SCORES:
            raise BenchError(
                f"{total:,} scores for {len(targets):,} targets, {MOST_SCORES:,} are held at most: "
                "choose targets by --targets, or shorter stretches"
            )
        if request.deleted > stretch.size:
            raise BenchError(
                f"{stretch.name} has {stretch.size} bases, fewer than a deletion of "
                f"{request.deleted}"
            )
        found.append(_effects(request, stretch, step))
    for name, frame in tables_of(found, targets).items():
        frame.to_csv(folder / f"{name}.tsv", sep="\t", index=False, float_format=FLOATS)
    return found


def _effects(
    request: MutagenesisRequest, stretch: Stretch, step: Callable[[str], Progress]
) -> StretchEffects:
    progress = step(f"{stretch.name}:{stretch.begin + 1}")
    parts: list[Substitutions] = []
    changes: list[LengthChange] = []
    scores: list[FloatArray] = []
    # A sequence that is read whole has nothing behind it.
    behind = 0 if request.length is None else request.deleted
    for window in stretch.windows(request.length, behind):
        sequence = window.codes[: window.length]
        parts.append(
            substitutions(
                request.predictor, sequence, window.start, window.end, request.score,
                naive=request.naive, progress=progress,
            )
        )  # fmt: skip
        of_window: list[LengthChange] = []
        if request.deleted:
            last = window.start + stretch.size - window.first
            of_window += deletions(window.codes, window.start, window.end, request.deleted, last)
        if request.inserted:
            of_window += insertions(window.start, window.end, request.inserted)
        if of_window:
            length = None if request.length is None else window.length
            given = (request.predictor, window.codes, length, of_window, request.score, progress)
            scores.append(length_changes(*given))
        moved = window.first - window.start
        changes += [LengthChange(one.place + moved, one.ref, one.alt) for one in of_window]
    whole = Substitutions(
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        parts[0].has_sign,
    )
    count = len(request.predictor.targets)
    return StretchEffects(
        stretch, whole, tuple(changes), np.concatenate([np.zeros((0, count)), *scores])
    )


def tables_of(found: Sequence[StretchEffects], targets: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Return the tables of all stretches by name."""
    single, importance = [], []
    for one in found:
        first = one.stretch.begin + 1
        table = one.substitutions.table(targets, first)
        table = table.rename(columns={"position": "pos"})
        table.insert(0, "sequence", one.stretch.name)
        single.append(table)
        letters = np.array(list(LETTERS))[one.substitutions.codes]
        bases = pd.DataFrame(one.substitutions.importance, columns=list(targets))
        bases.insert(0, "base", letters)
        bases.insert(0, "pos", first + np.arange(len(letters)))
        bases.insert(0, "sequence", one.stretch.name)
        importance.append(bases)
    tables = {
        "substitutions": pd.concat(single, ignore_index=True),
        "importance": pd.concat(importance, ignore_index=True),
    }
    for name, is_one in (
        ("deletions", lambda change: not change.alt),
        ("insertions", lambda change: not change.ref),
    ):
        parts = [_changes(one, is_one, targets) for one in found]
        frame = pd.concat(parts, ignore_index=True)
        if len(frame):
            tables[name] = frame
    return tables


def _changes(
    one: StretchEffects, is_one: Callable[[LengthChange], bool], targets: tuple[str, ...]
) -> pd.DataFrame:
    rows = [row for row, change in enumerate(one.changes) if is_one(change)]
    chosen = [one.changes[row] for row in rows]
    frame = pd.DataFrame(
        {
            "sequence": [one.stretch.name] * len(rows),
            "pos": [one.stretch.begin + 1 + change.place for change in chosen],
            "ref": [change.ref or "-" for change in chosen],
            "alt": [change.alt or "-" for change in chosen],
        }
    )
    for column, target in enumerate(targets):
        frame[target] = one.change_scores[rows, column]
    return frame

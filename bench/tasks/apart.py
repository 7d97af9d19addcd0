"""Keeps the items of a task apart from those of others: no word of sequence stands in both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N
from bench.data.components import overlapping_rows
from bench.data.manifest import Apart
from bench.data.variant import Variant, allele_windows
from bench.interface.card import TaskKind
from bench.interface.errors import BenchError
from bench.tasks.collected import Collected
from bench.tasks.store import BuiltTask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.data.genome import GenomeStore
    from bench.interface.arrays import CodeArray, IntArray

AROUND = 100
"""bp of the genome around a variant that are compared: those that the least models read."""
BASES_AT_ONCE = 1 << 26


def without_shared(
    collected: Collected, rules: Mapping[Apart, BuiltTask], genome: GenomeStore | None, name: str
) -> Collected:
    """Leave out the items that share a word with those of other tasks, and count them.

    Raises:
        BenchError: nothing is left.
    """
    for rule, other in rules.items():
        sequences = own_sequences(collected, genome)
        shared = shares_words(sequences, other, rule.items == "learnt", rule.word)
        if shared.all():
            raise BenchError(
                f"task {name}: all items share a {rule.word}-mer with those of {rule.task}"
            )
        reason = f"shares a {rule.word}-mer with {rule.task}"
        collected = _kept(collected, np.flatnonzero(~shared), reason)
    return collected


def shares_words(
    sequences: list[CodeArray], other: BuiltTask, learnt: bool, word: int, reach: int = 0
) -> NDArray[np.bool_]:
    """Tell which sequences share a word with items of a task, or with those that it is learnt from.

    Args:
        sequences: codes, `(n,)` of them.
        other: the task.
        learnt: whether its items of train and valid alone are meant.
        word: bp of a word, on either strand.
        reach: bp around the centre of items on a genome that are meant; 0: the items themselves.

    Returns:
        Shape `(n,)`.
    """
    splits = ("train", "valid") if learnt else ("train", "valid", "test")
    rows = np.concatenate([other.rows(split) for split in splits])
    at_once = max(1, BASES_AT_ONCE // max(other.info.lengths[2], reach, 1))
    hits: list[CodeArray] = []
    for start in range(0, len(rows), at_once):
        part = task_sequences(other, rows[start : start + at_once], reach)
        hits += [part[row] for row in np.flatnonzero(overlapping_rows(part, sequences, word))]
    if not hits:
        return np.zeros(len(sequences), dtype=bool)
    return overlapping_rows(sequences, hits, word)


def own_sequences(collected: Collected, genome: GenomeStore | None) -> list[CodeArray]:
    """Return the sequences of items, of variants both alleles behind each other."""
    if collected.sequences is None:
        assert genome is not None
        return _on_genome(collected, genome)
    if collected.alternatives is None:
        return collected.sequences
    return _joined(zip(collected.sequences, collected.alternatives, strict=True))


def _on_genome(collected: Collected, genome: GenomeStore) -> list[CodeArray]:
    frame = collected.frame
    if not ((frame["ref"] != "") | (frame["alt"] != "")).any():
        places = frame[["chrom", "start", "end"]].itertuples(index=False, name=None)
        return [genome.sequence(*place) for place in places]
    rows = frame[["chrom", "start", "ref", "alt"]].itertuples(index=False, name=None)
    variants = [Variant(*row) for row in rows]
    return _joined(
        allele_windows(genome, one, AROUND + max(len(one.ref), len(one.alt))) for one in variants
    )


def task_sequences(task: BuiltTask, rows: IntArray, reach: int = 0) -> list[CodeArray]:
    """Return the sequences of items of a built task, of variants both alleles behind each other.

    Args:
        task: the task.
        rows: of its items.
        reach: bp around the centre of items on a genome, where that is more than their own.
    """
    longest = task.info.lengths[2]
    if task.info.kind is TaskKind.VARIANT:
        return _joined(zip(*task.alleles(rows, max(longest, AROUND)), strict=True))
    if task.info.input_limit is not None and reach > longest:
        return list(task.sequences.windows(rows, reach, 0))
    lengths = task.sequences.lengths(rows)
    windows = task.sequences.windows(rows, None, 0)
    return [codes[:length] for codes, length in zip(windows, lengths.tolist(), strict=True)]


def _joined(pairs: Iterable[tuple[CodeArray, CodeArray]]) -> list[CodeArray]:
    # Words do not reach over N.
    gap = np.full(1, N, dtype=np.uint8)
    return [np.concatenate([before, gap, after]) for before, after in pairs]


def _kept(collected: Collected, rows: IntArray, reason: str) -> Collected:
    dropped = len(collected) - len(rows)
    if not dropped:
        return collected
    assert collected.parents is None

    def chosen(sequences: list[CodeArray] | None) -> list[CodeArray] | None:
        return None if sequences is None else [sequences[row] for row in rows.tolist()]

    return replace(
        collected,
        frame=collected.frame.iloc[rows].reset_index(drop=True),
        targets=collected.targets[rows],
        sequences=chosen(collected.sequences),
        alternatives=chosen(collected.alternatives),
        left_out={**collected.left_out, reason: dropped},
    )

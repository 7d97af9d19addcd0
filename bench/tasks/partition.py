"""Divides the items of a task into train, valid and test, and into blocks to be resampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.blocks import default_block_size, genomic_blocks, group_blocks
from bench.data.components import joined, shared_kmer_components
from bench.data.manifest import Manifest, TaskManifest
from bench.data.overlap import rows_touching, touching_sets
from bench.data.split_codes import EXCLUDED, TEST, TRAIN, VALID
from bench.data.splits import by_chromosome, by_group, carve_valid, resolve_overlap
from bench.interface.card import TaskKind
from bench.interface.errors import BenchError
from bench.tasks.collected import Collected

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.data.genome import GenomeStore
    from bench.interface.arrays import CodeArray, IntArray

SHARED = 50
"""Sequences that share a word of this many bp on either strand belong together."""

CODES = {"train": TRAIN, "valid": VALID, "test": TEST}


@dataclass(frozen=True, slots=True)
class Partition:
    """Split and blocks of items, each of shape `(n,)`.

    `split` holds the `bench.data.split_codes`; `excluded` counts items left out by reason.
    `input_limit` is the longest input in bp for which train and test stay apart and blocks are no
    shorter than the input; None where no genome lies around the items.
    """

    split: NDArray[np.uint8]
    blocks: IntArray
    block_unit: str
    excluded: dict[str, int]
    input_limit: int | None = None


def divide(
    collected: Collected,
    task: TaskManifest,
    manifest: Manifest,
    genome: GenomeStore | None,
    longest: int,
    name: str,
) -> Partition:
    """Divide the items of a task.

    Args:
        collected: all items, negatives included.
        task: the manifest's rules.
        manifest: of the dataset, which names the genome build of the coordinates.
        genome: the genome behind the items, if any.
        longest: length of the longest item in bp.
        name: of the task, for messages.

    Raises:
        BenchError: the rule does not fit the items, or train and test overlap.
    """
    units = _units(collected, task, genome)
    split = _split(collected, task, manifest, units, name)
    excluded: dict[str, int] = {}
    unplaced = int((split == EXCLUDED).sum())
    if unplaced:
        excluded["chromosome left out by the genome build's split"] = unplaced
    if task.split.method in {"given", "group"}:
        before = int((split == EXCLUDED).sum())
        split, reason = _without_overlap(collected, task, split, name)
        # What was derived from an item shares its fate.
        split = split[collected.origins]
        dropped = int((split == EXCLUDED).sum()) - before
        if dropped:
            excluded[reason] = dropped
    # Models that score variants are fitted on other tasks.
    _refuse_empty(split, name, ("test",) if task.kind is TaskKind.VARIANT else ("train", "test"))
    size = _block_size(task, manifest.genome, longest)
    blocks, unit = _blocks(collected, task, size, units)
    apart = size if task.split.method == "chromosome" else max(task.context, longest)
    return Partition(split, blocks, unit, excluded, apart if genome is not None else None)


def _units(
    collected: Collected, task: TaskManifest, genome: GenomeStore | None
) -> NDArray[np.generic]:
    """Name the sets of items that must not be parted, `(n,)`.

    Split by group, they are the groups. Else items belong together that share a word, a group or,
    where they have coordinates, a base of the longest context. The names are ids or hashes of
    content, so that one more item does not deal the others anew.
    """
    items = collected.frame["item"].to_numpy(dtype=str)
    groups = collected.frame["group"].to_numpy(dtype=str)
    if task.split.method == "group":
        return groups[collected.origins]
    if task.split.method == "chromosome":
        return items[collected.origins]
    if collected.sequences is None and task.kind is TaskKind.VARIANT:
        if task.split.method == "component":
            raise BenchError(
                "split method 'component' compares sequences, and variants of a genome have bases "
                "of their own only; expected 'chromosome', 'group' or 'given'"
            )
        return np.where(groups == "", items, groups)[collected.origins]
    if task.overlap == "unchecked":
        # Bundles of millions of sequences come divided; their words are not compared.
        return np.where(groups == "", items, groups)[collected.origins]
    own = np.flatnonzero(collected.origins == np.arange(len(collected)))
    labels: list[NDArray[np.generic]] = []
    if (groups != "").any():
        labels.append(np.where(groups == "", items, np.char.add("group ", groups))[own])
    if collected.has_coordinates:
        labels.append(touching_sets(collected.frame.iloc[own], task.context))
    # A split that is given is judged by coordinates where there are some.
    by_place = task.split.method == "given" and collected.has_coordinates
    components = (
        np.arange(len(own))
        if by_place
        else shared_kmer_components(_sequences(collected, own, genome), SHARED)
    )
    units = np.full(len(collected), -1, dtype=np.int64)
    units[own] = joined(components, *labels)
    return units[collected.origins]


def _sequences(collected: Collected, rows: IntArray, genome: GenomeStore | None) -> list[CodeArray]:
    """Sequences of the items themselves, without flanks."""
    if collected.sequences is not None:
        return [collected.sequences[row] for row in rows.tolist()]
    assert genome is not None
    places = collected.frame[["chrom", "start", "end"]].iloc[rows]
    return [
        genome.sequence(chrom, start, end)
        for chrom, start, end in places.itertuples(index=False, name=None)
    ]


def _split(
    collected: Collected,
    task: TaskManifest,
    manifest: Manifest,
    units: NDArray[np.generic],
    name: str,
) -> NDArray[np.uint8]:
    rule = task.split
    if rule.method == "chromosome":
        if not collected.has_coordinates:
            raise BenchError(f"task {name}: split by chromosome, but items have no coordinates")
        return by_chromosome(collected.frame["chrom"].to_numpy(), manifest.chromosome_split())
    if rule.method == "given":
        given = collected.frame["split"].to_numpy()
        if (given == "").any():
            raise BenchError(f"task {name}: split method 'given', but a source names no split")
        split = np.array([CODES[word] for word in given], dtype=np.uint8)
        if (split == VALID).any() or rule.valid == 0 or not (split == TRAIN).any():
            return split
        return carve_valid(split, units, rule.valid, rule.seed)
    if rule.method == "group" and (collected.frame["group"] == "").any():
        raise BenchError(f"task {name}: split by group, but a source names no group column")
    return by_group(units, rule.valid, rule.test, rule.seed)


def _without_overlap(
    collected: Collected, task: TaskManifest, split: NDArray[np.uint8], name: str
) -> tuple[NDArray[np.uint8], str]:
    if task.overlap == "unchecked":
        return split, ""
    if collected.has_coordinates:
        return _without_touching(collected, task, split, name), "overlaps the test set"
    if collected.sequences is None:
        return split, ""
    items = collected.frame["item"].tolist()
    resolved, _ = resolve_overlap(split, collected.sequences, SHARED, task.overlap, name, items)
    return resolved, f"shares a {SHARED}-mer with the test set"


def _without_touching(
    collected: Collected, task: TaskManifest, split: NDArray[np.uint8], name: str
) -> NDArray[np.uint8]:
    test = split == TEST
    learnt = np.flatnonzero((split == TRAIN) | (split == VALID))
    touching = rows_touching(
        collected.frame.iloc[learnt], collected.frame[test], max(task.context, 1)
    )
    if not touching.any():
        return split
    if task.overlap == "error":
        example = collected.frame["item"].iloc[learnt[touching][0]]
        raise BenchError(
            f"task {name}: {touching.sum()} items of train or valid overlap the test set, for "
            f"example {example!r}; to leave them out, write in the manifest: "
            'overlap = "drop-from-train"'
        )
    resolved = split.copy()
    resolved[learnt[touching]] = EXCLUDED
    return resolved


def _block_size(task: TaskManifest, build: str | None, longest: int) -> int:
    return max(task.block_size or default_block_size(build), task.context, longest)


def _blocks(
    collected: Collected, task: TaskManifest, size: int, units: NDArray[np.generic]
) -> tuple[IntArray, str]:
    named = collected.frame["block"].to_numpy(dtype=str)
    if (named != "").any():
        return group_blocks(named), collected.block_unit
    if collected.has_coordinates:
        frame = collected.frame
        blocks = genomic_blocks(
            frame["chrom"].to_numpy(), frame["start"].to_numpy(), frame["end"].to_numpy(), size
        )
        return blocks, f"{size // 1000} kb of a chromosome"
    if task.split.method == "group":
        return group_blocks(units), "group"
    if task.overlap == "unchecked":
        grouped = (collected.frame["group"] != "").any()
        return group_blocks(units), "group" if grouped else "item"
    shared = f"set of sequences that share a {SHARED}-mer"
    grouped = (collected.frame["group"] != "").any()
    return group_blocks(units), f"{shared} or a group" if grouped else shared


def _refuse_empty(split: NDArray[np.uint8], name: str, needed: tuple[str, ...]) -> None:
    for word in needed:
        if not (split == CODES[word]).any():
            raise BenchError(f"task {name}: no items in {word}")

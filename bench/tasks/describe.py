"""Puts into words and counts what a built task is."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from bench.data.components import sequence_hashes
from bench.data.manifest import Manifest, TaskManifest
from bench.interface.card import TaskKind
from bench.tasks.collected import Collected, CollectedHead
from bench.tasks.info import Head, TargetCounts, TaskInfo
from bench.tasks.kinds import KindRules
from bench.tasks.partition import SHARED, Partition
from bench.tasks.store import SPLITS

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray, IntArray


def describe_task(
    manifest: Manifest,
    name: str,
    rules: KindRules,
    collected: Collected,
    partition: Partition,
    kept: IntArray,
    widths: IntArray,
    missing: dict[str, int],
    dataset_hash: str,
    builder_version: int,
) -> TaskInfo:
    """Describe a task whose items at rows `kept` are stored; `widths` are their lengths in bp."""
    task = manifest.tasks[name]
    split = partition.split[kept]
    blocks = partition.blocks[kept]
    counts = {
        word: _counts(collected.targets[kept][split == code], rules)
        for word, code in SPLITS.items()
    }
    heads = {head.name: _head(head, collected, manifest.genome) for head in collected.heads}
    return TaskInfo(
        name=name,
        dataset=manifest.name,
        title=task.title,
        kind=task.kind,
        metrics=task.metrics or rules.metrics,
        heads=heads,
        genome=manifest.genome,
        licence=manifest.licence,
        citation=manifest.citation,
        split=_split_words(task, manifest),
        negatives=_negative_words(task),
        items={word: int((split == code).sum()) for word, code in SPLITS.items()},
        excluded={**partition.excluded, **missing},
        notes=(
            *task.notes,
            *_unchecked(task),
            *_unscored(counts["test"], rules),
            *_contradictions(collected, kept, rules),
        ),
        blocks=len(np.unique(blocks[split == SPLITS["test"]])),
        block_unit=partition.block_unit,
        counts=counts,
        lengths=(int(widths.min()), int(np.median(widths)), int(widths.max())),
        dataset_hash=dataset_hash,
        split_hash=_split_hash(collected, kept, split, blocks),
        builder_version=builder_version,
        input_limit=partition.input_limit,
        tss_distances=task.transcripts is not None,
        split_method=task.split.method,
        roles=task.roles,
    )


def _head(head: CollectedHead, collected: Collected, genome: str | None) -> Head:
    bins = collected.targets.shape[1] if collected.targets.ndim > 2 else None
    return Head(
        targets=head.targets,
        genome=head.genome or genome,
        bins=bins,
        bin_width=head.bin_width,
        strand_pairs=head.strand_pairs,
    )


def _unscored(counts: tuple[TargetCounts, ...], rules: KindRules) -> tuple[str, ...]:
    """Tell how many targets have no score, since the test set holds one class of them."""
    if not rules.counts_positives:
        return ()
    count = sum(1 for one in counts if one.positives in {0, one.items})
    return (f"{count} targets have one class in the test set, and no score.",) if count else ()


def _unchecked(task: TaskManifest) -> tuple[str, ...]:
    if task.overlap != "unchecked":
        return ()
    return ("The build did not look whether train and test overlap; an audit does.",)


def _counts(targets: FloatArray, rules: KindRules) -> tuple[TargetCounts, ...]:
    counts = []
    for column in range(targets.shape[-1]):
        values = targets[..., column]
        measured = values[~np.isnan(values)]
        positives = int((measured == 1).sum()) if rules.counts_positives else None
        counts.append(TargetCounts(items=len(measured), positives=positives))
    return tuple(counts)


def _contradictions(collected: Collected, kept: IntArray, rules: KindRules) -> tuple[str, ...]:
    """Tell how many sequences stand in the data with both classes of one target."""
    if collected.sequences is None or not rules.counts_positives:
        return ()
    hashes = sequence_hashes([collected.sequences[row] for row in kept.tolist()])
    numbers = np.unique(hashes, return_inverse=True)[1].reshape(-1)
    targets = collected.targets[kept]
    count = int(numbers.max(initial=-1)) + 1
    both = np.zeros(count, dtype=bool)
    for values in targets.T:
        seen = [np.bincount(numbers[values == label], minlength=count) > 0 for label in (0, 1)]
        both |= seen[0] & seen[1]
    if not both.any():
        return ()
    return (f"{int(both.sum())} sequences stand in the data with both classes of a target.",)


def _split_hash(collected: Collected, kept: IntArray, split: IntArray, blocks: IntArray) -> str:
    items = collected.frame["item"].to_numpy()[kept]
    lines = (
        f"{item}\t{part}\t{block}" for item, part, block in zip(items, split, blocks, strict=True)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _split_words(task: TaskManifest, manifest: Manifest) -> str:
    rule = task.split
    if task.kind is TaskKind.VARIANT and rule.method == "given":
        return "variants as given; models are fitted on other tasks"
    shares = f"{rule.valid:.0%} valid, {rule.test:.0%} test, seed {rule.seed}"
    words = {
        "given": "train and test as given; where no valid set is given, "
        f"{rule.valid:.0%} of train is set aside",
        "chromosome": _chromosome_words(manifest),
        "group": f"by group: {shares}",
        "component": f"by sets of items that share a {SHARED}-mer, a group or a base: {shares}",
    }
    return words[rule.method]


def _chromosome_words(manifest: Manifest) -> str:
    if manifest.chromosomes is None:
        return f"by chromosome, the list of {manifest.genome}"
    valid, test = (
        ", ".join(sorted(names))
        for names in (manifest.chromosomes.valid, manifest.chromosomes.test)
    )
    return f"by chromosome of {manifest.genome}: valid {valid}; test {test}"


def _negative_words(task: TaskManifest) -> str:
    if task.negatives is None:
        return "given"
    words = {
        "dinucleotide-shuffle": "positives shuffled with dinucleotide counts kept",
        "mononucleotide-shuffle": "positives shuffled",
        "matched-windows": "genomic windows of the same length and chromosome, GC within "
        f"{task.negatives.gc_tolerance:g}",
    }
    splits = task.negatives.splits
    where = "" if len(splits) == 3 else f" (in {', '.join(splits)}; given elsewhere)"
    return words[task.negatives.method] + where

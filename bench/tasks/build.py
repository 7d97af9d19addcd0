"""Builds a task from its manifest: items, negatives, split, checks, store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.cache import cache_folder
from bench.data.download import fetch, source_sha256
from bench.data.files import atomic_folder
from bench.data.item_sources import SIMULATED, SimulatedSource
from bench.data.manifest import Manifest
from bench.data.sequences import SequenceStore
from bench.data.split_codes import EXCLUDED
from bench.interface.card import TaskKind
from bench.interface.context import Progress, silent
from bench.interface.errors import BenchError
from bench.tasks.apart import without_shared
from bench.tasks.collected import Collected, concatenate
from bench.tasks.describe import describe_task
from bench.tasks.genomes import Genome, genome_of, simulation_version
from bench.tasks.info import TaskInfo
from bench.tasks.kinds import KindRules
from bench.tasks.negatives import add_negatives
from bench.tasks.partition import Partition, divide
from bench.tasks.sources import SourceContext, read_source
from bench.tasks.store import SPLITS, BuiltTask
from bench.tasks.transcripts import TssSites, read_tss, tss_distances

if TYPE_CHECKING:
    import pandas as pd

    from bench.interface.arrays import FloatArray, IntArray

BUILDER_VERSION = 5
"""Raised whenever the same manifest would give other items, sequences, targets or splits."""


@dataclass(frozen=True, slots=True)
class TaskSource:
    """A task that can be built: the manifest that describes it and the rules of its kind."""

    manifest: Manifest
    path: Path
    name: str
    rules: KindRules
    others: Mapping[str, TaskSource] = field(default_factory=dict)
    """Tasks with which this one may share no sequence, by name."""

    @property
    def base(self) -> Path:
        """Folder that local files of the manifest are relative to."""
        return self.path.parent

    def files(self) -> list[str]:
        """Names of the files that this task needs."""
        return self.manifest.tasks[self.name].files()


def build_key(source: TaskSource) -> str:
    """Hash of everything that a build depends on: the manifest's words, files and the builder."""
    import numpy

    task = source.manifest.tasks[source.name]
    facts = {
        "task": task.model_dump(mode="json"),
        "name": source.name,
        "genome": source.manifest.genome,
        "dataset": [source.manifest.name, source.manifest.licence, source.manifest.citation],
        "files": {
            name: source_sha256(source.manifest.files[name], source.base) for name in source.files()
        },
        "builder": BUILDER_VERSION,
        "numpy": numpy.__version__,
        "simulation": simulation_version(task),
        "others": {name: build_key(other) for name, other in source.others.items()},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def task_folder(source: TaskSource) -> Path:
    """Folder of the built task in the cache, whether or not it is built."""
    return cache_folder() / "tasks" / f"{source.name}-{build_key(source)}"


def open_or_build(
    source: TaskSource,
    progress: Callable[[str], Progress] = lambda _: silent,
    warn: Callable[[str], None] = lambda _: None,
) -> BuiltTask:
    """Return the built task; build it where it is not in the cache.

    Args:
        source: the task.
        progress: makes a progress callback for a step with a title.
        warn: told in one line what is odd about the task, whether or not it was built before.

    Raises:
        BenchError: bad input; nothing is left half-written.
    """
    folder = task_folder(source)
    if not (folder / "task.json").is_file():
        _build(source, folder, progress)
    built = BuiltTask(folder)
    if not built.info.items["valid"] and (told := _without_valid(source, built.info)):
        warn(told)
    return built


def _without_valid(source: TaskSource, info: TaskInfo) -> str:
    """Say why a task has no validation items; empty where none were asked for."""
    if not source.rules.is_learnt:
        return ""
    task = source.manifest.tasks[source.name]
    rule = task.split
    counts = f"0 valid, {info.items['train']} train and {info.items['test']} test items"
    if rule.method == "chromosome":
        names = ", ".join(source.manifest.chromosome_split().valid)
        return (
            f"task {source.name}: {counts}, since none lies on a validation chromosome ({names}); "
            "models that choose weights by validation items fail: add items there or split by "
            'method = "component"'
        )
    if rule.valid == 0:
        return ""
    # Items closer than the context stay together, and may be too many for so small a part.
    way_out = " or lower context" if task.context and rule.method != "group" else ""
    return (
        f"task {source.name}: {counts}, though the split asks for valid = {rule.valid:g}; models "
        f"that choose weights by validation items fail: raise valid{way_out} in the manifest"
    )


def _build(source: TaskSource, folder: Path, progress: Callable[[str], Progress]) -> None:
    task = source.manifest.tasks[source.name]
    files = {
        name: fetch(source.manifest.files[name], source.base, progress(f"fetch {name}"))
        for name in source.files()
    }
    genome = genome_of(task, files, source.manifest.genome)
    store = genome.store if genome else None
    lengths = store.chromosomes if store else {}
    context = SourceContext(task, files, lengths, source.manifest.genome, store)
    parts = [
        genome.simulated_items(item)
        if genome and isinstance(item, SimulatedSource)
        else read_source(item, context)
        for item in task.items
    ]
    collected = concatenate(parts, source.name)
    # Both are as large as all targets of a bundle.
    del parts
    others = {rule: open_or_build(source.others[rule.task], progress) for rule in task.apart_from}
    collected = without_shared(collected, others, store, source.name)
    collected, missing = add_negatives(collected, task, store, source.name)
    if (task.kind is TaskKind.PROFILE) != (collected.targets.ndim > 2):
        has = "bins" if collected.targets.ndim > 2 else "no bins"
        raise BenchError(
            f"task {source.name}: kind {task.kind}, but its targets have {has}; expected kind "
            "'profile' for windows with tracks, and for nothing else"
        )
    widths = _widths(collected)
    partition = divide(
        collected,
        task,
        source.manifest,
        genome.store if genome else None,
        int(widths.max()),
        source.name,
    )
    kept = np.flatnonzero(partition.split != EXCLUDED)
    _check_targets(collected, partition, source)
    if task.kind is TaskKind.VARIANT:
        _check_alleles(collected, source.name)
    with atomic_folder(folder) as temporary:
        distances, of_bins = None, None
        if task.transcripts is not None:
            sites = _tss(task.transcripts, genome, files, lengths)
            distances = tss_distances(collected, sites, np.zeros(1, np.int64))[kept, 0]
            if (offsets := collected.bin_offsets) is not None:
                of_bins = tss_distances(collected, sites, offsets)[kept].astype(np.float32)
        digest = _write(
            temporary, collected, partition, kept, genome, task.kind, distances, of_bins
        )
        info = describe_task(
            source.manifest,
            source.name,
            source.rules,
            collected,
            partition,
            kept,
            widths[kept],
            {**collected.left_out, **missing},
            digest,
            BUILDER_VERSION,
        )
        (temporary / "task.json").write_text(info.model_dump_json(indent=1) + "\n")


def _check_alleles(collected: Collected, name: str) -> None:
    """Refuse items that are no variants: such that have neither two sequences nor two alleles."""
    frame = collected.frame
    if collected.sequences is None and ((frame["ref"] == "") & (frame["alt"] == "")).any():
        raise BenchError(
            f"task {name}: kind 'variant', but item {frame['item'].iloc[0]!r} has no alleles; "
            "expected a format of variants"
        )
    if collected.sequences is not None and collected.alternatives is None:
        raise BenchError(
            f"task {name}: kind 'variant', but items have one sequence; expected a format with "
            "both alleles"
        )


def _tss(
    transcripts: str, genome: Genome | None, files: Mapping[str, Path], lengths: Mapping[str, int]
) -> TssSites:
    if transcripts != SIMULATED:
        return read_tss(files[transcripts], lengths)
    assert genome is not None
    return genome.simulated_tss()


def _widths(collected: Collected) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if collected.sequences is not None:
        return np.array([len(codes) for codes in collected.sequences], dtype=np.int64)
    widths: np.ndarray[tuple[int], np.dtype[np.int64]] = (
        collected.frame["end"] - collected.frame["start"]
    ).to_numpy(dtype=np.int64)
    return widths


def _check_targets(collected: Collected, partition: Partition, source: TaskSource) -> None:
    """Refuse targets that cannot be learnt from, and a test set on which none can be scored.

    A target that is rare may be absent from the test set alone; it has no score there, and its
    counts tell why.
    """
    unscored: list[BenchError] = []
    for column, target in enumerate(collected.target_names):
        values = collected.targets[..., column][partition.split != EXCLUDED]
        source.rules.check_values(source.name, target, values[~np.isnan(values)])
        for split in ("train", "test") if source.rules.is_learnt else ("test",):
            values = collected.targets[..., column][partition.split == SPLITS[split]]
            try:
                source.rules.check_split(source.name, split, target, values[~np.isnan(values)])
            except BenchError as error:
                if split == "train":
                    raise
                unscored.append(error)
    if len(unscored) == len(collected.target_names):
        raise unscored[0]


def _write(
    folder: Path,
    collected: Collected,
    partition: Partition,
    kept: np.ndarray[tuple[int], np.dtype[np.int64]],
    genome: Genome | None,
    kind: str,
    distances: FloatArray | None,
    of_bins: FloatArray | None,
) -> str:
    """Write items, sequences and targets; return the SHA-256 of their content."""
    digest = hashlib.sha256(kind.encode())
    frame = collected.frame.iloc[kept].reset_index(drop=True)
    targets = np.ascontiguousarray(collected.targets[kept], dtype=np.float32)
    if distances is not None:
        frame["tss_distance"] = distances
        digest.update(distances.tobytes())
    if of_bins is not None:
        np.save(folder / "tss-distances.npy", of_bins)
        digest.update(of_bins.tobytes())
    unused = ["split", "block", *(["head"] if len(collected.heads) == 1 else [])]
    if kind != TaskKind.VARIANT:
        unused += ["ref", "alt"]
    frame.drop(columns=unused).to_parquet(folder / "items.parquet", index=False)
    _write_targets(folder, collected, kept, targets)
    np.save(folder / "split.npy", partition.split[kept])
    np.save(folder / "blocks.npy", np.unique(partition.blocks[kept], return_inverse=True)[1])
    digest.update(repr(collected.target_names).encode())
    if targets.ndim > 2 or len(collected.heads) > 1:
        digest.update(repr((targets.shape, collected.heads)).encode())
    digest.update(targets.reshape(-1).data)
    alleles = ("ref", "alt") if kind == TaskKind.VARIANT else ()
    for column in ("item", "chrom", "start", "end", "strand", "group", *alleles):
        digest.update("\n".join(map(str, frame[column])).encode())
    if collected.sequences is not None:
        sequences = [collected.sequences[row] for row in kept]
        SequenceStore.from_arrays(sequences, folder / "sequences")
        digest.update(np.array([len(codes) for codes in sequences], dtype=np.int64).tobytes())
        for codes in sequences:
            digest.update(codes.tobytes())
        if collected.alternatives is not None:
            alternatives = [collected.alternatives[row] for row in kept]
            SequenceStore.from_arrays(alternatives, folder / "alternatives")
            for codes in alternatives:
                digest.update(codes.tobytes())
    else:
        assert genome is not None
        _write_intervals(folder, frame, genome)
        if kind == TaskKind.EXPRESSION:
            np.save(folder / "reverse.npy", (frame["strand"] == "-").to_numpy())
        digest.update(genome.sha256.encode())
        genome.write_truth(folder / "truth")
    return digest.hexdigest()


def _write_targets(folder: Path, collected: Collected, kept: IntArray, targets: FloatArray) -> None:
    """Write the targets of each head, for its own items alone."""
    names = collected.frame["head"].to_numpy()[kept]
    for head in collected.heads:
        own = targets[names == head.name][..., collected.columns_of(head.name)]
        np.save(folder / f"targets-{head.name}.npy", own)
    if len(collected.heads) > 1:
        numbers = {head.name: number for number, head in enumerate(collected.heads)}
        np.save(folder / "heads.npy", np.array([numbers[name] for name in names], dtype=np.uint8))


def _write_intervals(folder: Path, frame: pd.DataFrame, genome: Genome) -> None:
    numbers = {name: number for number, name in enumerate(genome.store.chromosomes)}
    intervals = np.stack(
        [
            frame["chrom"].map(numbers).to_numpy(dtype=np.int64),
            frame["start"].to_numpy(dtype=np.int64),
            frame["end"].to_numpy(dtype=np.int64),
        ],
        axis=1,
    )
    np.save(folder / "intervals.npy", intervals)
    (folder / "genome.json").write_text(json.dumps({"genome": genome.folder.name}) + "\n")

"""A built task on disk.

task.json            TaskInfo
items.parquet        item, chrom, start, end, strand, group; tss_distance with transcripts; ref and
                     alt of variants
split.npy            uint8 (n,): `bench.data.split_codes`
blocks.npy           int64 (n,)
targets-HEAD.npy     float32 (n, targets) or (n, bins, targets), of the items of a head
heads.npy            uint8 (n,): number of each item's head, where a task has several
tss-distances.npy    float32 (n, bins): of profiles with transcripts
sequences/           codes of items that have no genome behind them, or
alternatives/        beside them, of variants: codes of the other allele
intervals.npy        int64 (n, 3): chromosome number, start, end, with reverse.npy, bool (n,), where
                     items are read in their own direction, and with
genome.json          the name of the genome store in the cache
truth/*.parquet      simulated tasks: the planted truth
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bench.data.allele_pairs import stacked_windows
from bench.data.alphabet import reverse_complement
from bench.data.genome import GenomeStore
from bench.data.records import read_record
from bench.data.sequences import SequenceStore
from bench.data.split_codes import TEST, TRAIN, VALID
from bench.data.variant import Variant, allele_windows
from bench.interface.card import TaskKind
from bench.interface.context import DEFAULT_HEAD
from bench.interface.errors import BenchError
from bench.tasks.examples import StoredExamples
from bench.tasks.info import TaskInfo

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray, FloatArray, IntArray

SPLITS = {"train": TRAIN, "valid": VALID, "test": TEST}


class SequenceSource(Protocol):
    """Where the sequences of items come from."""

    def lengths(self, rows: IntArray) -> IntArray:
        """Length of each item's own interval."""

    def windows(self, rows: IntArray, length: int | None, shift: int | IntArray) -> CodeArray:
        """Windows around the centres of items; see `bench.interface.Examples.windows`."""


class StoredSequences:
    """Items whose sequences were given, with nothing around them."""

    def __init__(self, folder: Path) -> None:
        self._store = SequenceStore.open(folder)

    def lengths(self, rows: IntArray) -> IntArray:
        """Length of each sequence."""
        return np.asarray(self._store.lengths)[rows]

    def windows(self, rows: IntArray, length: int | None, shift: int | IntArray) -> CodeArray:
        """Windows; beyond the ends of a sequence is N."""
        return self._store.windows(rows, length, shift)

    def __getitem__(self, row: int) -> CodeArray:
        return self._store[row]


class GenomicSequences:
    """Items on a genome.

    Args:
        genome: the store.
        intervals: int64 `(n, 3)` of chromosome number, start, end.
        reverse: which items are read on the other strand, bool `(n,)`; None for none.
    """

    def __init__(
        self,
        genome: GenomeStore,
        intervals: IntArray,
        reverse: NDArray[np.bool_] | None = None,
    ) -> None:
        self._genome = genome
        self._intervals = intervals
        self._reverse = reverse

    def lengths(self, rows: IntArray) -> IntArray:
        """Length of each interval."""
        chosen = self._intervals[rows]
        return chosen[:, 2] - chosen[:, 1]

    def windows(self, rows: IntArray, length: int | None, shift: int | IntArray) -> CodeArray:
        """Windows of the genome; beyond the ends of a chromosome is N."""
        if self._reverse is None:
            return self._forward(rows, length, shift)
        turned = self._reverse[rows]
        widths = self.lengths(rows) if length is None else np.full(len(rows), length)
        # Of a window of even length, the base at `length // 2` is the centre on either strand.
        windows = self._forward(rows, length, shift + turned * (widths % 2 == 0))
        for row in np.flatnonzero(turned):
            own = windows[row, : widths[row]]
            windows[row, : widths[row]] = reverse_complement(own)
        return windows

    def alleles(self, variants: Sequence[Variant], length: int) -> tuple[CodeArray, CodeArray]:
        """Windows of both alleles of variants of this genome, `(n, length)` each."""
        references, alternatives = (
            np.empty((len(variants), length), dtype=np.uint8) for _ in range(2)
        )
        for row, variant in enumerate(variants):
            references[row], alternatives[row] = allele_windows(self._genome, variant, length)
        return references, alternatives

    def _forward(self, rows: IntArray, length: int | None, shift: int | IntArray) -> CodeArray:
        chroms, starts, ends = self._intervals[rows].T
        if length is not None:
            begin = (starts + ends) // 2 - length // 2 + shift
            return self._genome.windows(chroms, begin, length)
        widths = ends - starts
        longest = int(widths.max(initial=0))
        windows = self._genome.windows(chroms, starts + shift, longest)
        windows[np.arange(longest) >= widths[:, None]] = 4
        return windows


class BuiltTask:
    """A task that was built; opens its files when they are needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def info(self) -> TaskInfo:
        """Identity and counts."""
        return read_record(self.folder / "task.json", TaskInfo, "a task")

    @cached_property
    def split(self) -> NDArray[np.uint8]:
        """Split code of each item, shape `(n,)`."""
        split: NDArray[np.uint8] = np.load(self.folder / "split.npy")
        return split

    @cached_property
    def blocks(self) -> IntArray:
        """Block of each item, shape `(n,)`."""
        blocks: IntArray = np.load(self.folder / "blocks.npy")
        return blocks

    @cached_property
    def sequences(self) -> SequenceSource:
        """The sequences of all items."""
        link = self.folder / "genome.json"
        if not link.is_file():
            return StoredSequences(self.folder / "sequences")
        name = json.loads(link.read_text())["genome"]
        # Task folders and genome stores lie side by side in the cache.
        genome = GenomeStore.open(self.folder.parent.parent / "genomes" / name)
        strands = self.folder / "reverse.npy"
        return GenomicSequences(
            genome,
            np.load(self.folder / "intervals.npy"),
            np.load(strands) if strands.is_file() else None,
        )

    @cached_property
    def _alternatives(self) -> SequenceStore:
        return SequenceStore.open(self.folder / "alternatives")

    def alleles(self, rows: IntArray, length: int) -> tuple[CodeArray, CodeArray]:
        """Windows of both alleles of some items; see `bench.interface.Examples.alleles`.

        Raises:
            BenchError: the items are no variants.
        """
        if self.info.kind is not TaskKind.VARIANT:
            raise BenchError(
                f"items of task {self.info.name} are no variants: they have no alleles"
            )
        sequences = self.sequences
        if isinstance(sequences, StoredSequences):
            pairs = ((sequences[row], self._alternatives[row]) for row in rows.tolist())
            return stacked_windows(pairs, length)
        assert isinstance(sequences, GenomicSequences)
        frame = self.items().iloc[rows]
        columns = (frame[name].tolist() for name in ("chrom", "start", "ref", "alt"))
        return sequences.alleles([Variant(*row) for row in zip(*columns, strict=True)], length)

    @cached_property
    def bin_tss_distances(self) -> FloatArray | None:
        """Signed bp from the nearest TSS to each bin's centre, `(n, bins)`; None without bins."""
        path = self.folder / "tss-distances.npy"
        if not path.is_file():
            return None
        distances: FloatArray = np.load(path, mmap_mode="r")
        return distances

    @cached_property
    def head_numbers(self) -> NDArray[np.uint8]:
        """Number of each item's head, in the order of `info.heads`, shape `(n,)`."""
        path = self.folder / "heads.npy"
        if not path.is_file():
            return np.zeros(len(self.split), dtype=np.uint8)
        numbers: NDArray[np.uint8] = np.load(path)
        return numbers

    def is_of_head(self, head: str) -> NDArray[np.bool_]:
        """Whether each item is one of a head's, shape `(n,)`."""
        return np.asarray(self.head_numbers == list(self.info.heads).index(head))

    def targets_at(self, rows: IntArray, head: str) -> FloatArray:
        """Targets of some items, float32; NaN for those of another head."""
        stored = self.targets(head)
        own = self.is_of_head(head)
        places = (np.cumsum(own) - 1)[rows]
        if own[rows].all():
            return np.asarray(stored[places], dtype=np.float32)
        targets = np.full((len(rows), *stored.shape[1:]), np.nan, dtype=np.float32)
        targets[own[rows]] = stored[places[own[rows]]]
        return targets

    def all_targets(self, split: str) -> FloatArray:
        """Targets of all heads side by side for the items of a split, float32."""
        rows = self.rows(split)
        return np.concatenate([self.targets_at(rows, head) for head in self.info.heads], axis=-1)

    def targets(self, head: str = DEFAULT_HEAD) -> FloatArray:
        """Targets of a head's own items, memory-mapped float32."""
        targets: FloatArray = np.load(self.folder / f"targets-{head}.npy", mmap_mode="r")
        return targets

    def items(self) -> pd.DataFrame:
        """Ids and coordinates of all items."""
        import pandas as pd

        return pd.read_parquet(self.folder / "items.parquet")

    def rows(self, split: str) -> IntArray:
        """Rows of a split ("train", "valid" or "test"), in order."""
        return np.flatnonzero(self.split == SPLITS[split])

    def examples(
        self, split: str, *, with_targets: bool = False, with_items: bool = False
    ) -> StoredExamples:
        """Items of a split as a model sees them."""
        return StoredExamples(
            self, self.rows(split), with_targets=with_targets, with_items=with_items
        )

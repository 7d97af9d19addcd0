"""Windows of Basenji's and Baskerville's TFRecords as items."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import psutil

from bench.data.basenji import Statistics, read_statistics, read_targets, read_windows, with_crops
from bench.data.basenji_records import read_basenji_records
from bench.data.item_sources import RecordSource
from bench.interface.errors import BenchError, DataError
from bench.tasks.collected import Collected, CollectedHead, item_frame

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray
    from bench.tasks.sources import SourceContext


def read_record_items(source: RecordSource, context: SourceContext) -> Collected:
    """Read the windows of one split; an item is the part of its sequence that has bins.

    Around it lies what the file holds of the sequence, and N beyond.

    Raises:
        BenchError: bins that the file's do not sum up to, or no target that is asked for.
        DataError: bad input; the text names file and record.
    """
    statistics = read_statistics(context.files[source.statistics])
    chosen = _chosen(source, context, statistics)
    columns = chosen["index"].to_numpy()
    folded = _folded(source, statistics)
    _refuse_beyond_memory(source, context, statistics.target_length // folded * len(columns))
    sequences: list[CodeArray] = []
    targets: list[NDArray[np.float32]] = []
    for name in source.records:
        for record in read_basenji_records(context.files[name], statistics):
            sequences.append(record.sequence)
            values = record.target[:, columns].astype(np.float32)
            targets.append(values.reshape(-1, folded, len(columns)).sum(axis=1))
    head = CollectedHead(
        name=source.head,
        targets=tuple(chosen["name"]),
        genome=source.genome,
        bin_width=folded * statistics.pool_width,
        strand_pairs=_strand_pairs(chosen, context.files[source.targets]),
    )
    frame = _frame(source, context, statistics, len(sequences))
    return Collected(frame, np.stack(targets), (head,), sequences)


def _chosen(source: RecordSource, context: SourceContext, statistics: Statistics) -> pd.DataFrame:
    """Return the targets that are read, with a unique `name`."""
    path = context.files[source.targets]
    frame = read_targets(path)
    if sorted(frame["index"]) != list(range(statistics.num_targets)):
        raise DataError(
            path, f"indices of {len(frame)} targets, expected 0 to {statistics.num_targets - 1}"
        )
    if source.pattern is not None:
        matching = frame["description"].str.contains(re.compile(source.pattern))
        frame = frame[matching].reset_index(drop=True)
        if frame.empty:
            raise DataError(path, f"no description that {source.pattern!r} matches")
    twice = frame["identifier"].duplicated(keep=False)
    numbered = frame["identifier"] + "." + frame["index"].astype(str)
    return frame.assign(name=frame["identifier"].where(~twice, numbered))


def _folded(source: RecordSource, statistics: Statistics) -> int:
    """Return how many bins of the file make one."""
    width = source.bin_width or statistics.pool_width
    folded, rest = divmod(width, statistics.pool_width)
    if rest or statistics.target_length % folded:
        raise BenchError(
            f"bin_width is {width}, expected a multiple of {statistics.pool_width} that divides "
            f"{statistics.target_length * statistics.pool_width}"
        )
    return folded


def _refuse_beyond_memory(source: RecordSource, context: SourceContext, values: int) -> None:
    """Refuse targets that do not fit the memory twice, as read and joined: `values` of each window.

    Raises:
        BenchError: they do not.
    """
    windows = read_windows(context.files[source.windows])
    count = int((windows["split"] == source.split).sum())
    need, free = 2 * 4 * count * values, psutil.virtual_memory().available
    if need > free:
        raise BenchError(
            f"targets of {count} windows need {need / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB "
            "are free: choose targets by pattern, or wider bins by bin_width"
        )


def _strand_pairs(chosen: pd.DataFrame, path: Path) -> tuple[int, ...] | None:
    """Return the place of each target's partner among those that are read.

    Raises:
        DataError: a target of one strand is read without that of the other.
    """
    if "strand_pair" not in chosen:
        return None
    places = {int(index): place for place, index in enumerate(chosen["index"])}
    for name, pair in zip(chosen["name"], chosen["strand_pair"], strict=True):
        if int(pair) not in places:
            raise DataError(
                path, f"target {name} is of one strand, expected target {pair}, of the other, too"
            )
    return tuple(places[int(pair)] for pair in chosen["strand_pair"])


def _frame(
    source: RecordSource, context: SourceContext, statistics: Statistics, count: int
) -> pd.DataFrame:
    """Return the items; where a task has several genomes, names of chromosomes tell which."""
    path = context.files[source.windows]
    windows = read_windows(path)
    windows = with_crops(windows, statistics, path)
    windows = windows[windows["split"] == source.split].reset_index(drop=True)
    if len(windows) != count:
        raise DataError(
            path, f"{len(windows)} windows of {source.split}, but the records hold {count}"
        )
    half = statistics.target_length * statistics.pool_width // 2
    centres = ((windows["start"] + windows["end"]) // 2).to_numpy()
    mark = f"{source.genome}:" if source.genome else ""
    chroms = [mark + chrom for chrom in windows["chrom"]]
    starts, ends = (centres - half).tolist(), (centres + half).tolist()
    items = [
        f"{chrom}:{start}-{end}" for chrom, start, end in zip(chroms, starts, ends, strict=True)
    ]
    return item_frame(
        items, chroms, starts, ends,
        split=[source.split] * count, head=[source.head] * count,
    )  # fmt: skip

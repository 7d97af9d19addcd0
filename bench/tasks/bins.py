"""Items that tile a whole genome, positive for each target whose peaks they hold.

The design of DeepSEA (Zhou and Troyanskaya 2015, doi:10.1038/nmeth.3547) on a whole genome: a bin
is positive if it holds a base of a peak, or if peaks cover a given share of it. A bin that they
cover less, or beside a positive one, may hold part of what the experiment saw there, so that its
target is left out (NaN) unless it is positive itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.chromosomes import LEFT_OUT, chromosome_split
from bench.data.intervals import check_intervals, parse_region, read_bed
from bench.data.item_sources import BinSource
from bench.interface.errors import BenchError
from bench.tasks.collected import Collected, item_frame, one_head

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.tasks.sources import SourceContext


def read_bins(source: BinSource, context: SourceContext) -> Collected:
    """Tile the chromosomes, and mark the bins of each target's peaks.

    Raises:
        BenchError: there is no genome, or a masked region is not on it.
        DataError: bad input in a file of peaks; the text names file, line and value.
    """
    if not context.chromosomes:
        raise BenchError("format 'bins' needs genome_file in its task")
    width = source.bin_width
    counts = {
        chrom: length // width
        for chrom, length in context.chromosomes.items()
        if chrom not in LEFT_OUT
    }
    firsts = dict(zip(counts, np.cumsum([0, *counts.values()]), strict=False))
    targets = np.zeros((sum(counts.values()), len(source.peaks)), np.float32)
    for column, file in enumerate(source.peaks.values()):
        frame = _peaks(context.files[file], source, context)
        for chrom, count in counts.items():
            rows = slice(firsts[chrom], firsts[chrom] + count)
            covered = _covered(frame[frame["chrom"] == chrom], count, width)
            least = source.covered * width
            targets[rows, column] = covered >= max(1, least)
            targets[rows, column][(covered > 0) & (covered < least)] = np.nan
            _leave_out_neighbours(targets[rows, column], source.neighbours)
    if not any(counts.values()):
        raise BenchError(f"bin_width is {width}, longer than every chromosome of the genome")
    chroms = [chrom for chrom, count in counts.items() for _ in range(count)]
    starts = np.concatenate([np.arange(count) * width for count in counts.values()])
    kept = ~_masked(source.masked, context.chromosomes, chroms, starts, width)
    kept_chroms = [chrom for chrom, keep in zip(chroms, kept, strict=True) if keep]
    kept_starts = starts[kept].tolist()
    frame = item_frame(
        [f"{chrom}:{start}" for chrom, start in zip(kept_chroms, kept_starts, strict=True)],
        kept_chroms,
        kept_starts,
        [start + width for start in kept_starts],
        split=[source.split or ""] * len(kept_chroms),
    )
    return Collected(frame, targets[kept], one_head(*source.peaks), None)


def _peaks(path: Path, source: BinSource, context: SourceContext) -> pd.DataFrame:
    frame = read_bed(path)
    if source.translate_chromosomes:
        if context.build is None:
            raise BenchError("translate_chromosomes needs genome in the manifest")
        names = dict(chromosome_split(context.build).foreign)
        frame["chrom"] = [names.get(chrom, chrom) for chrom in frame["chrom"]]
    check_intervals(frame, context.chromosomes, path)
    return frame


def _covered(peaks: pd.DataFrame, count: int, width: int) -> NDArray[np.int64]:
    """Return how many bp of each bin of a chromosome lie in peaks; a last part of a bin is none."""
    change = np.zeros(count * width + 1, np.int32)
    for border, step in (("start", 1), ("end", -1)):
        places = np.minimum(peaks[border].to_numpy(dtype=np.int64), count * width)
        np.add.at(change, places, step)
    inside = np.cumsum(change[:-1]) > 0
    covered: NDArray[np.int64] = inside.reshape(count, width).sum(axis=1)
    return covered


def _leave_out_neighbours(targets: NDArray[np.float32], neighbours: int) -> None:
    """Set the bins near positive ones of one chromosome to NaN, where they are not positive."""
    positive = targets == 1
    near = np.zeros_like(positive)
    for distance in range(1, min(neighbours, len(targets) - 1) + 1):
        near[distance:] |= positive[:-distance]
        near[:-distance] |= positive[distance:]
    targets[near & ~positive] = np.nan


def _masked(
    regions: tuple[str, ...],
    chromosomes: Mapping[str, int],
    chroms: list[str],
    starts: NDArray[np.int64],
    width: int,
) -> NDArray[np.bool_]:
    """Tell which bins touch a masked region."""
    masked = np.zeros(len(chroms), dtype=bool)
    names = np.array(chroms)
    for region in regions:
        chrom, low, high = parse_region(region, chromosomes)
        masked |= (names == chrom) & (starts < high) & (starts + width > low)
    return masked

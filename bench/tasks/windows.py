"""Windows that tile a genome, with the bins of their tracks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from bench.data.binning import BinRules, binned_windows
from bench.data.chromosomes import LEFT_OUT, chromosome_split
from bench.data.interval_set import IntervalSet
from bench.data.intervals import parse_region, read_bed
from bench.data.item_sources import WindowSource
from bench.interface.errors import BenchError, DataError
from bench.tasks.collected import Collected, item_frame, one_head
from bench.tasks.track_files import opened_track

if TYPE_CHECKING:
    import pandas as pd

    from bench.data.track_sources import TrackSource
    from bench.interface.arrays import FloatArray
    from bench.tasks.sources import SourceContext

MITOCHONDRIAL = LEFT_OUT | {name.removeprefix("chr") for name in LEFT_OUT}
"""Chromosomes without items, by the names of several conventions."""


def read_windows(source: WindowSource, context: SourceContext) -> Collected:
    """Tile the genome or its regions, and read the bins of each track.

    Nothing is measured in a bin with an N, and a window without a measured bin is no item.

    Raises:
        BenchError: there is no genome, a region is not on it, or no window fits.
        DataError: bad input in a file of a track; the text names file, line and value.
    """
    if not context.chromosomes:
        raise BenchError("format 'windows' needs genome_file in its task")
    chroms, starts, shorter = _places(source, context.chromosomes)
    names: Mapping[str, str] = {}
    if source.translate_chromosomes:
        if context.build is None:
            raise BenchError("translate_chromosomes needs genome in the manifest")
        names = dict(chromosome_split(context.build).foreign)
    masked = _masked(source, context, names, dict.fromkeys(chroms))
    unmappable = _intervals(source.unmappable, context, names)
    bins = source.window // source.bin_width
    targets = np.empty((len(starts), bins, len(source.tracks)), np.float32)
    for column, track in enumerate(source.tracks.values()):
        values = opened_track(track, context, names, MITOCHONDRIAL)
        rules = _rules(track, masked, unmappable)
        targets[..., column] = binned_windows(values, chroms, starts, bins, source.bin_width, rules)
    return _collected(source, chroms, starts, targets, shorter)


def _places(
    source: WindowSource, chromosomes: Mapping[str, int]
) -> tuple[list[str], np.ndarray[tuple[int], np.dtype[np.int64]], int]:
    """Return chromosome and first base of each window that lies wholly in a region.

    The last number counts regions that are shorter than a window.
    """
    whole = [(chrom, 0, length) for chrom, length in chromosomes.items() if chrom not in LEFT_OUT]
    regions = [parse_region(text, chromosomes) for text in source.regions] or whole
    chroms, starts, shorter = [], [], 0
    for chrom, start, end in regions:
        first = np.arange(start, end - source.window + 1, source.stride or source.window)
        chroms += [chrom] * len(first)
        starts.append(first)
        shorter += not len(first)
    if not chroms:
        raise BenchError(f"window is {source.window}, longer than every chromosome or region")
    return chroms, np.concatenate(starts), shorter


def _masked(
    source: WindowSource, context: SourceContext, names: Mapping[str, str], chroms: Iterable[str]
) -> IntervalSet | None:
    """Return the regions that are masked, and what is unknown of some chromosomes."""
    import pandas as pd

    rows = [parse_region(text, context.chromosomes) for text in source.masked]
    if source.blacklist is not None:
        rows += _regions(source.blacklist, context, names).itertuples(index=False, name=None)
    if context.genome is not None:
        for chrom in chroms:
            runs = context.genome.unknown_runs(chrom)
            rows += [(chrom, start, end) for start, end in runs.tolist()]
    if not rows:
        return None
    return IntervalSet.from_frame(pd.DataFrame(rows, columns=["chrom", "start", "end"]))


def _intervals(
    file: str | None, context: SourceContext, names: Mapping[str, str]
) -> IntervalSet | None:
    return None if file is None else IntervalSet.from_frame(_regions(file, context, names))


def _regions(file: str, context: SourceContext, names: Mapping[str, str]) -> pd.DataFrame:
    """Read the regions of a BED file, of which some lie on the genome.

    Raises:
        DataError: bad input, or chromosomes of another convention.
    """
    path = context.files[file]
    frame = read_bed(path)[["chrom", "start", "end"]]
    frame["chrom"] = frame["chrom"].replace(dict(names))
    if not frame["chrom"].isin(list(context.chromosomes)).any():
        raise DataError(
            path,
            f"chromosome {frame['chrom'].iloc[0]!r}, expected some of "
            f"{', '.join(list(context.chromosomes)[:3])}, ...",
        )
    return frame


def _rules(
    track: TrackSource, masked: IntervalSet | None, unmappable: IntervalSet | None
) -> BinRules:
    return BinRules(
        statistic=track.statistic,
        unknown=track.unknown,
        most_unknown=track.most_unknown,
        scale=track.scale,
        clip_soft=track.clip_soft,
        clip=track.clip,
        blacklist=masked,
        unmappable=unmappable,
    )


def _collected(
    source: WindowSource,
    chroms: list[str],
    starts: np.ndarray[tuple[int], np.dtype[np.int64]],
    targets: FloatArray,
    shorter: int,
) -> Collected:
    kept = np.flatnonzero(~np.isnan(targets).all(axis=(1, 2)))
    places = [(chroms[row], int(starts[row])) for row in kept]
    frame: pd.DataFrame = item_frame(
        [f"{chrom}:{start}-{start + source.window}" for chrom, start in places],
        [chrom for chrom, _ in places],
        [start for _, start in places],
        [start + source.window for _, start in places],
        split=[source.split or ""] * len(places),
    )
    heads = one_head(*source.tracks, bin_width=source.bin_width, strand_pairs=_strand_pairs(source))
    left_out = {
        "window without a measured bin": len(starts) - len(kept),
        "chromosome or region shorter than a window": shorter,
    }
    return Collected(frame, targets[kept], heads, None, left_out=left_out)


def _strand_pairs(source: WindowSource) -> tuple[int, ...] | None:
    names = list(source.tracks)
    partners = [track.partner for track in source.tracks.values()]
    if not any(partners):
        return None
    return tuple(
        names.index(partner) if partner else place for place, partner in enumerate(partners)
    )

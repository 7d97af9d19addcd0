"""Opens the files behind the tracks of a manifest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.bedgraph import open_bedgraph
from bench.data.bigwig import BigWigTrack
from bench.data.fragments import TN5_SHIFT, open_fragments
from bench.data.tag_counts import TagColumns, open_tag_counts
from bench.data.track_sources import FragmentTrackSource, TagTrackSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.data.track_sources import AnyTrackSource
    from bench.data.tracks import Track
    from bench.tasks.sources import SourceContext


class SummedTrack:
    """The sum of tracks, such as replicates.

    A part without a value counts as 0 where another has one, or else, with `keep`, leaves the sum
    unknown: without it the sum would be a smaller number.
    """

    def __init__(self, parts: list[Track], *, keep: bool) -> None:
        self.chromosomes = parts[0].chromosomes
        self.missing = frozenset().union(*(part.missing for part in parts))
        self._parts = parts
        self._unknown = np.any if keep else np.all

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """Return the sum at each base of `[start, end)`, 0-based."""
        parts = np.stack([part.values(chrom, start, end) for part in self._parts])
        total: NDArray[np.float32] = np.where(
            self._unknown(np.isnan(parts), axis=0), np.float32(np.nan), np.nansum(parts, axis=0)
        )
        return total


def opened_track(
    source: AnyTrackSource,
    context: SourceContext,
    names: Mapping[str, str],
    leave_out: Collection[str],
) -> Track:
    """Open a track of a manifest.

    Args:
        source: which files, and how they are read.
        context: tells their paths, and the chromosomes.
        names: names of chromosomes in the files that the genome writes otherwise.
        leave_out: chromosomes that are passed over.

    Raises:
        DataError: bad input; the text names file, line and value.
    """
    parts = [
        _opened(source, context.files[name], context.chromosomes, names, leave_out)
        for name in source.files
    ]
    return parts[0] if len(parts) == 1 else SummedTrack(parts, keep=source.unknown == "keep")


def _opened(
    source: AnyTrackSource,
    path: Path,
    chromosomes: Mapping[str, int],
    names: Mapping[str, str],
    leave_out: Collection[str],
) -> Track:
    if isinstance(source, FragmentTrackSource):
        shift = TN5_SHIFT if source.tn5 and source.signal == "cuts" else (0, 0)
        return open_fragments(
            path, chromosomes, source.signal,
            shift=shift, counted=source.counted, names=names, leave_out=leave_out,
            partial=source.partial,
        )  # fmt: skip
    if isinstance(source, TagTrackSource):
        columns = TagColumns(
            chrom=source.chrom, position=source.position, strand=source.strand_column,
            count=source.count, first_base=source.first_base,
        )  # fmt: skip
        both = open_tag_counts(path, chromosomes, columns, names=names, leave_out=leave_out)
        return both.plus if source.strand == "+" else both.minus
    if source.format == "bigwig":
        return BigWigTrack(path, chromosomes, names=names, partial=source.partial)
    return open_bedgraph(
        path, chromosomes, names=names, leave_out=leave_out, partial=source.partial
    )

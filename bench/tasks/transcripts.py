"""How far items lie from the nearest transcription start site (TSS)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.data.genes import check_strands, start_sites
from bench.data.intervals import check_intervals, read_bed
from bench.interface.arrays import IntArray
from bench.interface.errors import BenchError
from bench.tasks.collected import Collected

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray

STRAND_COLUMNS = 6
NEEDS_GENOME = "transcripts need genome_file, and items with coordinates"


class TssSites(NamedTuple):
    """TSS of a genome: `chroms` `(n,)`, `positions` 0-based `(n,)`, `forward` bool `(n,)`."""

    chroms: NDArray[np.str_]
    positions: IntArray
    forward: NDArray[np.bool_]


def read_tss(path: Path, chromosomes: Mapping[str, int]) -> TssSites:
    """Read the first base of each transcript.

    Args:
        path: transcripts as BED with strands.
        chromosomes: of the genome behind the items, with their lengths.

    Raises:
        BenchError: there is no genome.
        DataError: a transcript has no strand, or lies beyond the genome.
    """
    if not chromosomes:
        raise BenchError(NEEDS_GENOME)
    frame = read_bed(path, STRAND_COLUMNS)
    check_intervals(frame, chromosomes, path)
    check_strands(frame, path)
    forward = (frame["strand"] == "+").to_numpy()
    return TssSites(frame["chrom"].to_numpy(), start_sites(frame), forward)


def tss_distances(collected: Collected, sites: TssSites, offsets: IntArray) -> NDArray[np.float64]:
    """Return bp from the nearest TSS to places around the centre of each item, `(n, offsets)`.

    Distances count in the direction of transcription: what lies upstream is negative. Of two TSS at
    the same distance the one further to the left counts. NaN where a chromosome has none.

    Args:
        collected: the items.
        sites: the TSS.
        offsets: of the places from the centre in bp, such as 0 for the centre itself.

    Raises:
        BenchError: the items have no coordinates on a genome.
    """
    if not collected.has_coordinates:
        raise BenchError(NEEDS_GENOME)
    places = collected.frame
    centres = ((places["start"] + places["end"]) // 2).to_numpy(dtype=np.int64)
    distances = np.full((len(places), len(offsets)), np.nan)
    for chrom in places["chrom"].unique():
        rows = np.flatnonzero(places["chrom"] == chrom)
        own = sites.chroms == chrom
        if own.any():
            at = (centres[rows][:, None] + offsets).reshape(-1)
            found = _nearest(at, sites.positions[own], sites.forward[own])
            distances[rows] = found.reshape(len(rows), len(offsets))
    return distances


def _nearest(centres: IntArray, sites: IntArray, forward: NDArray[np.bool_]) -> FloatArray:
    order = np.argsort(sites, kind="stable")
    sites, forward = sites[order], forward[order]
    right = np.clip(np.searchsorted(sites, centres), 0, len(sites) - 1)
    left = np.maximum(right - 1, 0)
    closer = np.where(np.abs(centres - sites[left]) <= np.abs(centres - sites[right]), left, right)
    distances = (centres - sites[closer]).astype(np.float64)
    return np.where(forward[closer], distances, -distances)

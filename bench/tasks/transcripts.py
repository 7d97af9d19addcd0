"""How far items lie from the nearest transcription start site (TSS)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.intervals import check_intervals, read_bed
from bench.interface.errors import BenchError, DataError
from bench.tasks.collected import Collected

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import FloatArray, IntArray

STRAND_COLUMNS = 6


def tss_distances(
    collected: Collected, path: Path, chromosomes: Mapping[str, int]
) -> NDArray[np.float64]:
    """Return bp from the nearest TSS to the centre of each item, `(n,)`.

    Distances count in the direction of transcription: what lies upstream is negative. Of two TSS at
    the same distance the one further to the left counts. NaN where a chromosome has none.

    Args:
        collected: the items.
        path: transcripts as BED with strands; the TSS is the first base of each.
        chromosomes: of the genome behind the items, with their lengths.

    Raises:
        BenchError: the items have no coordinates on a genome.
        DataError: a transcript has no strand, or lies beyond the genome.
    """
    if not chromosomes or not collected.has_coordinates:
        raise BenchError("transcripts need genome_file, and items with coordinates")
    frame = read_bed(path, STRAND_COLUMNS)
    check_intervals(frame, chromosomes, path)
    unknown = frame["strand"] == "."
    if unknown.any():
        raise DataError(path, "strand '.', expected + or -", int(frame["line"][unknown].iloc[0]))
    forward = (frame["strand"] == "+").to_numpy()
    sites = np.where(forward, frame["start"], frame["end"] - 1)
    chroms = frame["chrom"].to_numpy()
    places = collected.frame
    centres = ((places["start"] + places["end"]) // 2).to_numpy(dtype=np.int64)
    distances = np.full(len(places), np.nan)
    for chrom in places["chrom"].unique():
        rows = np.flatnonzero(places["chrom"] == chrom)
        own = chroms == chrom
        if own.any():
            distances[rows] = _nearest(centres[rows], sites[own], forward[own])
    return distances


def _nearest(centres: IntArray, sites: IntArray, forward: NDArray[np.bool_]) -> FloatArray:
    order = np.argsort(sites, kind="stable")
    sites, forward = sites[order], forward[order]
    right = np.clip(np.searchsorted(sites, centres), 0, len(sites) - 1)
    left = np.maximum(right - 1, 0)
    closer = np.where(np.abs(centres - sites[left]) <= np.abs(centres - sites[right]), left, right)
    distances = (centres - sites[closer]).astype(np.float64)
    return np.where(forward[closer], distances, -distances)

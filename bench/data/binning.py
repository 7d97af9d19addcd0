"""Tracks summed up in bins, the targets of models that predict profiles.

Order and formulas follow the data processing of Baskerville (github.com/calico/baskerville): scale,
statistic, soft limit, hard limit. Older data of Basenji were scaled last, and above the soft limit
c held c + sqrt(x - c), which is steeper than x itself just above c.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bench.data.interval_set import IntervalSet
from bench.data.tracks import Track, chromosome_length
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import IntArray

BLOCK_BASES = 1 << 22
"""Bases held at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinRules:
    """How the bases of a bin become one value.

    Attributes:
        statistic: "sum" or "mean" of the bases; "sum_sqrt" is sqrt(1 + sum) - 1, NaN for a sum
            below -1.
        unknown: what a NaN of the track means. With "zero" it is 0. With "keep" a bin is NaN if
            more than `most_unknown` of its bases are; otherwise the mean is that of the others, and
            the sum is their mean times the width.
        most_unknown: share of the bases of a bin, 0 to 1.
        scale: factor of the bases.
        clip_soft: above this limit c, x becomes c - 1 + sqrt(x - c + 1).
        clip: hard upper limit, after the soft one.
        unmappable: bases where the experiment cannot see; they count as NaN of the track.
        blacklist: bases where the experiment sees what is not there; a bin with one of them is NaN.
    """

    statistic: Literal["sum", "mean", "sum_sqrt"] = "sum"
    unknown: Literal["zero", "keep"] = "zero"
    most_unknown: float = 0.5
    scale: float = 1.0
    clip_soft: float | None = None
    clip: float | None = None
    unmappable: IntervalSet | None = None
    blacklist: IntervalSet | None = None

    def __post_init__(self) -> None:
        """Refuse rules that cannot be kept.

        Raises:
            BenchError: a field is out of range; the text names it.
        """
        if self.statistic not in {"sum", "mean", "sum_sqrt"}:
            raise BenchError(f"statistic {self.statistic!r}, expected sum, mean or sum_sqrt")
        if self.unknown not in {"zero", "keep"}:
            raise BenchError(f"unknown {self.unknown!r}, expected zero or keep")
        if not 0 <= self.most_unknown <= 1:
            raise BenchError(f"most_unknown {self.most_unknown}, expected within 0 to 1")
        for name in ("scale", "clip_soft", "clip"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise BenchError(f"{name} {value}, expected a finite number above 0")


def binned(
    track: Track, chrom: str, start: int, bins: int, width: int, rules: BinRules
) -> NDArray[np.float32]:
    """Return the bins of one window, shape `(bins,)`; as `binned_windows`.

    Raises:
        BenchError: unknown chromosome, or a number of bins or a width below 1.
    """
    starts = np.array([start], dtype=np.int64)
    window: NDArray[np.float32] = binned_windows(track, [chrom], starts, bins, width, rules)[0]
    return window


def binned_windows(
    track: Track,
    chroms: Sequence[str],
    starts: IntArray,
    bins: int,
    width: int,
    rules: BinRules,
) -> NDArray[np.float32]:
    """Return the bins of windows of one size, shape `(n, bins)`.

    Args:
        track: the signal.
        chroms: chromosome of each window.
        starts: first base of each window, 0-based; may be negative.
        bins: number of bins in a window.
        width: of a bin, in bp.
        rules: how a bin is summed up.

    Returns:
        float32; NaN for a bin that reaches beyond its chromosome, touches the blacklist or lies on
        a chromosome that the track lacks, and where `rules` says so.

    Raises:
        BenchError: unknown chromosome, or a number of bins or a width below 1.
    """
    if bins < 1 or width < 1:
        raise BenchError(f"{bins} bins of {width} bp, expected at least 1 of either")
    firsts: NDArray[np.int64] = np.asarray(starts, dtype=np.int64)
    names = np.asarray(chroms, dtype=str)
    if names.shape != firsts.shape:
        raise BenchError(f"{len(names)} chromosomes and {len(firsts)} starts, expected one each")
    result = np.empty((len(firsts), bins), dtype=np.float32)
    block = max(1, BLOCK_BASES // (bins * width))
    for done in range(0, len(firsts), block):
        rows = slice(done, done + block)
        bases = _bases(track, names[rows], firsts[rows], bins * width, rules.unmappable)
        result[rows] = _limited(_summed(bases.reshape(-1, bins, width), rules), rules)
    edges = firsts[:, None] + width * np.arange(bins + 1)
    result[_refused(track, names, edges, rules.blacklist)] = np.nan
    return result


def _bases(
    track: Track,
    chroms: NDArray[np.str_],
    starts: NDArray[np.int64],
    length: int,
    unmappable: IntervalSet | None,
) -> NDArray[np.float32]:
    bases = np.empty((len(starts), length), dtype=np.float32)
    places = zip(chroms.tolist(), starts.tolist(), strict=True)
    for row, (chrom, start) in enumerate(places):
        bases[row] = track.values(chrom, start, start + length)
        if unmappable is not None:
            bases[row, unmappable.inside(chrom, start, start + length)] = np.nan
    return bases


def _summed(bases: NDArray[np.float32], rules: BinRules) -> NDArray[np.float64]:
    """Return the statistic over the last axis."""
    width = bases.shape[-1]
    is_known = ~np.isnan(bases)
    total: NDArray[np.float64] = np.where(is_known, bases, 0).sum(axis=-1, dtype=np.float64)
    total *= rules.scale
    if rules.unknown == "keep":
        known = is_known.sum(axis=-1)
        enough = (known > 0) & (width - known <= rules.most_unknown * width)
        scaled = np.full(total.shape, np.nan)
        total = np.divide(total * width, known, out=scaled, where=enough)
    if rules.statistic == "mean":
        total = total / width
    if rules.statistic == "sum_sqrt":
        with np.errstate(invalid="ignore"):
            total = np.sqrt(1 + total) - 1
    return total


def _limited(values: NDArray[np.float64], rules: BinRules) -> NDArray[np.float64]:
    if rules.clip_soft is not None:
        above = values > rules.clip_soft
        values[above] = rules.clip_soft - 1 + np.sqrt(values[above] - rules.clip_soft + 1)
    return values if rules.clip is None else np.minimum(values, rules.clip)


def _refused(
    track: Track,
    chroms: NDArray[np.str_],
    edges: NDArray[np.int64],
    blacklist: IntervalSet | None,
) -> NDArray[np.bool_]:
    """Tell which bins reach beyond their chromosome or touch the blacklist, `(n, bins)`."""
    refused = np.empty((len(edges), edges.shape[1] - 1), dtype=bool)
    for chrom in np.unique(chroms):
        own = chroms == chrom
        length = chromosome_length(track, str(chrom))
        refused[own] = (edges[own, :-1] < 0) | (edges[own, 1:] > length)
        refused[own] |= str(chrom) in track.missing
        if blacklist is not None:
            refused[own] |= np.diff(blacklist.covered_before(str(chrom), edges[own])) > 0
    return refused

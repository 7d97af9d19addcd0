"""Finds the scores of some variants in a file of any size, which is read once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bench.interface import DataError
from bench_external.score_table import ScoreTable
from bench_external.score_vcf import ENDS, ScoreVcf
from bench_external.scored import Key, ScoredVariant, variant_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import Progress

REPORT_EVERY = 1 << 18
"""Variants of the file after which progress is told."""


class ScoreFile(Protocol):
    """A file of scores whose header has been read."""

    path: Path

    def __iter__(self) -> Iterator[ScoredVariant]:
        """Yield what its lines say, once."""


def open_scores(path: Path, column: str) -> ScoreFile:
    """Open a table or, as its name tells, a VCF file, and check its header.

    Args:
        path: the file.
        column: see `ScoreTable` and `ScoreVcf`.

    Raises:
        DataError: no such file, or its header does not fit.
    """
    is_vcf = path.name.lower().endswith(ENDS)
    return ScoreVcf(path, column) if is_vcf else ScoreTable(path, column)


def look_up(scores: ScoreFile, keys: Sequence[Key], progress: Progress) -> NDArray[np.float64]:
    """Return the score of each variant, `(n,)`, NaN where the file has none.

    All lines are read and only what is asked for is kept, so that memory does not grow with the
    file.

    Args:
        scores: the file.
        keys: the variants, see `variant_key`.
        progress: told of variants that have been found.

    Raises:
        DataError: a malformed line, or two lines with different scores of a variant.
    """
    wanted = frozenset(keys)
    found: dict[Key, ScoredVariant] = {}
    for count, row in enumerate(scores, start=1):
        if count % REPORT_EVERY == 0:
            progress(len(found), len(wanted), f"variants found in {row.line:,} lines")
        key = variant_key(row.chrom, row.start, row.ref, row.alt)
        if key not in wanted or math.isnan(row.score):
            continue
        known = found.setdefault(key, row)
        if known.score != row.score:
            raise DataError(
                scores.path,
                f"{shown(key)} has score {row.score}, but {known.score} in line {known.line}",
                row.line,
            )
    return np.array([found[key].score if key in found else math.nan for key in keys])


def shown(key: Key) -> str:
    """Return a variant in words, with its place counted from 1."""
    chrom, start, ref, alt = key
    return f"{chrom}:{start + 1} {ref or '-'}>{alt or '-'}"

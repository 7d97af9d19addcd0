"""A variant with its score, as a line of a file tells it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple, TypeAlias

from bench.data.variant import Variant
from bench.interface import DataError

Key: TypeAlias = tuple[str, int, str, str]
"""Chromosome without `chr`, 0-based start, and both alleles without what they share."""

NO_SCORE = {"", ".", "na", "nan"}
"""What files write where a variant has no score, in lower case."""


class ScoredVariant(NamedTuple):
    """What a line says of one alternative allele.

    `line` counts from 1, `start` from 0; `score` is NaN where there is none.
    """

    line: int
    chrom: str
    start: int
    ref: str
    alt: str
    score: float


def variant_key(chrom: str, start: int, ref: str, alt: str) -> Key:
    """Return under what a variant is looked up, however its alleles are anchored."""
    name = chrom.removeprefix("chr")
    if len(ref) == len(alt) == 1:
        return name, start, ref.upper(), alt.upper()
    trimmed = Variant(name, start, ref, alt).trimmed()
    return name, trimmed.start, trimmed.ref, trimmed.alt


def parse_score(word: str, name: str, path: Path, line: int) -> float:
    """Read a score; NaN where there is none.

    Args:
        word: the text.
        name: of the column or key, for the message.
        path: the file.
        line: from 1.

    Raises:
        DataError: it is no finite number.
    """
    try:
        score = float(word)
    except ValueError:
        if word.strip().lower() in NO_SCORE:
            return math.nan
        raise DataError(path, f"{name} is {word!r}, expected a number", line) from None
    if math.isinf(score):
        raise DataError(path, f"{name} is {word!r}, expected a finite number", line)
    return score

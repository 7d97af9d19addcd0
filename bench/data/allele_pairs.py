"""Windows of pairs of alleles that come as sequences, with nothing around them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray


def first_difference(reference: CodeArray, alternative: CodeArray) -> int:
    """Return the first place where two alleles differ; the middle of alleles that are the same."""
    shared = min(len(reference), len(alternative))
    differ = np.flatnonzero(reference[:shared] != alternative[:shared])
    if len(differ):
        return int(differ[0])
    return shared if len(reference) != len(alternative) else len(reference) // 2


def pair_windows(
    reference: CodeArray, alternative: CodeArray, length: int
) -> tuple[CodeArray, CodeArray]:
    """Return `length` bp of both alleles, codes `(length,)` each.

    A window that is longer than both alleles has the longer one in its middle and N around it. A
    shorter one lies around the first base that differs, or as near to that as it may without
    leaving the longer allele. Both windows begin at the same place, whichever allele is the
    reference; an allele of another length moves what lies right of the first base that differs.

    Args:
        reference: codes.
        alternative: codes; up to the first difference those of the reference.
        length: in bp.
    """
    longer = max(len(reference), len(alternative))
    if length >= longer:
        begin = longer // 2 - length // 2
    else:
        centred = first_difference(reference, alternative) - length // 2
        begin = min(max(centred, 0), longer - length)
    return _window(reference, begin, length), _window(alternative, begin, length)


def _window(codes: CodeArray, begin: int, length: int) -> CodeArray:
    window = np.full(length, N, dtype=np.uint8)
    low, high = max(begin, 0), min(begin + length, len(codes))
    if low < high:
        window[low - begin : high - begin] = codes[low:high]
    return window


def stacked_windows(
    pairs: Iterable[tuple[CodeArray, CodeArray]], length: int
) -> tuple[CodeArray, CodeArray]:
    """Return the windows of many pairs, codes `(n, length)` of each allele."""
    windows = [pair_windows(before, after, length) for before, after in pairs]
    if not windows:
        empty = np.empty((0, length), dtype=np.uint8)
        return empty, empty.copy()
    references, alternatives = (np.stack(side) for side in zip(*windows, strict=True))
    return references, alternatives

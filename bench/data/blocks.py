"""Blocks of items: the units that are resampled for confidence intervals.

Items that lie close together, or that come from one element, are not independent. A
bootstrap that resamples whole blocks allows for that (Künsch 1989, doi:10.1214/aos/1176347265).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bench.interface.arrays import IntArray

BLOCK_SIZES = {
    "hg19": 200_000,
    "hg38": 200_000,
    "mm10": 200_000,
    "sacCer3": 20_000,
    "sim1": 20_000,
    "simlong": 200_000,
}
"""Block length in bp by genome build."""

DEFAULT_BLOCK_SIZE = 200_000
"""Block length in bp for any other build; blocks that are too long make an interval wider, blocks
that are too short make it wrong."""


def default_block_size(build: str | None) -> int:
    """Return the block length in bp of a genome build."""
    return BLOCK_SIZES.get(build or "", DEFAULT_BLOCK_SIZE)


def genomic_blocks(
    chroms: ArrayLike, starts: ArrayLike, ends: ArrayLike, size: int, longest: int = 0
) -> IntArray:
    """Number the blocks of intervals by chromosome and by centre over block length.

    Args:
        chroms: names, shape `(n,)`.
        starts: 0-based, shape `(n,)`.
        ends: exclusive, shape `(n,)`.
        size: block length in bp. Where `longest` or the longest interval exceeds it, that is the
            block length, so that two items further apart than one block do not overlap.
        longest: longest input in bp that a model reads around an item's centre.

    Returns:
        Block of each interval, int64 of shape `(n,)`: `0..blocks-1` in order of chromosome name and
        position, whatever the order of the intervals.

    Raises:
        BenchError: `size` is not positive.
    """
    if size <= 0:
        raise BenchError(f"block size {size}: expected a positive number of bp")
    low = np.asarray(starts, dtype=np.int64)
    high = np.asarray(ends, dtype=np.int64)
    size = max(size, longest, int((high - low).max(initial=0)))
    position = (low + high) // 2 // size
    chrom = group_blocks(chroms)
    # Windows that hang over the start of a chromosome may have a negative centre.
    first = int(position.min(initial=0))
    positions = int(position.max(initial=0)) - first + 1
    return group_blocks(chrom * positions + position - first)


def group_blocks(groups: ArrayLike) -> IntArray:
    """Number groups `0..groups-1` in sorted order, whatever the order of the items.

    Args:
        groups: ids, text or whole numbers, shape `(n,)`.

    Returns:
        int64, shape `(n,)`.
    """
    numbers = np.unique(np.asarray(groups), return_inverse=True)[1]
    return numbers.astype(np.int64).reshape(-1)

"""GC content alone: the usual confounder between active and random sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_baselines import GC_CARD
from bench_baselines.curve import CurveModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray, Examples

BATCH_BASES = 1 << 24
C, G, N = 1, 2, 4


class Gc(CurveModel):
    """A curve on GC content."""

    card = GC_CARD

    def measure(self, examples: Examples) -> NDArray[np.float64]:
        """Return the GC content of each item's own interval; NaN where it is all N."""
        size = max(1, BATCH_BASES // max(1, int(examples.lengths.max(initial=1))))
        parts = [gc_content(codes) for codes in examples.batches(size)]
        return np.concatenate([np.zeros(0), *parts])


def gc_content(codes: CodeArray) -> NDArray[np.float64]:
    """Return the fraction of G and C among the known bases of each row of `(n, length)` codes."""
    known = (codes != N).sum(axis=1)
    strong = ((codes == C) | (codes == G)).sum(axis=1)
    return np.where(known > 0, strong / np.maximum(known, 1), np.nan)

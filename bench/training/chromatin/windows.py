"""Sequences around places, on the strand of the chromosome.

A window of even length holds one base more after its place than before it, whatever the strand of
the gene, as in ExPecto: 999 before and 1,000 after for 2,000 bp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import reverse_complement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray, Examples
    from bench.training.chromatin.places import Loci


@dataclass(frozen=True, slots=True)
class Span:
    """What is read around an item, and the windows in it.

    `length` and `window` are in bp.
    """

    length: int
    window: int

    def centres(self, loci: Loci) -> NDArray[np.int64]:
        """Return the index of each item's centre on the strand of the chromosome, `(n, 1)`."""
        given = self.length // 2
        return np.where(loci.turned, self.length - 1 - given, given)[:, None]

    def limits(self, loci: Loci) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the first and the last place whose window is read, in bp from the centre."""
        before = (self.window - 1) // 2
        last = self.length - self.window + before
        centres = self.centres(loci)
        return before - centres, last - centres

    def begins(self, loci: Loci, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the index at which the window of each place begins, `(n, bins)`."""
        return self.centres(loci) + places - (self.window - 1) // 2

    def read(self, examples: Examples, loci: Loci) -> CodeArray:
        """Read what lies around items, codes `(n, length)` on the strand of the chromosome."""
        codes = examples.windows(self.length)
        if loci.turned.any():
            codes = codes.copy()
            codes[loci.turned] = reverse_complement(codes[loci.turned])
        return codes

    def cut(
        self, codes: CodeArray, rows: NDArray[np.int64], begins: NDArray[np.int64]
    ) -> CodeArray:
        """Cut one window out of each of some rows of `read`: codes `(m, window)`."""
        views = np.lib.stride_tricks.sliding_window_view(codes, self.window, axis=1)
        return views[rows, begins]

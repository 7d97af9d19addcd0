"""Which places around a gene are read, and how their predictions are summed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import FloatArray

DECAYS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Rates per step at which a place's weight falls with its distance: with steps of 200 bp to 1/e in
20, 10, 4, 2 and 1 kb (Zhou et al. 2018)."""


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """Bins of a gene and the weighted sums over them.

    `offsets` `(bins,)` are bp from the TSS in the direction of transcription, `weights`
    `(sums, bins)`.
    """

    offsets: NDArray[np.int64]
    weights: NDArray[np.float64]

    def features(self, predictions: FloatArray) -> NDArray[np.float32]:
        """Sum predictions `(genes, bins, targets)` to features `(genes, sums * targets)`.

        Column `sum * targets + target`: all targets of the first sum come first.
        """
        # One product for each gene, so that a gene's sums do not depend on how many there are.
        sums = self.weights @ predictions.astype(np.float64)
        return sums.reshape(len(sums), -1).astype(np.float32)


def decaying(steps: NDArray[np.floating | np.integer]) -> NDArray[np.float64]:
    """Return `exp(-decay * steps)` for each decay: distances `(...)` to `(decays, ...)`."""
    weights: NDArray[np.float64] = np.exp(-np.multiply.outer(np.array(DECAYS), steps))
    return weights

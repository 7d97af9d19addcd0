"""Length alone: positives and negatives of different length need no sequence to be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_baselines import LENGTH_CARD
from bench_baselines.curve import CurveModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import Examples


class Length(CurveModel):
    """A curve on the logarithm of length."""

    card = LENGTH_CARD

    def measure(self, examples: Examples) -> NDArray[np.float64]:
        """Return the natural logarithm of the length of each item's own interval in bp."""
        return np.log(np.maximum(1, examples.lengths).astype(np.float64))

"""P-values corrected for how many there are (Holm 1979, Scand. J. Statist. 6:65)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.metrics.metric import Floats


def holm(p_values: Sequence[float]) -> Floats:
    """Adjust P-values by Holm's step-down procedure.

    With `p(1) <= ... <= p(m)`, the adjusted `p(i)` is the largest of `(m - j + 1) p(j)` over
    `j <= i`, at most 1. Those below 0.05 hold a wrong one in at most 5 % of families, however the
    tests depend on each other.

    Args:
        p_values: NaN where there was no test; such a one is not counted in `m`.

    Returns:
        Shape `(len(p_values),)`, NaN where there was no test.
    """
    given = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(len(given), np.nan)
    tested = np.flatnonzero(~np.isnan(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    scaled = given[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted

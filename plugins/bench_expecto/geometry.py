"""ExPecto's bins and sums (Zhou et al. 2018, doi:10.1038/s41588-018-0160-6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.training.chromatin.geometry import Geometry, decaying

if TYPE_CHECKING:
    from numpy.typing import NDArray


def expecto_geometry(bins: int, step: int) -> Geometry:
    """Return the bins from `-bins` to `bins - 1` steps, and ten sums over them.

    Five sums of the bins upstream come first, each with a slower decay before a faster one, then
    five of the bins downstream. The bin at the TSS is in both.

    Args:
        bins: on either side.
        step: in bp.
    """
    steps = np.arange(-bins, bins)
    return Geometry(steps * step, both_directions(steps, np.abs(steps)))


def both_directions(
    signed: NDArray[np.integer], steps: NDArray[np.integer | np.floating]
) -> NDArray[np.float64]:
    """Return the weights of places in the ten sums, `(10, ...)`.

    Args:
        signed: which side of the TSS a place is on, negative for upstream, `(...)`.
        steps: how far it is, `(...)`.
    """
    weights = decaying(steps)
    return np.concatenate([weights * (signed <= 0), weights * (signed >= 0)])

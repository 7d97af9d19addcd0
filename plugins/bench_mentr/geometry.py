"""MENTR's bins and sums (Koido et al. 2022, doi:10.1038/s41551-022-00961-8)."""

from __future__ import annotations

import numpy as np

from bench.training.chromatin.geometry import Geometry, decaying


def mentr_geometry(bins: int, step: int) -> Geometry:
    """Return the bins that lie side by side on either side of the TSS, and five sums over them.

    Their centres are half a step from the TSS, one and a half, and so on; a bin's distance is the
    number of bins between it and the TSS. The base of the TSS is in both bins beside it, as in the
    authors' program, so that those downstream stand one bp nearer and the other strand is a mirror
    image.

    Args:
        bins: on either side.
        step: in bp.
    """
    away = np.arange(bins)
    centres = away * step + step // 2
    offsets = np.concatenate([-centres[::-1], centres - 1])
    return Geometry(offsets, decaying(np.concatenate([away[::-1], away])))

"""Thresholds above which the score of a motif means something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import FloatArray

QUANTILES = (0.0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Candidate thresholds, as quantiles of the scores of all training items."""


def best_thresholds(scores: NDArray[np.int32], targets: FloatArray) -> NDArray[np.int32]:
    """Choose, for each motif, the threshold whose excess goes best with any target.

    The excess of a score `s` over a threshold `t` is `max(s - t, 0)`. The candidate with the
    largest absolute Pearson correlation is taken; the lowest of equals.

    Args:
        scores: `(n, motifs)`.
        targets: `(n, targets)`, NaN where not measured.

    Returns:
        int32 of shape `(motifs,)`.
    """
    candidates = np.quantile(scores, QUANTILES, axis=0, method="lower").astype(np.int32)
    strengths = [
        strongest_correlation(np.maximum(scores - candidate, 0), targets)
        for candidate in candidates
    ]
    chosen = np.argmax(strengths, axis=0)
    thresholds: NDArray[np.int32] = candidates[chosen, np.arange(scores.shape[1])]
    return thresholds


def strongest_correlation(features: NDArray[np.int32], targets: FloatArray) -> NDArray[np.float64]:
    """Return the largest absolute correlation of each feature with any target, `(features,)`.

    A correlation is over the rows where the target was measured, and 0 where either is constant.
    """
    strongest = np.zeros(features.shape[1])
    for target in targets.T:
        measured = ~np.isnan(target)
        rows = features[measured].astype(np.float64)
        truth = target[measured].astype(np.float64)
        if len(truth) == 0:
            continue
        rows -= rows.mean(axis=0)
        truth -= truth.mean()
        norms = np.sqrt((rows**2).sum(axis=0) * (truth**2).sum())
        products = np.abs(truth @ rows)
        correlation = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
        strongest = np.maximum(strongest, correlation)
    return strongest

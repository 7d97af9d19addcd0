"""ROC and precision-recall curves of one target."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bench.metrics.metric import Floats


class Curve(NamedTuple):
    """Points of a curve in order of `x`, one for each distinct threshold."""

    x: Floats
    y: Floats


def roc_curve(predictions: Floats, truth: Floats) -> Curve:
    """True positive rate (y) against false positive rate (x), from (0, 0) to (1, 1).

    Args:
        predictions: shape `(n,)`; equal ones share a threshold.
        truth: 0 or 1, shape `(n,)`, both present.
    """
    positives, negatives = _counts(predictions, truth)
    return Curve(
        np.concatenate([[0.0], negatives / negatives[-1]]),
        np.concatenate([[0.0], positives / positives[-1]]),
    )


def precision_recall_curve(predictions: Floats, truth: Floats) -> Curve:
    """Precision (y) against recall (x), from the highest threshold to recall 1."""
    positives, negatives = _counts(predictions, truth)
    precision = positives / (positives + negatives)
    recall = positives / positives[-1]
    return Curve(np.concatenate([[0.0], recall]), np.concatenate([precision[:1], precision]))


def _counts(predictions: Floats, truth: Floats) -> tuple[Floats, Floats]:
    """Positives and negatives at or above each distinct threshold, the highest first."""
    order = np.argsort(-predictions, kind="stable")
    ranked, labels = predictions[order], truth[order] == 1
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    positives = np.cumsum(labels)[last].astype(np.float64)
    return positives, last + 1.0 - positives

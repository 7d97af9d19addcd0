"""Along which axis a metric compares: predictions and truth as rows of items, one column a target.

A correlation says little until its axis is named: a model may know which genes are high without
knowing in which tissue.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from bench.metrics.metric import Floats, Ints


class Axis(StrEnum):
    """What a metric runs over."""

    ITEMS = "items"
    """Over items, for each target."""
    BINS = "bins"
    """Over all bins of all items, for each target."""
    LOCI = "loci"
    """Over items, each the mean of its measured bins, for each target."""
    TARGETS = "targets"
    """Over targets, for each item; the mean over items is scored."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """Values as a metric reads them.

    Attributes:
        predictions: shape `(rows, columns)`, finite.
        truth: shape `(rows, columns)`; NaN where not measured.
        blocks: block of each row, shape `(rows,)`.
    """

    predictions: Floats
    truth: Floats
    blocks: Ints


def arranged(axis: Axis, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike) -> Arranged:
    """Arrange predictions and truth for a metric that runs along an axis.

    Args:
        axis: of the metric; `Axis.TARGETS` gives the items' means of bins, centred and scaled for
            each target.
        predictions: shape `(n, targets)` or `(n, bins, targets)`.
        truth: the same shape; NaN where not measured.
        blocks: block of each item, shape `(n,)`.

    Raises:
        ValueError: shapes do not fit, or bins where the axis has none.
    """
    given, known, rows = np.asarray(predictions), np.asarray(truth), np.asarray(blocks)
    if given.shape != known.shape or given.ndim not in {2, 3} or len(rows) != len(given):
        raise ValueError(
            f"predictions {given.shape}, truth {known.shape} and blocks {rows.shape}: expected one "
            "shape (n, targets) or (n, bins, targets), and (n,)"
        )
    if given.ndim == 2:
        if axis in {Axis.BINS, Axis.LOCI}:
            raise ValueError(f"values without bins, expected (n, bins, targets) for axis {axis}")
    elif axis is Axis.BINS:
        columns = given.shape[2]
        rows = np.repeat(rows, given.shape[1])
        given, known = given.reshape(-1, columns), known.reshape(-1, columns)
    elif axis is Axis.ITEMS:
        raise ValueError(f"values of shape {given.shape} have bins, expected (n, targets)")
    else:
        given, known = _means_of_bins(given, known)
    if axis is Axis.TARGETS:
        given, known = standardised(given, known)
    return Arranged(given, known, rows)


def _means_of_bins(predictions: Floats, truth: Floats) -> tuple[Floats, Floats]:
    """Return the means of the measured bins, `(n, targets)`; NaN in the truth where none is."""
    measured = ~np.isnan(truth)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        known = np.nanmean(truth, axis=1, dtype=np.float64)
    counts = measured.sum(axis=1)
    sums = np.where(measured, predictions, 0).sum(axis=1, dtype=np.float64)
    return np.asarray(sums / np.maximum(counts, 1)), np.asarray(known)


def standardised(predictions: Floats, truth: Floats) -> tuple[Floats, Floats]:
    """Subtract each target's mean and divide by its deviation, of either side alone.

    Without it, differences between targets that hold for all items, such as sequencing depth, would
    pass for knowledge of what sets one item's targets apart. A constant target becomes unmeasured.
    """
    measured = ~np.isnan(truth)
    predicted = _in_units_of_deviation(np.where(measured, predictions, np.nan))
    # A constant prediction knows nothing of a target: it stays at the target's mean.
    return np.nan_to_num(predicted, nan=0.0), _in_units_of_deviation(truth)


def _in_units_of_deviation(values: Floats) -> Floats:
    """Centre and scale each column over what is not NaN; a constant column becomes NaN."""
    known = np.asarray(values, dtype=np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        centre, spread = np.nanmean(known, axis=0), np.nanstd(known, axis=0)
        # The deviation of equal numbers may be off 0 by rounding.
        varies = np.nanmax(known, axis=0) > np.nanmin(known, axis=0)
    scaled: Floats = (known - centre) / np.where(varies, spread, np.nan)
    return scaled

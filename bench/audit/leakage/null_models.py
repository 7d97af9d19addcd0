"""Models that must not win, and a k-mer regression that they are compared with.

Each knows one thing that is no reading of the sequence. Predictions are of shape `(n, targets)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.features import gc_content
from bench.data.alphabet import N
from bench.data.kmers import count_kmers, unit_rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from bench.audit.leakage.audited import Side
    from bench.audit.leakage.near_duplicates import Likeness
    from bench.interface.arrays import CodeArray, FloatArray

BINS = 20
"""Parts of the training items, of equal size, whose mean targets are learnt along a feature."""
PRIOR_ITEMS = 5.0
"""How many items at the mean of all are added to each part."""
WITHIN = 1_000_000
"""bp beyond which a training item says nothing of a place."""
UNRELATED = 0.65
"""Identity by edit distance that two sequences of 100 bp have by chance, at most."""
WORD = 6
PENALTIES = (0.01, 0.1, 1.0, 10.0)
"""With features of unit length: from hardly any to most of it."""
ROWS_AT_ONCE = 4096


def by_length(learnt: Side, test: Side) -> FloatArray:
    """Predict by the length of items."""
    ours, theirs = (_lengths(side) for side in (test, learnt))
    return along(theirs, learnt.targets, ours)


def by_gc(learnt: Side, test: Side) -> FloatArray:
    """Predict by GC content."""
    ours, theirs = (gc_content(side.sequences) for side in (test, learnt))
    return along(theirs, learnt.targets, ours)


def by_position(learnt: Side, test: Side) -> FloatArray:
    """Predict by how far along its chromosome, whichever it is, an item lies."""
    ours, theirs = (side.frame["start"].to_numpy(dtype=np.float64) for side in (test, learnt))
    return along(theirs, learnt.targets, ours)


def by_coordinates(learnt: Side, test: Side) -> FloatArray:
    """Predict by the nearest training item on either side, on the same chromosome."""
    centre = _means(learnt.targets)
    found = np.tile(centre, (len(test), 1))
    known = np.where(np.isnan(learnt.targets), centre, learnt.targets)
    ours, theirs = (_middles(side) for side in (test, learnt))
    chroms, others = (side.frame["chrom"].to_numpy(dtype=str) for side in (test, learnt))
    for chrom in np.unique(chroms[chroms != ""]):
        here = np.flatnonzero(chroms == chrom)
        there = np.flatnonzero(others == chrom)
        if not len(there):
            continue
        there = there[np.argsort(theirs[there], kind="stable")]
        right = np.searchsorted(theirs[there], ours[here])
        total = np.zeros((len(here), found.shape[1]))
        weight = np.zeros(len(here))
        for step in (right - 1, right):
            inside = (step >= 0) & (step < len(there))
            rows = there[np.clip(step, 0, len(there) - 1)]
            gap = np.abs(theirs[rows] - ours[here])
            near = np.where(inside & (gap <= WITHIN), 1 / (1 + gap), 0)
            total += near[:, None] * known[rows]
            weight += near
        told = weight > 0
        found[here[told]] = total[told] / weight[told, None]
    return found


def by_neighbour(learnt: Side, like: Likeness) -> FloatArray:
    """Predict the target of the nearest training item, trusted as far as it is alike.

    What unrelated items have in common counts for nothing, so that a motif that both hold, which
    is to be learnt, does not win.
    """
    centre = _means(learnt.targets)
    rows = like.nearest.rows
    known = np.where(np.isnan(learnt.targets[rows]), centre, learnt.targets[rows])
    alike = np.nan_to_num(np.fmax(like.identity, like.relative))
    trust = np.clip((alike - UNRELATED) / (1 - UNRELATED), 0, 1)
    return np.asarray(centre + trust[:, None] * (known - centre))


def by_kmers(train: Side, valid: Side, test: Side) -> FloatArray:
    """Predict by ridge regression on counts of 6-mers: the reference, which reads sequence.

    The penalty of each target is that of `PENALTIES` which does best on validation items, or 1
    without any.
    """
    centre = _means(train.targets)
    known = np.where(np.isnan(train.targets), centre, train.targets)
    fits = ridge(_counts(train.sequences), known, PENALTIES if len(valid) else (1.0,))
    if not len(valid):
        return fits[0].predict(_counts(test.sequences))
    held_out, asked = _counts(valid.sequences), _counts(test.sequences)
    errors = []
    for fit in fits:
        squares = (fit.predict(held_out) - valid.targets) ** 2
        errors.append(np.where(np.isnan(squares), 0, squares).sum(axis=0))
    best = np.argmin(errors, axis=0)
    predictions = np.stack([fit.predict(asked) for fit in fits])
    chosen: FloatArray = np.take_along_axis(predictions, best[None, None, :], axis=0)[0]
    return chosen


@dataclass(frozen=True, slots=True)
class Ridge:
    """A fitted ridge regression: `weights` `(features, targets)`, `intercept` `(targets,)`."""

    weights: FloatArray
    intercept: FloatArray

    def predict(self, x: csr_array) -> FloatArray:
        """Predict from features `(n, features)`: shape `(n, targets)`."""
        found: FloatArray = x @ self.weights + self.intercept
        return found


def ridge(x: csr_array, y: FloatArray, penalties: Sequence[float]) -> list[Ridge]:
    """Fit ridge regressions of all targets at once, by the normal equations; no intercept shrinks.

    Args:
        x: features, sparse `(n, features)`.
        y: targets `(n, targets)`.
        penalties: a fit is made for each.
    """
    from scipy.linalg import solve

    mean, centre = np.asarray(x.mean(axis=0), dtype=np.float64).ravel(), y.mean(axis=0)
    gram = (x.T @ x).toarray().astype(np.float64) - len(y) * np.outer(mean, mean)
    right = np.asarray(x.T @ (y - centre), dtype=np.float64)
    fits = []
    for penalty in penalties:
        weights = solve(gram + penalty * np.eye(len(gram)), right, assume_a="pos")
        fits.append(Ridge(weights, centre - mean @ weights))
    return fits


def along(feature: FloatArray, targets: FloatArray, asked: FloatArray) -> FloatArray:
    """Learn mean targets along a feature, and read them off between the middles of its parts.

    Args:
        feature: of training items, `(n,)`.
        targets: of training items, `(n, targets)`; NaN where not measured.
        asked: the feature of other items, `(m,)`.

    Returns:
        Shape `(m, targets)`.
    """
    edges = np.unique(np.quantile(feature, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, feature, side="right")
    count = len(edges) + 1
    sizes = np.bincount(bins, minlength=count)
    filled = np.flatnonzero(sizes)
    middles = np.bincount(bins, feature, count)[filled] / sizes[filled]
    centre = _means(targets)
    found = np.empty((len(asked), targets.shape[1]))
    for column, values in enumerate(targets.T):
        measured = ~np.isnan(values)
        sums = np.bincount(bins[measured], values[measured], count)[filled]
        counts = np.bincount(bins[measured], minlength=count)[filled]
        means = (sums + PRIOR_ITEMS * centre[column]) / (counts + PRIOR_ITEMS)
        found[:, column] = np.interp(asked, middles, means)
    return found


PLACED: dict[str, Callable[[Side, Side], FloatArray]] = {
    "coordinates": by_coordinates,
    "position": by_position,
}
"""Null models that need coordinates."""
PLAIN: dict[str, Callable[[Side, Side], FloatArray]] = {"gc": by_gc, "length": by_length}


def _means(targets: FloatArray) -> FloatArray:
    measured = ~np.isnan(targets)
    sums = np.where(measured, targets, 0).sum(axis=0, dtype=np.float64)
    means: FloatArray = sums / np.maximum(measured.sum(axis=0), 1)
    return means


def _lengths(side: Side) -> FloatArray:
    return np.array([len(codes) for codes in side.sequences], dtype=np.float64)


def _middles(side: Side) -> FloatArray:
    starts, ends = (side.frame[name].to_numpy(dtype=np.float64) for name in ("start", "end"))
    middles: FloatArray = (starts + ends) / 2
    return middles


def _counts(sequences: Sequence[CodeArray]) -> csr_array:
    from scipy.sparse import vstack

    parts = []
    # Padded to one length, long sequences would take more memory than they have bases.
    longest = max((len(codes) for codes in sequences), default=1)
    at_once = max(1, ROWS_AT_ONCE * 200 // max(longest, 200))
    for start in range(0, len(sequences), at_once):
        chosen = sequences[start : start + at_once]
        padded = np.full((len(chosen), longest), N, dtype=np.uint8)
        for row, codes in enumerate(chosen):
            padded[row, : len(codes)] = codes
        parts.append(unit_rows(count_kmers(padded, WORD)))
    joined: csr_array = vstack(parts, format="csr")
    return joined

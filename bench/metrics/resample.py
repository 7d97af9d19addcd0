"""Every target of one set of predictions under the same draws of blocks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.metrics.bootstrap import block_weights, jackknife_weights
from bench.metrics.metric import Floats, Ints, Metric, refuse_unfinite


@dataclass(frozen=True, slots=True)
class Resampled:
    """Scores of all targets, as measured and resampled.

    Draw `d` takes the same blocks for every target, so means over targets and differences between
    models are made draw by draw.
    """

    values: Floats
    """Shape `(targets,)`; NaN where a target is degenerate."""
    draws: Floats
    """Shape `(targets, draws)`; NaN where undefined."""
    jackknife: Floats
    """Shape `(targets, groups)`: scores with blocks left out."""
    items: Ints
    """Measured items of each target, shape `(targets,)`."""
    target_blocks: Ints
    """Blocks that hold measured items of each target, shape `(targets,)`."""
    blocks: int
    """Blocks that hold measured items of any target."""


def resample(
    metric: Metric,
    predictions: ArrayLike,
    truth: ArrayLike,
    blocks: ArrayLike,
    draws: int = 2000,
    seed: int = 0,
    workers: int = 1,
) -> Resampled:
    """Score every target on all items, on `draws` bootstrap draws and on the jackknife's rows.

    Args:
        metric: what to compute.
        predictions: shape `(n, targets)`, finite.
        truth: shape `(n, targets)`; NaN where not measured.
        blocks: block of each item, shape `(n,)`, any whole numbers.
        draws: number of bootstrap draws.
        seed: seed of the draws; they depend on it and on the number of blocks alone.
        workers: threads; the result does not depend on it.

    Raises:
        ValueError: shapes do not fit, or a prediction is NaN or infinite.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    given, known = np.asarray(predictions), np.asarray(truth)
    labels = np.asarray(blocks)
    _check_shapes(given, known, labels)
    refuse_unfinite(given, "prediction")
    if draws < 2:
        raise ValueError(f"draws {draws}: expected at least 2")
    measured = ~np.isnan(known)
    used = measured.any(axis=1)
    given, known, measured = given[used], known[used], measured[used]
    names, rows = np.unique(labels[used], return_inverse=True)
    weights = _all_weights(len(names), draws, seed)

    def one_target(target: int) -> tuple[float, Floats, int]:
        x, y = given[:, target], known[:, target]
        value = metric.value(x, y)
        held = len(np.unique(rows[measured[:, target]]))
        if np.isnan(value) or held < 2:
            return value, np.full(len(weights), np.nan), held
        return value, metric.draws(x, y, rows, weights), held

    # Threads of the matrix library would fight with ours, and could change the rounding.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max(workers, 1)) as pool:
        found = list(pool.map(one_target, range(given.shape[1])))
    scores = np.array([each[1] for each in found]).reshape(len(found), len(weights))
    return Resampled(
        values=np.array([each[0] for each in found], dtype=np.float64),
        draws=scores[:, :draws],
        jackknife=scores[:, draws:],
        items=measured.sum(axis=0),
        target_blocks=np.array([each[2] for each in found], dtype=np.intp),
        blocks=len(names),
    )


def mean_over_targets(values: Floats, table: Floats) -> Floats:
    """Mean of resampled scores over the targets that are defined, shape `(draws,)`.

    Where a draw leaves a target undefined, that target's mean over its other draws stands in:
    leaving the target out would move the mean by how much it differs from the others. A draw in
    which every target is undefined stays NaN.

    Args:
        values: scores on all items, shape `(targets,)`; NaN for degenerate targets.
        table: resampled scores, shape `(targets, draws)`.
    """
    defined = table[~np.isnan(values)]
    known = ~np.isnan(defined)
    counts = known.sum(axis=1)
    sums = np.where(known, defined, 0).sum(axis=1)
    centres = np.divide(sums, counts, out=np.zeros(len(sums)), where=counts > 0)
    # A target without any defined draw keeps its score.
    centres = np.where(counts > 0, centres, values[~np.isnan(values)])
    filled = np.where(known, defined, centres[:, None])
    if not len(filled):
        return np.full(table.shape[1], np.nan)
    return np.where(known.any(axis=0), filled.mean(axis=0), np.nan)


def _check_shapes(predictions: NDArray[np.generic], truth: Floats, blocks: Ints) -> None:
    if predictions.ndim != 2 or predictions.shape != truth.shape:
        raise ValueError(
            f"predictions {predictions.shape} and truth {truth.shape}: "
            "expected one shape (n, targets)"
        )
    if blocks.shape != truth.shape[:1]:
        raise ValueError(f"blocks {blocks.shape}: expected ({len(truth)},)")


def _all_weights(blocks_count: int, draws: int, seed: int) -> NDArray[np.int16]:
    """Bootstrap draws, then the jackknife's rows; shape `(draws + groups, blocks)`."""
    if blocks_count == 0:
        return np.zeros((draws, 0), dtype=np.int16)
    parts = (block_weights(blocks_count, draws, seed), jackknife_weights(blocks_count))
    return np.concatenate(parts)

"""What a metric is: a number for one target, and that number on resampled blocks."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.metrics.axis import Arranged, Axis, arranged
from bench.metrics.scale import PLAIN, Scale

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
Counts: TypeAlias = NDArray[Any]
"""Block weights: non-negative whole numbers of any dtype, shape `(draws, blocks)`."""


class Metric(ABC):
    """A score of one target.

    `classes` says that the truth is 0 or 1, so that prevalence is shown beside the score. `scale`
    is where the score spreads evenly, so that its interval may be symmetric there. `axis` is what
    it runs over.
    """

    axis: ClassVar[Axis] = Axis.ITEMS
    classes: ClassVar[bool] = False
    scale: ClassVar[Scale] = PLAIN

    def arrange(self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike) -> Arranged:
        """Arrange `(n, targets)` or `(n, bins, targets)` into the rows that are scored.

        Raises:
            ValueError: shapes do not fit, or the axis is not there.
        """
        return arranged(self.axis, predictions, truth, blocks)

    def columns(self, targets: Sequence[str]) -> tuple[str, ...]:
        """Name the columns of what `arrange` returns, for a task with these targets."""
        return tuple(targets)

    @abstractmethod
    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """Score the items whose truth is not NaN; NaN where the score is undefined.

        Args:
            predictions: shape `(n,)`, finite.
            truth: shape `(n,)`; NaN stands for a value that was not measured.
            weights: shape `(n,)`, how often each item counts; None counts each once. A whole
                number means the same as repeating the item that often.

        Raises:
            ValueError: a prediction is NaN or infinite, or shapes differ.
        """

    def draws(
        self, predictions: ArrayLike, truth: ArrayLike, blocks: ArrayLike, weights: ArrayLike
    ) -> Floats:
        """Score resampled data: draw `d` holds every item of block `b` `weights[d, b]` times.

        This default evaluates `value` once per draw; built-in metrics have exact faster forms.

        Args:
            predictions: shape `(n,)`, finite.
            truth: shape `(n,)`; NaN where not measured.
            blocks: shape `(n,)`, numbers `0..blocks-1`.
            weights: shape `(draws, blocks)`, whole numbers.

        Returns:
            Shape `(draws,)`; NaN where the score of a draw is undefined.
        """
        items = measured(predictions, truth)
        rows = np.asarray(blocks, dtype=np.intp)[items.kept]
        counts = np.asarray(weights)
        scores = np.empty(len(counts))
        for draw, count in enumerate(counts):
            weight = count[rows]
            drawn = weight > 0
            scores[draw] = self.value(
                items.predictions[drawn], items.truth[drawn], weight[drawn].astype(np.float64)
            )
        return scores


class FunctionMetric(Metric):
    """A plain function of `(predictions, truth)` as a metric; resampled items are repeated."""

    def __init__(self, function: Callable[[Floats, Floats], float]) -> None:
        """Take the function that scores measured items, each counted once."""
        self.function = function

    def value(
        self, predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """See `Metric.value`; weights are rounded to whole numbers."""
        items = measured(predictions, truth)
        if weights is None:
            return float(self.function(items.predictions, items.truth))
        times = np.rint(np.asarray(weights, dtype=np.float64)[items.kept]).astype(np.intp)
        return float(
            self.function(np.repeat(items.predictions, times), np.repeat(items.truth, times))
        )


def as_metric(target: object) -> Metric:
    """Make a metric of what a `MetricCard.target` names.

    Args:
        target: a `Metric`, a subclass of it, or a plain function of `(predictions, truth)`.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(target, Metric):
        return target
    if inspect.isclass(target) and issubclass(target, Metric):
        return target()
    if callable(target) and not inspect.isclass(target):
        return FunctionMetric(target)
    raise TypeError(f"{target!r} is no metric: expected a Metric or a function")


class MeasuredItems:
    """The items of one target that were measured, in float64, with the mask that kept them."""

    __slots__ = ("kept", "predictions", "truth")

    def __init__(self, predictions: Floats, truth: Floats, kept: NDArray[np.bool_]) -> None:
        """Hold measured `predictions` and `truth`, both `(kept.sum(),)`, and `kept` `(n,)`."""
        self.predictions = predictions
        self.truth = truth
        self.kept = kept


def measured(
    predictions: ArrayLike, truth: ArrayLike, weights: ArrayLike | None = None
) -> MeasuredItems:
    """Drop items without truth, and those of weight zero where weights are given.

    Raises:
        ValueError: shapes differ, a prediction is not finite or a truth is infinite.
    """
    given = np.asarray(predictions, dtype=np.float64)
    known = np.asarray(truth, dtype=np.float64)
    if given.ndim != 1 or given.shape != known.shape:
        raise ValueError(
            f"predictions {given.shape} and truth {known.shape}: expected one shape (n,)"
        )
    refuse_unfinite(given, "prediction")
    kept = ~np.isnan(known)
    refuse_unfinite(known[kept], "truth")
    if weights is not None:
        kept &= np.asarray(weights) > 0
    return MeasuredItems(given[kept], known[kept], kept)


def refuse_unfinite(values: Floats, what: str) -> None:
    """Raise a ValueError that names the first value that is NaN or infinite."""
    finite = np.isfinite(values)
    if not finite.all():
        place = tuple(int(index) for index in np.argwhere(~finite)[0])
        where = place[0] if len(place) == 1 else place
        raise ValueError(f"{what} {values[place]} at {where}: expected a finite number")


def item_weights(items: MeasuredItems, weights: ArrayLike | None) -> Floats:
    """Weights of the measured items, shape `(items,)`; ones where None is given."""
    if weights is None:
        return np.ones(len(items.truth))
    return np.asarray(weights, dtype=np.float64)[items.kept]


def by_chunks(weights: Counts, width: int, score: Callable[[Floats], Floats]) -> Floats:
    """Score draws a few at a time, so that temporaries stay small.

    Args:
        weights: shape `(draws, blocks)`.
        width: numbers that `score` holds per draw.
        score: from weights `(some draws, blocks)` to scores `(some draws,)`.
    """
    rows = max(1, CHUNK // max(width, weights.shape[1], 1))
    scores = np.empty(len(weights))
    for start in range(0, len(weights), rows):
        part = slice(start, start + rows)
        scores[part] = score(np.asarray(weights[part], dtype=np.float64))
    return scores


CHUNK = 1 << 18
"""Numbers in one temporary array: 2 MB of float64."""

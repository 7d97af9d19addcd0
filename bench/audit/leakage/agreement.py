"""Whether the targets of pairs of items go together by more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import FloatArray, IntArray

LEAST_AGREEMENT = 0.2
"""From here on the target of a near-duplicate tells that of its partner."""
NEARLY_ALL = 0.8
"""Of pairs too few for a test, so large a part of what they could agree at the most."""
MOST_P = 0.01
FEW_P = 0.05
"""Of pairs that could not reach `MOST_P`, had they all agreed: five of two even classes do."""
DRAWS = 999
MOST_PRODUCTS = 200_000
"""Pairs times targets of one draw; of more pairs some are taken, evenly."""
LEAST_PAIRS = 50
"""Pairs that are kept however many targets there are."""
LEAST_CASES = 5
"""Pairs of the rarer class from which a target is looked at by itself: of fewer, one pair that
agrees by chance outweighs all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How the targets of pairs agree: 1 where they are the same, 0 where they say nothing.

    `most` is what the mean would be, had all pairs agreed. `worst` is the place of the target that
    agrees most beyond its chance, and `worst_value` how much; -1 and 0 where none has pairs enough.
    P-values are shares of draws of random partners that agree as much, `worst_p` of the most of all
    targets. `best_p` is that of so many pairs, had they all agreed.
    """

    value: float
    most: float
    p: float
    worst: int
    worst_value: float
    worst_p: float
    best_p: float
    pairs: int

    @property
    def decidable(self) -> bool:
        """Whether so many pairs could have shown anything."""
        return self.best_p <= MOST_P

    @property
    def in_the_mean(self) -> bool:
        """Whether the mean over targets tells; of pairs too few to decide, where nearly all do."""
        if self.value < LEAST_AGREEMENT:
            return False
        if self.decidable:
            return self.p <= MOST_P
        return self.p <= FEW_P and self.value >= NEARLY_ALL * self.most

    @property
    def in_the_worst(self) -> bool:
        """Whether the target that agrees most tells, all others considered."""
        return self.worst_value >= LEAST_AGREEMENT and self.worst_p <= MOST_P

    @property
    def telling(self) -> bool:
        """Whether pairs give targets away."""
        return self.in_the_mean or self.in_the_worst

    @property
    def figures(self) -> dict[str, float]:
        """The figures by name."""
        return {
            "agreement": self.value,
            "p": self.p,
            "worst agreement": self.worst_value,
            "worst p": self.worst_p,
        }

    def in_words(self, names: Sequence[str]) -> str:
        """Say how far the targets of these names go together."""
        told = f"agree by {self.value:.2f} (p {self.p:.3f}"
        few = "1 pair is" if self.pairs == 1 else f"{self.pairs} pairs are"
        told += ")" if self.decidable else f"; {few} too few to tell from chance)"
        if len(names) > 1 and self.worst >= 0 and (self.in_the_worst or not self.in_the_mean):
            told += f", those of {names[self.worst]} by {self.worst_value:.2f} "
            told += f"(p {self.worst_p:.3f})"
        return told


def agreement(
    ours: FloatArray, theirs: FloatArray, training: FloatArray, classes: bool, seed: int = 0
) -> Agreement:
    """Tell how alike the targets of pairs of items are, against pairs with any training item.

    Of one target it is the mean over pairs of the product of both values, each less the mean of
    training and in its standard deviations: 1 where pairs agree and are spread as training is, near
    0 for pairs that share no more than any two items, and little for pairs that are all of the
    commoner class. Of values their ranks are taken, so that no extreme one outweighs all others.

    Args:
        ours: targets `(pairs, targets)`, of one pair at least; NaN where not measured.
        theirs: those of the training item of each pair.
        training: targets of all training items, `(n, targets)`.
        classes: whether targets are 0 or 1.
        seed: of the draws.
    """
    rows = _some_rows(*ours.shape)
    ours, theirs = ours[rows], theirs[rows]
    measured = ~np.isnan(ours * theirs)
    columns = np.flatnonzero(measured.any(axis=0))
    if not len(columns):
        return Agreement(
            value=0.0, most=0.0, p=1.0, worst=-1, worst_value=0.0, worst_p=1.0, best_p=0.0,
            pairs=len(ours),
        )  # fmt: skip
    sides = [side[:, columns] for side in (ours, theirs, training)]
    if not classes:
        sides = _ranked(*sides)
    x, y, every = _standardised(*sides)
    x = np.where(measured[:, columns], x, np.nan)
    rng = np.random.default_rng(seed)
    found, best = _products(x, y), _products(x, x)
    drawn = np.stack(
        [_products(x, every[rng.integers(0, len(every), len(x))]) for _ in range(DRAWS)]
    )
    enough = _cases(sides[0], classes) >= LEAST_CASES
    worst, worst_p = _worst(found, drawn, enough)
    means = drawn.mean(axis=1)
    return Agreement(
        value=float(found.mean()),
        most=float(best.mean()),
        p=_p(float(found.mean()), means),
        worst=int(columns[worst]) if worst >= 0 else -1,
        worst_value=float(found[worst]) if worst >= 0 else 0.0,
        worst_p=worst_p,
        best_p=_p(float(best.mean()), means),
        pairs=len(x),
    )


def _worst(found: FloatArray, drawn: FloatArray, enough: NDArray[np.bool_]) -> tuple[int, float]:
    """Find the target that lies farthest beyond its draws, and how often the farthest does."""
    spread = drawn.std(axis=0)
    places = np.flatnonzero(enough & (spread > 0))
    if not len(places):
        return -1, 1.0
    centre, spread = drawn[:, places].mean(axis=0), spread[places]
    beyond = (found[places] - centre) / spread
    farthest = ((drawn[:, places] - centre) / spread).max(axis=1)
    first = int(beyond.argmax())
    return int(places[first]), _p(float(beyond[first]), farthest)


def _some_rows(pairs: int, targets: int) -> IntArray:
    most = max(LEAST_PAIRS, MOST_PRODUCTS // max(targets, 1))
    places = np.linspace(0, pairs - 1, min(pairs, most)).round()
    return np.unique(places.astype(np.int64))


def _cases(ours: FloatArray, classes: bool) -> FloatArray:
    """Count the measured pairs of the rarer class of each target, or of values all of them."""
    measured: FloatArray = (~np.isnan(ours)).sum(axis=0, dtype=np.float64)
    if not classes:
        return measured
    positives = np.nansum(ours, axis=0)
    cases: FloatArray = np.minimum(positives, measured - positives)
    return cases


def _ranked(ours: FloatArray, theirs: FloatArray, training: FloatArray) -> list[FloatArray]:
    """Put the share of training that lies below in the place of each value."""
    sides = [np.full(side.shape, np.nan) for side in (ours, theirs, training)]
    for column, values in enumerate(training.T):
        known = np.sort(values[~np.isnan(values)])
        for side, ranked in zip((ours, theirs, training), sides, strict=True):
            given = side[:, column]
            below, up_to = (np.searchsorted(known, given, side=end) for end in ("left", "right"))
            ranked[:, column] = (below + up_to) / (2 * max(len(known), 1))
            ranked[np.isnan(given), column] = np.nan
    return sides


def _standardised(
    ours: FloatArray, theirs: FloatArray, training: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Take off the mean of training, and divide by its deviation; what never varies becomes 0."""
    measured = ~np.isnan(training)
    counts = np.maximum(measured.sum(axis=0), 1)
    centre = np.where(measured, training, 0).sum(axis=0, dtype=np.float64) / counts
    squares = np.where(measured, training - centre, 0) ** 2
    spread = np.sqrt(squares.sum(axis=0) / counts)
    spread = np.where(spread > 0, spread, np.inf)
    first, second, third = ((side - centre) / spread for side in (ours, theirs, training))
    return first, second, third


def _products(x: FloatArray, y: FloatArray) -> FloatArray:
    """Mean product of each target, `(targets,)`; 0 where no pair was measured."""
    products = x * y
    measured = ~np.isnan(products)
    sums = np.where(measured, products, 0).sum(axis=0, dtype=np.float64)
    means: FloatArray = sums / np.maximum(measured.sum(axis=0), 1)
    return means


def _p(value: float, drawn: FloatArray) -> float:
    return float((1 + np.sum(drawn >= value - 1e-9)) / (1 + len(drawn)))

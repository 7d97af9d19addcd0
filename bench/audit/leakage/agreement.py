"""Whether the targets of pairs of items go together by more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray

LEAST_AGREEMENT = 0.2
"""From here on the target of a near-duplicate tells that of its partner."""
MOST_P = 0.01
DRAWS = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How the targets of pairs agree: 1 where they are the same, 0 where they say nothing.

    `worst` is the place of the target that agrees most, and `worst_value` how much. P-values are
    shares of draws of random partners that agree as much, `worst_p` of the most of all targets.
    `decidable`: whether so many pairs could have shown anything, had they all agreed.
    """

    value: float
    p: float
    worst: int
    worst_value: float
    worst_p: float
    decidable: bool
    pairs: int

    @property
    def in_the_mean(self) -> bool:
        """Whether the mean over targets tells; of pairs too few to decide, what was seen counts."""
        return self.value >= LEAST_AGREEMENT and (self.p <= MOST_P or not self.decidable)

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
        told = f"whose targets agree with their partners' by {self.value:.2f} (p {self.p:.3f}"
        told += ")" if self.decidable else f"; {self.pairs} pairs are too few to tell by chance)"
        if len(names) > 1 and (self.in_the_worst or not self.in_the_mean):
            told += f", those of {names[self.worst]} by {self.worst_value:.2f} "
            told += f"(p {self.worst_p:.3f})"
        return told


def agreement(
    ours: FloatArray, theirs: FloatArray, training: FloatArray, seed: int = 0
) -> Agreement:
    """Tell how alike the targets of pairs of items are, against pairs with any training item.

    Of one target it is the mean over pairs of the product of both values, each less the mean of
    training and in its standard deviations: 1 where pairs agree and are spread as training is, near
    0 for pairs that share no more than any two items, and little for pairs that are all of the
    commoner class.

    Args:
        ours: targets `(pairs, targets)`, of one pair at least; NaN where not measured.
        theirs: those of the training item of each pair.
        training: targets of all training items, `(n, targets)`.
        seed: of the draws.
    """
    measured = np.flatnonzero(~np.isnan(ours * theirs).all(axis=0))
    if not len(measured):
        # Nothing is known of their targets: they tell nothing, and that is all that can be said.
        measured = np.zeros(1, dtype=np.int64)
    centre, spread = _centre_and_spread(training[:, measured])
    x, y, every = ((side[:, measured] - centre) / spread for side in (ours, theirs, training))
    rng = np.random.default_rng(seed)
    found, best = _products(x, y), _products(x, x)
    drawn = [_products(x, every[rng.integers(0, len(every), len(x))]) for _ in range(DRAWS)]
    means = np.array([one.mean() for one in drawn])
    most = np.array([one.max() for one in drawn])
    worst = int(found.argmax())
    return Agreement(
        value=float(found.mean()),
        p=_p(float(found.mean()), means),
        worst=int(measured[worst]),
        worst_value=float(found[worst]),
        worst_p=_p(float(found[worst]), most),
        decidable=_p(float(best.mean()), means) <= MOST_P,
        pairs=len(x),
    )


def _products(x: FloatArray, y: FloatArray) -> FloatArray:
    """Mean product of each target, `(targets,)`; 0 where no pair was measured."""
    products = x * y
    measured = ~np.isnan(products)
    sums = np.where(measured, products, 0).sum(axis=0, dtype=np.float64)
    means: FloatArray = sums / np.maximum(measured.sum(axis=0), 1)
    return means


def _centre_and_spread(training: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of each target; what never varies is infinitely spread."""
    measured = ~np.isnan(training)
    counts = np.maximum(measured.sum(axis=0), 1)
    centre = np.where(measured, training, 0).sum(axis=0, dtype=np.float64) / counts
    squares = np.where(measured, training - centre, 0) ** 2
    spread = np.sqrt(squares.sum(axis=0) / counts)
    return centre, np.where(spread > 0, spread, np.inf)


def _p(value: float, drawn: FloatArray) -> float:
    return float((1 + np.sum(drawn >= value - 1e-9)) / (1 + len(drawn)))

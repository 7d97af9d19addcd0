"""Whether importance finds planted sites: bases inside of them against all others of their items.

Scores are those of a ranking of bases. Their 95 % intervals are percentiles of draws of whole items
with replacement, since the bases of an item are no independent evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.context import Progress, silent
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import FloatArray

    Bools = NDArray[np.bool_]

DRAWS = 1000
POOLED = "pooled"
"""Stands for all targets together."""


@dataclass(frozen=True, slots=True)
class ItemBases:
    """The bases of an item.

    Attributes:
        importance: how much activity rests on each, `(bases, targets)`.
        inside: whether it lies in a functional site of a factor that matters, likewise.
        idle: by role, whether it lies in a site of such a factor that does nothing, likewise.
        factors: by factor, whether it lies in a functional site of it, `(bases,)`.
    """

    importance: FloatArray
    inside: Bools
    idle: Mapping[str, Bools] = field(default_factory=dict)
    factors: Mapping[str, Bools] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Recovery:
    """How well bases inside sites are told from others, for a target or all together.

    Attributes:
        target: its name, or `pooled`.
        items: with a base inside a site.
        bases: of these items.
        prevalence: share of the bases that lie inside.
        auroc: probability that a base inside is more important than one that is not.
        auprc: mean precision over the bases inside (average precision).
        equal: precision, and so recall, where as many bases are called as lie inside.
        precision: at the threshold with the best F1, which is chosen on these same bases.
        recall: there.
        f1: there.
        equal_threshold: importance from which bases are called there; pooled: in standard
            deviations of each target's importance.
        f1_threshold: likewise.
    """

    target: str
    items: int
    bases: int
    prevalence: float
    auroc: Estimate
    auprc: Estimate
    equal: Estimate
    precision: Estimate
    recall: Estimate
    f1: Estimate
    equal_threshold: float
    f1_threshold: float


class RankedBases:
    """Bases of some items in the order of their importance, to be weighed by item.

    Args:
        importance: of the bases, `(bases,)`.
        inside: whether each lies in a site, `(bases,)`; some do and some do not.
        items: number of each base's item, from 0, `(bases,)`.
    """

    def __init__(self, importance: FloatArray, inside: Bools, items: NDArray[np.integer]) -> None:
        order = np.argsort(-importance, kind="stable")
        ranked = importance[order]
        self._inside = inside[order].astype(np.float64)
        self._items = items[order]
        # Equally important bases are called together.
        self._ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
        self._thresholds = ranked[self._ends]

    def scores(self, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], float, float]:
        """Score with a weight for each item.

        Returns:
            AUROC, AUPRC, equal, precision, recall, F1; and both thresholds. All are NaN where no
            base, or every base, lies inside.
        """
        weight = weights[self._items]
        inside = np.append(0.0, np.cumsum(weight * self._inside)[self._ends])
        called = np.append(0.0, np.cumsum(weight)[self._ends])
        positives, bases = inside[-1], called[-1]
        if not 0 < positives < bases:
            return np.full(6, np.nan), np.nan, np.nan
        outside = called - inside
        auroc = (np.diff(outside) * (inside[1:] + inside[:-1])).sum() / 2
        auroc /= positives * (bases - positives)
        precision = np.divide(inside, called, out=np.ones_like(called), where=called > 0)
        auprc = (np.diff(inside) * precision[1:]).sum() / positives
        equal = np.interp(positives, called, inside) / positives
        f1 = 2 * inside / (called + positives)
        best = int(f1.argmax())
        found = [auroc, auprc, equal, precision[best], inside[best] / positives, f1[best]]
        at_equal = int(np.searchsorted(called, positives)) - 1
        return np.array(found), self._thresholds[max(at_equal, 0)], self._thresholds[best - 1]


def item_draws(items: int, draws: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield how often each item is drawn, `(items,)`, `draws` times."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        drawn = np.bincount(rng.integers(0, items, items), minlength=items)
        yield drawn.astype(np.float64)


def recoveries(
    items: Sequence[ItemBases],
    targets: Sequence[str],
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Recovery]:
    """Score each target, and all together where there are several.

    A target's items are those with a base inside a site of it. Together, pairs of base and target
    are ranked by importance in standard deviations of the target's, since targets have no common
    scale.

    Args:
        items: some of them with a base inside a site.
        targets: their names.
        draws: of items, for the intervals.
        seed: of these.
        progress: told how many targets are done.

    Raises:
        BenchError: no item has a base inside a site.
    """
    parts = {
        target: _Bases.of(items, column)
        for column, target in enumerate(targets)
        if any(item.inside[:, column].any() for item in items)
    }
    if not parts:
        raise BenchError("no item has a base inside a site")
    if len(targets) > 1:
        parts[POOLED] = _Bases.together(list(parts.values()))
    found = []
    for name, part in parts.items():
        found.append(_recovery(name, part, len(items), draws, seed))
        progress(len(found), len(parts))
    return found


@dataclass(frozen=True, slots=True)
class _Bases:
    """Bases of all items with a site, one behind the other."""

    importance: FloatArray
    inside: Bools
    items: NDArray[np.int64]

    @classmethod
    def of(cls, items: Sequence[ItemBases], column: int) -> _Bases:
        rows = [row for row, item in enumerate(items) if item.inside[:, column].any()]
        return cls(
            np.concatenate([items[row].importance[:, column] for row in rows]).astype(np.float64),
            np.concatenate([items[row].inside[:, column] for row in rows]),
            np.repeat(rows, [len(items[row].inside) for row in rows]),
        )

    @property
    def scale(self) -> float:
        """Standard deviation of importance, 1 where it is the same everywhere."""
        return float(self.importance.std()) or 1.0

    @classmethod
    def together(cls, parts: Sequence[_Bases]) -> _Bases:
        return cls(
            np.concatenate([part.importance / part.scale for part in parts]),
            np.concatenate([part.inside for part in parts]),
            np.concatenate([part.items for part in parts]),
        )


def _recovery(target: str, bases: _Bases, items: int, draws: int, seed: int) -> Recovery:
    ranked = RankedBases(bases.importance, bases.inside, bases.items)
    values, at_equal, at_f1 = ranked.scores(np.ones(items))
    drawn = np.stack([ranked.scores(weights)[0] for weights in item_draws(items, draws, seed)])
    estimates = [estimate(value, column) for value, column in zip(values, drawn.T, strict=True)]
    auroc, auprc, equal, precision, recall, f1 = estimates
    return Recovery(
        target=target,
        items=len(np.unique(bases.items)),
        bases=len(bases.inside),
        prevalence=float(bases.inside.mean()),
        auroc=auroc,
        auprc=auprc,
        equal=equal,
        precision=precision,
        recall=recall,
        f1=f1,
        equal_threshold=float(at_equal),
        f1_threshold=float(at_f1),
    )


def estimate(value: float, drawn: NDArray[np.float64]) -> Estimate:
    """Add the 95 % interval of draws, of which NaN are left out."""
    known = drawn[~np.isnan(drawn)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return Estimate(float(value), float(low), float(high))

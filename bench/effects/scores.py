"""How what a model predicts of two alleles becomes one number.

Every score but `l2` is positive where the alternative allele is more active, changes its sign where
the alleles are swapped, and is 0 where they are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.card import Output, TaskKind
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray

SMALLEST_PROBABILITY = 1e-7
"""Probabilities nearer to 0 or 1 are taken as that far from it: float32 holds no nearer to 1."""
PSEUDOCOUNT = 1.0
"""Added to both alleles' rates of a ratio, so that places without signal have no effect."""


class Score(StrEnum):
    """A way to compare two alleles."""

    DIFFERENCE = "difference"
    """Alternative less reference, in the unit of predictions; sums over bins of profiles. Of an SVM
    it is its deltaSVM up to the norm of both sequences."""
    LOG_ODDS = "log-odds"
    """Difference of the logarithms of the odds of probabilities, natural, as DeepSEA's log fold
    change of odds (Zhou and Troyanskaya 2015)."""
    LOG_RATIO = "log-ratio"
    """Logarithm to base 2 of the ratio of rates, each plus one, of sums over bins."""
    L2 = "l2"
    """Root of the sum of squared differences over bins, never negative, as in Enformer's and
    Borzoi's scores of variants."""


def default_score(kind: TaskKind, output: Output) -> Score:
    """Return the score that fits what a model predicts."""
    if kind is TaskKind.PROFILE:
        return Score.LOG_RATIO
    return Score.LOG_ODDS if output is Output.PROBABILITY else Score.DIFFERENCE


def fits(score: Score, kind: TaskKind, output: Output) -> bool:
    """Tell whether a score means something for such predictions."""
    if score is Score.LOG_ODDS:
        return output is Output.PROBABILITY
    return score is Score.DIFFERENCE or kind is TaskKind.PROFILE


def refuse_unfit(score: Score, kind: TaskKind, output: Output) -> None:
    """Refuse a score that means nothing for such predictions.

    Raises:
        BenchError: it does not fit.
    """
    if not fits(score, kind, output):
        words = ", ".join(word for word in Score if fits(word, kind, output))
        raise BenchError(
            f"score {score!s} does not fit predictions that are a {output!s} of a {kind!s} task; "
            f"expected one of {words}"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scores of pairs of alleles, `(n, targets)`, with what each allele was predicted."""

    scores: FloatArray
    references: FloatArray
    alternatives: FloatArray


def compare(score: Score, references: FloatArray, alternatives: FloatArray) -> Comparison:
    """Compare predictions of both alleles.

    Args:
        score: how.
        references: `(n, targets)`, or `(n, bins, targets)` of profiles.
        alternatives: likewise.
    """
    before = np.asarray(references, dtype=np.float64)
    after = np.asarray(alternatives, dtype=np.float64)
    values = SCORES[score](before, after)
    return Comparison(values, _over_bins(before), _over_bins(after))


def _over_bins(predictions: FloatArray) -> FloatArray:
    summed: FloatArray = predictions.sum(axis=1) if predictions.ndim == 3 else predictions
    return summed


def _difference(before: FloatArray, after: FloatArray) -> FloatArray:
    return _over_bins(after) - _over_bins(before)


def _log_odds(before: FloatArray, after: FloatArray) -> FloatArray:
    low, high = SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY
    odds = [np.clip(one, low, high) for one in (before, after)]
    change: FloatArray = np.log(odds[1] / (1 - odds[1])) - np.log(odds[0] / (1 - odds[0]))
    return change


def _log_ratio(before: FloatArray, after: FloatArray) -> FloatArray:
    rates = [np.maximum(_over_bins(one), 0.0) + PSEUDOCOUNT for one in (before, after)]
    change: FloatArray = np.log2(rates[1]) - np.log2(rates[0])
    return change


def _l2(before: FloatArray, after: FloatArray) -> FloatArray:
    change = after - before
    inner = tuple(range(1, change.ndim - 1))
    size: FloatArray = np.sqrt((change**2).sum(axis=inner))
    return size


SCORES: dict[Score, Callable[[FloatArray, FloatArray], FloatArray]] = {
    Score.DIFFERENCE: _difference,
    Score.LOG_ODDS: _log_odds,
    Score.LOG_RATIO: _log_ratio,
    Score.L2: _l2,
}

"""Scales on which scores spread evenly, so that an interval may be symmetric there.

An interval that is made on such a scale and carried back lies within the metric's range.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

LARGEST = 700.0
"""Exponents beyond this overflow float64."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A rising function of a score, its inverse and its derivative, for scores inside a range.

    `low` and `high` are the limits of the score; `forward` is only called between them.
    """

    forward: Callable[[float], float]
    inverse: Callable[[float], float]
    slope: Callable[[float], float]
    low: float = -math.inf
    high: float = math.inf


def _logit(score: float) -> float:
    return math.log(score) - math.log1p(-score)


def _logistic(scaled: float) -> float:
    return 1 / (1 + math.exp(min(-scaled, LARGEST)))


def _minus_log_rest(score: float) -> float:
    return -math.log1p(-score)


def _one_less_exp(scaled: float) -> float:
    return -math.expm1(min(-scaled, LARGEST))


PLAIN = Scale(lambda score: score, lambda scaled: scaled, lambda _: 1.0)
"""The score itself, for a metric of which nothing is known."""

LOGIT = Scale(_logit, _logistic, lambda score: 1 / (score * (1 - score)), 0.0, 1.0)
"""Log odds, for areas between 0 and 1."""

FISHER = Scale(math.atanh, math.tanh, lambda score: 1 / (1 - score * score), -1.0, 1.0)
"""Fisher's z, for correlations."""

LOG_REST = Scale(_minus_log_rest, _one_less_exp, lambda score: 1 / (1 - score), high=1.0)
"""Minus the log of what is left unexplained, for R2."""

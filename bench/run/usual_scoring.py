"""How a row of a suite scores variants, and whether that is as usual."""

from __future__ import annotations

from bench.run.result import AlleleScoring
from bench.run.suite import SuiteModel


def scoring_of(model: SuiteModel) -> AlleleScoring:
    """Return how a row of a suite scores variants."""
    usual = SuiteModel(name=model.name)
    words = ("fitted_on", "score", "reduction")
    return AlleleScoring(
        fitted_on=model.fitted_on,
        score=model.score,
        reduction=model.reduction,
        is_usual=all(getattr(model, word) == getattr(usual, word) for word in words),
    )

"""Ranks that models share where they cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from bench.metrics.verdict import Call

Name = TypeVar("Name")

TURNED = {Call.BETTER: Call.WORSE, Call.WORSE: Call.BETTER}
"""How a comparison ended for the second model, where that is not the same as for the first."""


def shared_ranks(
    scores: Mapping[Name, float], calls: Mapping[tuple[Name, Name], Call]
) -> dict[Name, int | None]:
    """Rank models: 1 + the number of models that are significantly better.

    Args:
        scores: of all models, turned so that higher is better.
        calls: how the comparison of a pair ended, the first against the second; each pair once.

    Returns:
        None for a model that was tested against no other, and for one that has a lower score than
        another with no test between the two: its rank may be lower.
    """
    return {name: _rank(name, scores, list(_seen_from(name, calls))) for name in scores}


def _seen_from(name: Name, calls: Mapping[tuple[Name, Name], Call]) -> Iterable[tuple[Name, Call]]:
    for (first, second), called in calls.items():
        if first == name:
            yield second, called
        elif second == name:
            yield first, TURNED.get(called, called)


def _rank(name: Name, scores: Mapping[Name, float], seen: list[tuple[Name, Call]]) -> int | None:
    tested = any(called is not Call.NONE for _, called in seen)
    open_above = any(called is Call.NONE and scores[other] > scores[name] for other, called in seen)
    if not tested or open_above:
        return None
    return 1 + sum(called is Call.WORSE for _, called in seen)

"""Ranks that models share where they cannot be told apart.

A model is behind all that are told to be better than it, and behind all that those are behind: if
A is better than B and B than C, then A is better than C, whether or not a test of these two alone
says so. So a model that is told to be better than another always has the better rank, and what
follows from tests is wrong in no more families than the tests are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from bench.metrics.verdict import Call

Name = TypeVar("Name")


def shared_ranks(
    scores: Mapping[Name, float], calls: Mapping[tuple[Name, Name], Call]
) -> dict[Name, int | None]:
    """Rank models: 1 + the number of models that are significantly better, see `ahead`.

    Args:
        scores: of all models, turned so that higher is better.
        calls: how the comparison of a pair ended, the first against the second; each pair once. A
            pair that is not there has no test.

    Returns:
        None for a model that was tested against no other, and for one whose rank a test that is
        missing might change: it, or one that is ahead of it, has a lower score than a model that
        it was not tested against and that is not known to be ahead.
    """
    tested = _tested(calls)
    better = ahead(calls)
    return {
        name: 1 + len(better.get(name, ()))
        if tested.get(name) and _is_settled(name, scores, tested, better)
        else None
        for name in scores
    }


def ahead(calls: Mapping[tuple[Name, Name], Call]) -> dict[Name, frozenset[Name]]:
    """Return for each model those that are better, as was told directly or follows from it.

    Args:
        calls: as for `shared_ranks`.
    """
    told: dict[Name, set[Name]] = {name: set() for pair in calls for name in pair}
    for (first, second), called in calls.items():
        if called is Call.BETTER:
            told[second].add(first)
        elif called is Call.WORSE:
            told[first].add(second)
    return {name: _reached(name, told) for name in told}


def _reached(name: Name, told: Mapping[Name, set[Name]]) -> frozenset[Name]:
    found: set[Name] = set()
    left = list(told[name])
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left.extend(told[one])
    return frozenset(found - {name})


def _tested(calls: Mapping[tuple[Name, Name], Call]) -> dict[Name, set[Name]]:
    """Return for each model those that it was tested against."""
    tested: dict[Name, set[Name]] = {}
    for (first, second), called in calls.items():
        if called is not Call.NONE:
            tested.setdefault(first, set()).add(second)
            tested.setdefault(second, set()).add(first)
    return tested


def _is_settled(
    name: Name,
    scores: Mapping[Name, float],
    tested: Mapping[Name, set[Name]],
    better: Mapping[Name, frozenset[Name]],
) -> bool:
    """Whether no test that is missing could put another model ahead."""
    known = better[name] | {name}
    return not any(
        scores[other] > scores[one] and other not in tested.get(one, ())
        for one in known
        for other in scores.keys() - known
    )

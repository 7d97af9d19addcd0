"""Ranks that follow from the comparisons of pairs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bench.metrics.ranks import ahead, shared_ranks
from bench.metrics.verdict import Call

UNTOLD = (Call.OPEN, Call.EQUIVALENT)


@st.composite
def studies(draw, missing=(Call.NONE,)):
    """Scores of up to eight models, and calls that contradict no order of scores."""
    values = draw(st.lists(st.integers(0, 5), min_size=1, max_size=8))
    scores = {f"m{place}": float(value) for place, value in enumerate(values)}
    calls = {}
    for pair in combinations(scores, 2):
        first, second = draw(st.permutations(pair))
        possible = [*UNTOLD, *missing]
        if scores[first] != scores[second]:
            higher = scores[first] > scores[second]
            possible += [Call.BETTER if higher else Call.WORSE] * 3
        calls[first, second] = draw(st.sampled_from(possible))
    return scores, calls


def told(calls):
    """Pairs, the better model first."""
    for (first, second), called in calls.items():
        if called in {Call.BETTER, Call.WORSE}:
            yield (first, second) if called is Call.BETTER else (second, first)


def test_ranks_count_the_models_that_are_better():
    scores = {"a": 0.9, "b": 0.88, "c": 0.8, "d": 0.5}
    calls = {
        ("a", "b"): Call.OPEN, ("a", "c"): Call.BETTER, ("b", "c"): Call.EQUIVALENT,
        ("d", "a"): Call.WORSE, ("d", "b"): Call.WORSE, ("c", "d"): Call.BETTER,
    }  # fmt: skip
    assert shared_ranks(scores, calls) == {"a": 1, "b": 1, "c": 2, "d": 4}


def test_what_follows_from_two_pairs_counts():
    """Without it b, told to be better than c, would share rank 2 with it."""
    scores = {"a": 0.9, "b": 0.8, "c": 0.7}
    calls = {("a", "b"): Call.BETTER, ("b", "c"): Call.BETTER, ("a", "c"): Call.OPEN}
    assert ahead(calls) == {"a": frozenset(), "b": {"a"}, "c": {"a", "b"}}
    assert shared_ranks(scores, calls) == {"a": 1, "b": 2, "c": 3}


@given(studies())
def test_no_told_pair_has_its_ranks_turned(study):
    scores, calls = study
    ranks = shared_ranks(scores, calls)
    for better, worse in told(calls):
        if ranks[better] is not None and ranks[worse] is not None:
            assert ranks[better] < ranks[worse]


@given(studies(missing=()))
def test_with_all_tests_every_model_is_ranked_by_the_paths_to_it(study):
    scores, calls = study
    names = list(scores)
    paths = np.eye(len(names), dtype=int)
    for better, worse in told(calls):
        paths[names.index(better), names.index(worse)] = 1
    reached = np.linalg.matrix_power(paths, len(names)) > 0
    expected = dict(zip(names, reached.sum(axis=0).tolist(), strict=True))
    found = shared_ranks(scores, calls)
    assert found == (expected if len(names) > 1 else {"m0": None})
    assert min((rank for rank in found.values() if rank), default=1) == 1


@given(studies(), st.data())
def test_a_rank_holds_whatever_the_missing_tests_would_have_told(study, data):
    scores, calls = study
    ranks = shared_ranks(scores, calls)
    made = dict(calls)
    for (first, second), called in calls.items():
        if called is Call.NONE:
            found = [Call.OPEN]
            if scores[first] != scores[second]:
                found.append(Call.BETTER if scores[first] > scores[second] else Call.WORSE)
            made[first, second] = data.draw(st.sampled_from(found))
    later = shared_ranks(scores, made)
    for name, rank in ranks.items():
        assert rank is None or later[name] == rank


@given(studies())
def test_a_pair_that_is_not_there_has_no_test(study):
    scores, calls = study
    made = {pair: called for pair, called in calls.items() if called is not Call.NONE}
    assert shared_ranks(scores, made) == shared_ranks(scores, calls)


def test_a_model_below_one_that_it_was_not_tested_against_has_no_rank():
    scores = {"perfect": 1.0, "good": 0.9, "constant": 0.5}
    calls = {
        ("perfect", "good"): Call.OPEN, ("perfect", "constant"): Call.NONE,
        ("good", "constant"): Call.BETTER,
    }  # fmt: skip
    assert shared_ranks(scores, calls) == {"perfect": 1, "good": 1, "constant": None}
    # That it is below is told by the third.
    calls["perfect", "good"] = Call.BETTER
    assert shared_ranks(scores, calls) == {"perfect": 1, "good": 2, "constant": 3}


def test_a_model_below_one_without_any_test_has_no_rank():
    scores = {"unread": 0.95, "a": 0.9, "b": 0.8}
    calls = {("a", "b"): Call.BETTER}
    assert shared_ranks(scores, calls) == {"unread": None, "a": None, "b": None}
    assert shared_ranks({**scores, "unread": 0.85}, calls)["a"] == 1


def test_nothing_tested_nothing_ranked():
    assert shared_ranks({"a": 1.0, "b": 0.5}, {("a", "b"): Call.NONE}) == {"a": None, "b": None}
    assert shared_ranks({"a": 1.0}, {}) == {"a": None}


def test_what_might_be_ahead_of_one_that_is_ahead():
    """B was never tested against A, which is better than C: both may move."""
    scores = {"b": 3.0, "a": 2.0, "c": 1.0}
    calls = {("a", "c"): Call.BETTER, ("b", "c"): Call.OPEN}
    assert shared_ranks(scores, calls) == {"b": 1, "a": None, "c": None}

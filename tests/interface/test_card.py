from __future__ import annotations

import pytest

from bench.interface import BenchError, ModelCard, Output, Preset, StrandPolicy, TaskKind

FACTS = {
    "name": "mine",
    "summary": "Mine",
    "family": "test",
    "paper": "unpublished",
    "year": None,
    "tasks": {TaskKind.CLASSIFICATION: Output.MARGIN},
    "strands": StrandPolicy.GIVEN,
    "presets": {"default": Preset()},
    "interface_version": 1,
}


def test_plain_words_stand_for_members():
    card = ModelCard(**FACTS | {"tasks": {"regression": "value"}, "strands": "averaged"})
    assert list(card.tasks.items()) == [(TaskKind.REGRESSION, Output.VALUE)]
    assert next(iter(card.tasks)) is TaskKind.REGRESSION
    assert card.strands is StrandPolicy.AVERAGED


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tasks": {"ranking": "value"}}, "'ranking' is no TaskKind; expected one of classific"),
        ({"tasks": {"regression": "number"}}, "'number' is no Output; expected one of margin"),
        ({"strands": "both"}, "model mine: 'both' is no StrandPolicy; expected one of invariant"),
        ({"reads": "bases"}, "'bases' is no Reads"),
        ({"unknown_bases": "none"}, "'none' is no UnknownBases"),
    ],
)
def test_words_that_mean_nothing(change, message):
    with pytest.raises(BenchError, match=message):
        ModelCard(**FACTS | change)

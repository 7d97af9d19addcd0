from __future__ import annotations

import numpy as np
import pytest

from bench.data.examples import ArrayExamples
from bench.effects.alleles import AlleleWindow, candidates, predicted_effects, reduced
from bench.effects.predictor import AllelePredictor
from bench.effects.scores import Score
from bench.interface.context import silent
from bench.interface.errors import BenchError
from tests.effects.allele_models import SHAPE, Linear

WINDOW = AlleleWindow(20, 20)
EFFECTS = np.array([[1.0, -3.0], [0.5, 0.25], [0.0, 0.0]])


@pytest.mark.parametrize(
    ("reduction", "targets", "expected"),
    [
        ("matching", ("two",), [[-3], [0.25], [0]]),
        ("matching", ("two", "one"), [[-3, 1], [0.25, 0.5], [0, 0]]),
        ("matching", ("other", "one"), [[-1, 1], [0.375, 0.5], [0, 0]]),
        ("matching", ("other",), [[-1], [0.375], [0]]),
        ("mean", ("two",), [[-1], [0.375], [0]]),
        ("largest", ("a", "b"), [[-3, -3], [0.5, 0.5], [0, 0]]),
        ("one", ("a",), [[1], [0.5], [0]]),
    ],
)
def test_targets_of_a_model_become_those_of_a_task(reduction, targets, expected):
    np.testing.assert_allclose(reduced(EFFECTS, ("one", "two"), reduction, targets), expected)


def test_a_reduction_that_is_none():
    with pytest.raises(BenchError, match=r"no reduction or target 'meen'.*mean"):
        reduced(EFFECTS, ("one", "two"), "meen", ("a",))


def pairs(count=30, length=20):
    rng = np.random.default_rng(7)
    references = rng.integers(0, 4, (count, length), dtype=np.uint8)
    alternatives = references.copy()
    places = rng.integers(0, length, count)
    alternatives[np.arange(count), places] = (references[np.arange(count), places] + 1) % 4
    return references, alternatives


def test_effects_are_differences_of_predictions(monkeypatch):
    monkeypatch.setattr("bench.effects.alleles.MOST_AT_ONCE", 7)
    references, alternatives = pairs()
    model = Linear()
    predictor = AllelePredictor(model, SHAPE, both_strands=False)
    examples = ArrayExamples(references, alternatives=list(alternatives))
    found = predicted_effects(predictor, examples, WINDOW, [Score.DIFFERENCE], silent)
    expected = [
        model.weights[place, after] - model.weights[place, before]
        for before_row, after_row in zip(references, alternatives, strict=True)
        for place in np.flatnonzero(before_row != after_row)
        for before, after in [(before_row[place], after_row[place])]
    ]
    np.testing.assert_allclose(found[Score.DIFFERENCE], expected)
    swapped = ArrayExamples(alternatives, alternatives=list(references))
    back = predicted_effects(predictor, swapped, WINDOW, [Score.DIFFERENCE], silent)
    np.testing.assert_allclose(back[Score.DIFFERENCE], -found[Score.DIFFERENCE])
    same = ArrayExamples(references, alternatives=list(references))
    none = predicted_effects(predictor, same, WINDOW, [Score.DIFFERENCE], silent)
    assert (none[Score.DIFFERENCE] == 0).all()


def test_no_variants_have_no_effects():
    predictor = AllelePredictor(Linear(), SHAPE)
    empty = ArrayExamples([], alternatives=[])
    found = predicted_effects(predictor, empty, WINDOW, [Score.DIFFERENCE], silent)
    assert found[Score.DIFFERENCE].shape == (0, 2)


def test_what_validation_chooses_from():
    predictor = AllelePredictor(Linear(), SHAPE)
    (only,) = candidates(predictor, None, "mean")
    assert str(only) == "difference mean"
    every = [str(one) for one in candidates(predictor, None, "validation")]
    assert every == [f"difference {way}" for way in ("matching", "mean", "largest", "one", "two")]


def test_no_more_bases_are_shown_than_there_were():
    codes = np.array([[0, 1, 2], [3, 2, 1]], dtype=np.uint8)
    padded = AlleleWindow(8, 3).padded(codes)
    assert padded.tolist() == [[4, 4, 4, 0, 1, 2, 4, 4], [4, 4, 4, 3, 2, 1, 4, 4]]
    assert AlleleWindow(3, 3).padded(codes) is codes


def test_what_is_left_of_rounding_is_no_effect():
    references, alternatives = pairs(6)
    model = Linear()
    predictor = AllelePredictor(model, SHAPE, both_strands=False)
    model.weights = model.weights * 1e-15
    examples = ArrayExamples(references, alternatives=list(alternatives))
    found = predicted_effects(predictor, examples, WINDOW, [Score.DIFFERENCE], silent)
    assert (found[Score.DIFFERENCE] == 0).all()

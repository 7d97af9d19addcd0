"""Importance of the middle bases of items, against weights that are known."""

from __future__ import annotations

import numpy as np
from allele_models import SHAPE, Linear, Quick

from bench.data.examples import ArrayExamples
from bench.effects import importance as module
from bench.effects.importance import changed_sizes, importances
from bench.effects.predictor import AllelePredictor
from bench.effects.scores import Score


def expected(model, window):
    weights = model.weights[np.arange(len(window)), window]
    return (4 * weights - model.weights.sum(axis=1)) / 3


def test_bases_of_an_item_in_a_longer_window():
    model = Quick(20)
    predictor = AllelePredictor(model, SHAPE, both_strands=False)
    codes = np.random.default_rng(0).integers(0, 4, (3, 11), dtype=np.uint8)
    examples = ArrayExamples(codes)
    found = list(importances(predictor, examples, 20, Score.DIFFERENCE))
    for one, window in zip(found, examples.windows(20), strict=True):
        known = np.where(window < 4, window, 0)
        # An item of 11 bp stands at 10 - 5.
        np.testing.assert_allclose(one, expected(model, known)[5:16], atol=1e-12)


def test_a_shorter_window_is_changed_whole():
    model = Linear(8)
    predictor = AllelePredictor(model, SHAPE, both_strands=False)
    examples = ArrayExamples(np.random.default_rng(1).integers(0, 4, (2, 13), dtype=np.uint8))
    found = list(importances(predictor, examples, 8, Score.DIFFERENCE))
    for one, window in zip(found, examples.windows(8), strict=True):
        np.testing.assert_allclose(one, expected(model, window), atol=1e-12)


def test_whole_items_have_lengths_of_their_own(monkeypatch):
    model = Linear(20)
    predictor = AllelePredictor(model, SHAPE, both_strands=False)
    sequences = [np.zeros(length, dtype=np.uint8) for length in (4, 9)]
    found = list(importances(predictor, ArrayExamples(sequences), None, Score.DIFFERENCE))
    assert [one.shape for one in found] == [(4, 2), (9, 2)]
    monkeypatch.setattr(module, "MOST_BASES", 6)
    found = list(importances(predictor, ArrayExamples(sequences), None, Score.DIFFERENCE))
    assert [one.shape for one in found] == [(4, 2), (6, 2)]


def test_no_more_bases_are_changed_than_are_read_or_bearable():
    lengths = np.array([50, 200, 16_384])
    assert changed_sizes(lengths, 100).tolist() == [50, 100, 100]
    assert changed_sizes(lengths, 32_768).tolist() == [50, 200, 2000]
    assert changed_sizes(lengths, None).tolist() == [50, 200, 2000]

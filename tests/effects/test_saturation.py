"""Saturation mutagenesis against effects that are told by hand."""

from __future__ import annotations

import numpy as np
import pytest
from allele_models import SHAPE, Linear, Quick, card

from bench.data.alphabet import N, encode, reverse_complement
from bench.data.fasta import FastaRecord
from bench.effects.predictor import AllelePredictor
from bench.effects.saturation import deletions, insertions, length_changes, substitutions
from bench.effects.scores import Score
from bench.effects.stretches import Stretch
from bench.interface import BenchError, StrandPolicy

WINDOW = encode("ACGTTGCAAGTCCATGACCN")


@pytest.mark.parametrize("model", [Linear(), Quick()])
@pytest.mark.parametrize("naive", [True, False])
def test_effects_are_differences_of_weights(model, naive):
    predictor = AllelePredictor(model, SHAPE, both_strands=False)
    found = substitutions(predictor, WINDOW, 2, 20, Score.DIFFERENCE, naive=naive)
    assert found.scores.shape == (18, 4, 2)
    expected = model.weights[2:] - model.weights[np.arange(2, 19), WINDOW[2:19]][-1]
    expected[:17] = model.weights[2:19] - model.weights[np.arange(2, 19), WINDOW[2:19]][:, None]
    assert found.scores[:17] == pytest.approx(expected[:17])
    # What would replace an N is not known to be a change.
    assert np.isnan(found.scores[17]).all()
    assert np.array_equal(found.scores[np.arange(17), WINDOW[2:19]], np.zeros((17, 2)))
    assert found.importance[:17] == pytest.approx(-expected[:17].sum(axis=1) / 3)
    assert np.array_equal(found.importance[17], [0.0, 0.0])


@pytest.mark.parametrize("kind", [Linear, Quick])
def test_both_strands_are_averaged_where_the_model_reads_one(kind):
    predictor = AllelePredictor(kind(), SHAPE)
    assert predictor.averages
    whole = encode("ACGTTGCAAGTCCATGACCA")
    there = substitutions(predictor, whole, 0, 20, Score.DIFFERENCE).scores
    back = substitutions(predictor, reverse_complement(whole), 0, 20, Score.DIFFERENCE).scores
    assert there == pytest.approx(back[::-1, ::-1])
    alike = kind()
    alike.card = card(StrandPolicy.INVARIANT)
    assert not AllelePredictor(alike, SHAPE).averages


def test_a_model_with_a_way_of_its_own_is_asked_for_no_prediction():
    model = Quick()
    predictor = AllelePredictor(model, SHAPE, both_strands=False)
    substitutions(predictor, WINDOW, 0, 20, Score.DIFFERENCE)
    assert model.calls == 0


def test_targets_that_are_asked_for():
    model = Quick()
    both = AllelePredictor(model, SHAPE, both_strands=False)
    one = AllelePredictor(model, SHAPE, both_strands=False, only=("two",))
    assert one.targets == ("two",)
    for naive in (True, False):
        every = substitutions(both, WINDOW, 0, 20, Score.DIFFERENCE, naive=naive).scores
        second = substitutions(one, WINDOW, 0, 20, Score.DIFFERENCE, naive=naive).scores
        np.testing.assert_allclose(second[..., 0], every[..., 1])
    with pytest.raises(BenchError, match="no target 'tow'; did you mean 'two'"):
        AllelePredictor(model, SHAPE, only=("tow",))
    with pytest.raises(BenchError, match="no head 'other', expected one of default"):
        AllelePredictor(model, SHAPE, "other")


def test_the_table_has_every_change_once():
    predictor = AllelePredictor(Linear(), SHAPE, both_strands=False)
    found = substitutions(predictor, WINDOW, 10, 20, Score.DIFFERENCE)
    table = found.table(("one", "two"), first=101)
    assert len(table) == 27
    assert not table.duplicated(["position", "alt"]).any()
    assert (table["ref"] != table["alt"]).all()
    row = table[(table["position"] == 101) & (table["alt"] == "A")].iloc[0]
    assert row["ref"] == "T"
    assert row["two"] == pytest.approx(found.scores[0, 0, 1])


def test_deletions_let_in_what_stands_behind():
    model = Linear()
    predictor = AllelePredictor(model, SHAPE, both_strands=False)
    around = np.concatenate([WINDOW[:19], encode("AGT")])
    assert [change.place for change in deletions(around, 5, 12, 2, 20)] == [*range(5, 12)]
    changes = list(deletions(around, 5, 12, 2, 12))
    assert [change.place for change in changes] == [5, 6, 7, 8, 9, 10]
    assert changes[0].ref == "GC"
    changes += insertions(5, 7, "TT")
    scores = length_changes(predictor, around, 20, changes, Score.DIFFERENCE)
    for change, score in zip(changes, scores, strict=True):
        kept = [*around[: change.place], *encode(change.alt)]
        changed = np.array([*kept, *around[change.place + len(change.ref) :]][:20], np.uint8)
        before, after = (
            sum(model.weights[place, code] for place, code in enumerate(codes) if code < N)
            for codes in (around[:20], changed)
        )
        assert score == pytest.approx(after - before)


@pytest.mark.parametrize("size", [1, 7, 20, 21, 53])
def test_windows_make_up_the_stretch(size):
    codes = np.random.default_rng(size).integers(0, 4, size).astype(np.uint8)
    stretch = Stretch.of_record(FastaRecord("one", "one", codes, 1))
    windows = list(stretch.windows(20, behind=2))
    parts = [window.codes[window.start : window.end] for window in windows]
    assert np.array_equal(np.concatenate(parts), codes)
    assert [window.first for window in windows] == np.cumsum([0, *(len(part) for part in parts)])[
        :-1
    ].tolist()
    padded = np.pad(codes, 50, constant_values=N)
    for window in windows:
        assert len(window.codes) == 22
        begin = 50 + window.first - window.start
        assert np.array_equal(window.codes, padded[begin : begin + 22])
    (whole,) = stretch.windows(None)
    assert np.array_equal(whole.codes, codes)

"""Cases that the interface was tried against, in the words of `docs/explanation/interface.md`."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

from bench.data.examples import ArrayExamples
from bench.interface import (
    BenchError,
    FitContext,
    HeadShape,
    Model,
    ModelCard,
    Output,
    Preset,
    StrandPolicy,
    TaskKind,
    TaskShape,
)


def make_card(**rest):
    facts = {
        "name": "hard",
        "summary": "s",
        "family": "f",
        "paper": "p",
        "year": 2026,
        "tasks": {TaskKind.CLASSIFICATION: Output.VALUE},
        "strands": StrandPolicy.GIVEN,
        "presets": {"only": Preset()},
        "interface_version": 1,
    }
    return ModelCard(**{**facts, **rest})


def context(tmp_path, heads=None, **rest):
    heads = heads or {"default": HeadShape(targets=("y",))}
    shape = TaskShape(kind=TaskKind.CLASSIFICATION, heads=heads)
    return FitContext(shape=shape, seed=0, scratch=tmp_path, **rest)


@pytest.fixture
def sequences():
    return np.random.default_rng(0).integers(0, 4, (12, 40), dtype=np.uint8)


class OneLine(Model):
    """Saves nothing, so that each case below is as short as it can be."""

    def save(self, folder):
        """Nothing was learnt."""

    @classmethod
    def load(cls, folder, context):
        return cls()


class Coordinates(OneLine):
    card = make_card(uses_coordinates=True)

    def fit(self, train, valid, context):
        self.mean = pd.Series(train.targets()[:, 0]).groupby(train.items["chrom"]).mean()

    def predict(self, examples, head="default"):
        return self.mean[examples.items["chrom"]].to_numpy()[:, None]


def test_a_model_of_coordinates_alone(sequences, tmp_path):
    items = pd.DataFrame({"item": list("abcdefghijkl"), "chrom": ["x", "y"] * 6})
    targets = np.array([[0.0], [1.0]] * 6, dtype=np.float32)
    model = Coordinates()
    model.fit(
        ArrayExamples(sequences, targets, items), ArrayExamples(sequences[:0]), context(tmp_path)
    )
    assert np.array_equal(model.predict(ArrayExamples(sequences, None, items)), targets)
    with pytest.raises(BenchError, match="uses_coordinates"):
        ArrayExamples(sequences).items


class External(OneLine):
    card = make_card(uses_coordinates=True)

    def __init__(self, scores="scores.tsv"):
        self.scores = scores

    def fit(self, train, valid, context):
        self.table = pd.read_csv(self.scores, sep="\t", index_col="item")["score"]

    def predict(self, examples, head="default"):
        return self.table[examples.items["item"]].to_numpy()[:, None]


def test_external_scores_are_a_model(sequences, tmp_path):
    pd.DataFrame({"item": ["b", "a"], "score": [2.0, 1.0]}).to_csv(tmp_path / "s.tsv", sep="\t")
    model = External(str(tmp_path / "s.tsv"))
    model.fit(ArrayExamples(sequences), ArrayExamples(sequences), context(tmp_path))
    items = pd.DataFrame({"item": ["a", "b"]})
    assert model.predict(ArrayExamples(sequences[:2], None, items)).tolist() == [[1], [2]]


class TwoSpecies(OneLine):
    card = make_card()

    def fit(self, train, valid, context):
        self.means = {
            head: train.of_head(head).targets(head).mean(axis=(0, 1))
            for head in context.shape.heads
        }

    def predict(self, examples, head="default"):
        bins = 4
        return np.broadcast_to(self.means[head], (len(examples), bins, len(self.means[head])))


def test_human_and_mouse_heads_with_profiles(sequences, tmp_path):
    heads = {
        "human": HeadShape(targets=("a", "b", "c"), genome="hg38", bins=4, bin_width=8),
        "mouse": HeadShape(targets=("a", "b"), genome="mm10", bins=4, bin_width=8),
    }
    targets = {
        "human": np.ones((12, 4, 3), dtype=np.float32),
        "mouse": np.zeros((12, 4, 2), dtype=np.float32),
    }
    train = ArrayExamples(sequences, targets)
    model = TwoSpecies()
    model.fit(train, train, context(tmp_path, heads))
    assert model.predict(train, "human").shape == (12, 4, 3)
    assert model.predict(train, "mouse").shape == (12, 4, 2)
    assert model.predict(train, "human").max() == 1


class Above(OneLine):
    card = make_card(
        upstream=("chromatin",), presets={"only": Preset(settings={"chromatin": "hard"})}
    )

    def fit(self, train, valid, context):
        below = context.upstream["chromatin"].predict(train)
        self.scale = float(train.targets().mean() / below.mean())
        self.below = context.upstream["chromatin"]

    def predict(self, examples, head="default"):
        return self.scale * self.below.predict(examples)


class Count(OneLine):
    card = make_card()

    def fit(self, train, valid, context):
        context.log.info("counting")

    def predict(self, examples, head="default"):
        return (examples.windows() == 0).mean(axis=1)[:, None]


def test_a_model_stands_on_another(sequences, tmp_path, caplog):
    train = ArrayExamples(sequences, np.ones((12, 1), dtype=np.float32))
    below = Count()
    with caplog.at_level(logging.INFO, logger="bench"):
        below.fit(train, train, context(tmp_path))
    assert "counting" in caplog.text
    above = Above()
    above.fit(train, train, context(tmp_path, upstream={"chromatin": below}))
    assert above.predict(train).mean() == pytest.approx(1)


def test_an_upstream_that_is_no_setting_is_refused():
    with pytest.raises(BenchError, match="is no setting of every preset"):
        make_card(upstream=("chromatin",))


def test_shift_augmentation_reads_real_flanks(sequences):
    examples = ArrayExamples(sequences)
    shifts = np.arange(-6, 6)
    windows = examples.windows(20, shifts)
    for row, shift in enumerate(shifts):
        assert np.array_equal(windows[row], sequences[row, 10 + shift : 30 + shift])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Not A Name"}, "expected lower-case"),
        ({"name": "two--hyphens"}, "expected lower-case"),
        ({"tasks": {}}, "names no task kind"),
        ({"presets": {}}, "has no preset"),
    ],
)
def test_a_card_that_cannot_be_used_is_refused(change, message):
    with pytest.raises(BenchError, match=message):
        make_card(**change)


def test_the_first_preset_is_the_default():
    card = make_card(presets={"b": Preset(), "a": Preset()})
    assert card.default_preset == "b"


def test_default_progress_reports_to_nobody(tmp_path):
    context(tmp_path).progress(1, 2, "note")
    assert context(tmp_path).shape.targets == 1


def test_lazy_names_of_the_interface():
    import bench.interface as interface

    assert interface.CodeArray is not None
    with pytest.raises(AttributeError, match="no attribute 'NoSuch'"):
        interface.NoSuch

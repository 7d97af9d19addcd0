"""Small tasks and a conformance check for the models of plugins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench.data.alphabet import encode, reverse_complement
from bench.data.examples import ArrayExamples
from bench.interface import FitContext, HeadShape, TaskKind, TaskShape

MOTIFS = (encode("TGACTCAGCA"), encode("CCACGTGAC"))


def plant(codes, rows, motif, rng):
    """Write a motif into rows of codes, anywhere and on either strand."""
    for row in rows:
        place = rng.integers(0, codes.shape[1] - len(motif) + 1)
        strand = motif if rng.random() < 0.5 else reverse_complement(motif)
        codes[row, place : place + len(motif)] = strand


class Planted:
    """Sequences of 60 to 80 bp; target t of `classes` says whether motif t was planted.

    `values` are the same with noise; both have gaps (NaN). `items` gives coordinates.
    """

    def __init__(self, count=240, seed=0):
        rng = np.random.default_rng(seed)
        codes = rng.integers(0, 4, (count, 80), dtype=np.uint8)
        truth = rng.random((count, 2)) < 0.5
        for target, motif in enumerate(MOTIFS):
            plant(codes[:, :60], np.flatnonzero(truth[:, target]), motif, rng)
        codes[::7, 40] = 4
        lengths = rng.integers(60, 81, count)
        self.sequences = [row[:length] for row, length in zip(codes, lengths, strict=True)]
        self.truth = truth.astype(np.float32)
        self.classes = self.truth.copy()
        self.values = (5 + 2 * self.truth + rng.normal(0, 0.3, truth.shape)).astype(np.float32)
        for targets in (self.classes, self.values):
            targets[::11, 0] = np.nan
        starts = np.arange(count) * 500
        self.items = pd.DataFrame(
            {
                "item": [f"item{row}" for row in range(count)],
                "chrom": np.where(np.arange(count) % 2, "chr1", "chr2"),
                "start": starts,
                "end": starts + lengths,
                "strand": ".",
            }
        )

    def examples(self, kind="classification", rows=slice(None)):
        targets = self.classes if kind == "classification" else self.values
        return ArrayExamples(self.sequences, targets, self.items)[rows]


@pytest.fixture(scope="session")
def planted():
    return Planted()


def make_context(folder, kind="classification", targets=("a", "b"), heads=None, **settings):
    heads = heads or {"default": targets}
    shapes = {head: HeadShape(targets=tuple(names)) for head, names in heads.items()}
    shape = TaskShape(kind=TaskKind(kind), heads=shapes)
    return FitContext(shape=shape, seed=0, scratch=folder, settings=settings)


@pytest.fixture
def context(tmp_path):
    return lambda *args, **settings: make_context(tmp_path, *args, **settings)


@pytest.fixture
def fitted(planted, context):
    """Fit a model class to the planted task, or to other examples."""

    def fit(model_class, kind="classification", examples=None, targets=("a", "b"), **settings):
        train = planted.examples(kind) if examples is None else examples
        model = model_class(**settings)
        model.fit(train, train[:0], context(kind, targets, **settings))
        return model

    return fit


def other_strand(examples, sequences):
    return ArrayExamples([reverse_complement(codes) for codes in sequences], None, examples.items)


def hidden(planted, rows=slice(None)):
    """Items as they are when predictions are made."""
    return ArrayExamples(planted.sequences, None, planted.items)[rows]


@pytest.fixture
def conforms(planted, fitted, context, tmp_path):
    """Check all that the interface promises of any model; returns its predictions."""

    def check(model_class, kind, **settings):
        model = fitted(model_class, kind, **settings)
        examples = hidden(planted)
        predictions = model.predict(examples)
        assert predictions.shape == (len(examples), 2)
        assert np.isfinite(predictions).all()
        # The same again: from a new fit, from the other strand, from other batches.
        again = fitted(model_class, kind, **settings)
        np.testing.assert_array_equal(again.predict(examples), predictions)
        flipped = model.predict(other_strand(examples, planted.sequences))
        # Sums along the other strand run the other way.
        np.testing.assert_allclose(flipped, predictions, rtol=1e-9)
        rows = np.array([3, 200, 77])
        np.testing.assert_allclose(model.predict(examples[rows]), predictions[rows], rtol=1e-12)
        for row in rows:
            alone = model.predict(examples[row : row + 1])
            np.testing.assert_allclose(alone[0], predictions[row], rtol=1e-12)
        assert model.predict(examples[:0]).shape == (0, 2)
        check_odd_sequences(model, planted)
        folder = tmp_path / f"saved-{kind}"
        folder.mkdir()
        model.save(folder)
        assert not list(folder.rglob("*.pkl"))
        loaded = model_class.load(folder, context(kind, **settings))
        np.testing.assert_array_equal(loaded.predict(examples), predictions)
        return predictions

    return check


def check_odd_sequences(model, planted):
    """Sequences of nothing but N, of one base, and of none are predicted all the same."""
    odd = [encode("N" * 70), encode("A"), encode(""), encode("ACGTN" * 20)]
    examples = ArrayExamples(odd, None, planted.items.iloc[: len(odd)])
    predictions = model.predict(examples)
    assert predictions.shape == (len(odd), 2)
    assert np.isfinite(predictions).all()


@pytest.fixture
def area():
    """Area under the ROC curve, by comparing all pairs."""

    def of(truth, scores):
        positives, negatives = scores[truth == 1], scores[truth == 0]
        pairs = np.sign(positives[:, None] - negatives)
        return float((pairs.mean() + 1) / 2)

    return of


@pytest.fixture(scope="session")
def nfe2(mirror):
    """The test set of LS-GKM: training and test sequences with labels."""
    from bench.data.fasta import read_fasta

    folder = mirror / "lsgkm_nfe2"

    def read(positives, negatives):
        parts = [
            [record.codes for record in read_fasta(folder / name)]
            for name in (positives, negatives)
        ]
        labels = np.repeat([1.0, 0.0], [len(part) for part in parts])[:, None]
        return ArrayExamples(parts[0] + parts[1], labels)

    return read("tr.fa", "neg.tr.fa"), read("test.fa", "neg.test.fa")

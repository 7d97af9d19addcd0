from __future__ import annotations

import logging

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

import bench.interface.estimator as module
from bench.data.examples import ArrayExamples
from bench.interface import (
    BenchError,
    EstimatorModel,
    FitContext,
    HeadShape,
    ModelCard,
    Output,
    Preset,
    StrandPolicy,
    TaskKind,
    TaskShape,
)


def card(output: Output) -> ModelCard:
    return ModelCard(
        name="composition",
        summary="",
        family="test",
        paper="",
        year=2025,
        tasks={TaskKind.CLASSIFICATION: output, TaskKind.REGRESSION: Output.VALUE},
        strands=StrandPolicy.GIVEN,
        interface_version=1,
        presets={"default": Preset(settings={"c": 1.0})},
    )


class Composition(EstimatorModel):
    """Logistic or linear regression on base frequencies."""

    card = card(Output.PROBABILITY)

    def __init__(self, *, c: float = 1.0) -> None:
        self.c = c
        self.asked: list[int] = []

    def features(self, examples):
        self.asked.append(len(examples))
        codes = examples.windows()
        return np.stack([(codes == base).mean(axis=1) for base in range(4)], axis=1)

    def estimator(self, context):
        if context.shape.kind is TaskKind.REGRESSION:
            return LinearRegression()
        return LogisticRegression(C=self.c)


class Margin(Composition):
    card = card(Output.MARGIN)


class Sparse(Composition):
    def features(self, examples):
        return csr_array(super().features(examples))


def make_context(tmp_path, kind="classification", heads=None, **settings):
    heads = heads or {"default": ("a", "b")}
    shapes = {head: HeadShape(targets=targets) for head, targets in heads.items()}
    shape = TaskShape(kind=TaskKind(kind), heads=shapes)
    return FitContext(shape=shape, seed=0, scratch=tmp_path, settings=settings)


@pytest.fixture
def codes():
    return np.random.default_rng(0).integers(0, 4, (60, 20), dtype=np.uint8)


@pytest.fixture
def classes(codes):
    counts = np.stack([(codes == 0).sum(axis=1), (codes == 1).sum(axis=1)], axis=1)
    return (counts > 5).astype(float)


def fitted(model, codes, targets, context):
    examples = ArrayExamples(codes, targets)
    model.fit(examples, examples[:0], context)
    return model


def test_probabilities_are_those_of_one_estimator_per_target(codes, classes, tmp_path):
    model = fitted(Composition(), codes, classes, make_context(tmp_path))
    predictions = model.predict(ArrayExamples(codes))
    features = model.features(ArrayExamples(codes))
    for column in range(2):
        alone = LogisticRegression().fit(features, classes[:, column])
        np.testing.assert_allclose(predictions[:, column], alone.predict_proba(features)[:, 1])


def test_margins(codes, classes, tmp_path):
    probabilities = fitted(Composition(), codes, classes, make_context(tmp_path))
    margins = fitted(Margin(), codes, classes, make_context(tmp_path))
    examples = ArrayExamples(codes)
    np.testing.assert_allclose(
        1 / (1 + np.exp(-margins.predict(examples))), probabilities.predict(examples)
    )


def test_values(codes, tmp_path):
    share = (codes == 2).mean(axis=1)
    targets = np.stack([3 * share + 1, -share], axis=1)
    model = fitted(Composition(), codes, targets, make_context(tmp_path, "regression"))
    np.testing.assert_allclose(model.predict(ArrayExamples(codes)), targets, atol=1e-6)


def test_rows_without_a_measured_target_are_left_out(codes, classes, tmp_path):
    gaps = classes.copy()
    gaps[:20, 0] = np.nan
    model = fitted(Composition(), codes, gaps, make_context(tmp_path))
    shorter = fitted(Composition(), codes[20:], classes[20:], make_context(tmp_path))
    whole = fitted(Composition(), codes, classes, make_context(tmp_path))
    examples = ArrayExamples(codes)
    np.testing.assert_allclose(model.predict(examples)[:, 0], shorter.predict(examples)[:, 0])
    np.testing.assert_allclose(model.predict(examples)[:, 1], whole.predict(examples)[:, 1])


def test_one_class_only_names_the_target(codes, classes, tmp_path):
    classes[:, 1] = 1
    with pytest.raises(BenchError, match="target 'b' has only class 1 in training, expected 0 and"):
        fitted(Composition(), codes, classes, make_context(tmp_path))


def test_no_measured_value_names_the_target(codes, classes, tmp_path):
    classes[:, 0] = np.nan
    with pytest.raises(BenchError, match="target 'a' has no measured value in training"):
        fitted(Composition(), codes, classes, make_context(tmp_path))


def test_no_items(codes, classes, tmp_path):
    with pytest.raises(BenchError, match="there are no training items"):
        fitted(Composition(), codes[:0], classes[:0], make_context(tmp_path))


@pytest.mark.parametrize("kind", [Composition, Sparse])
def test_features_are_computed_in_batches(codes, classes, tmp_path, monkeypatch, kind):
    whole = fitted(kind(), codes, classes, make_context(tmp_path))
    monkeypatch.setattr(module, "BATCH_BASES", 500)
    parts = fitted(kind(), codes, classes, make_context(tmp_path))
    assert whole.asked == [60]
    assert parts.asked == [25, 25, 10]
    examples = ArrayExamples(codes)
    np.testing.assert_allclose(parts.predict(examples), whole.predict(examples))


def test_heads_are_fitted_apart(codes, classes, tmp_path):
    context = make_context(tmp_path, heads={"default": ("a", "b"), "other": ("c",)})
    targets = {"default": classes, "other": 1 - classes[:, :1]}
    model = fitted(Composition(), codes, targets, context)
    examples = ArrayExamples(codes)
    other = model.predict(examples, "other")
    np.testing.assert_allclose(other[:, 0], 1 - model.predict(examples)[:, 0], atol=1e-3)


def test_a_saved_model_predicts_the_same(codes, classes, tmp_path):
    heads = {"default": ("a", "b"), "other": ("c",)}
    context = make_context(tmp_path, heads=heads, c=0.5)
    targets = {"default": classes, "other": 1 - classes[:, :1]}
    model = fitted(Composition(c=0.5), codes, targets, context)
    model.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["estimators.skops", "heads.json"]
    loaded = Composition.load(tmp_path, context)
    examples = ArrayExamples(codes)
    assert loaded.c == 0.5
    for head in heads:
        np.testing.assert_array_equal(loaded.predict(examples, head), model.predict(examples, head))


class Odd(Composition):
    """Holds a function, which skops does not trust by itself."""

    def estimator(self, context):
        estimator = DummyClassifier()
        estimator.extra = FunctionTransformer(make_context)
        return estimator


def test_untrusted_types_are_refused_by_name(codes, classes, tmp_path):
    context = make_context(tmp_path)
    fitted(Odd(), codes, classes, context).save(tmp_path)
    with pytest.raises(
        BenchError, match=r"estimators\.skops holds types .*: add \".+\" to the tuple `trusted`"
    ):
        Odd.load(tmp_path, context)


class Hasty(Composition):
    """Stops before it has converged."""

    card = card(Output.MARGIN)

    def estimator(self, context):
        return LinearSVC(C=1e6, max_iter=1, dual=True, random_state=0)


def test_a_fit_that_does_not_converge_is_logged(codes, classes, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="bench"):
        fitted(Hasty(), codes, classes, make_context(tmp_path))
    assert [record.message[:9] for record in caplog.records] == ["target a:", "target b:"]
    assert "converge" in caplog.text


class Talkative(Composition):
    """Warns of something else."""

    def estimator(self, context):
        class Warner(LogisticRegression):
            def fit(self, X, y):
                import warnings

                warnings.warn("mind the gap", UserWarning, stacklevel=2)
                return super().fit(X, y)

        return Warner()


def test_other_warnings_stay_warnings(codes, classes, tmp_path):
    with pytest.warns(UserWarning, match="mind the gap"):
        fitted(Talkative(), codes, classes, make_context(tmp_path))


def test_progress_names_the_targets(codes, classes, tmp_path):
    context = make_context(tmp_path)
    told = []
    object.__setattr__(context, "progress", lambda *event: told.append(event))
    fitted(Composition(), codes, classes, context)
    assert told == [(0, 2, "a"), (1, 2, "b"), (2, 2)]

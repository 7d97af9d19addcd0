from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import bench.interface.estimator
import bench_baselines.gc
import bench_baselines.nearest
from bench.data.alphabet import encode
from bench.data.examples import ArrayExamples
from bench.data.kmers import count_kmers
from bench.interface import BenchError
from bench_baselines import NEAREST_CARD, POSITION_CARD
from bench_baselines.curve import parabola, scaling
from bench_baselines.gc import Gc, gc_content
from bench_baselines.length import Length
from bench_baselines.nearest import Nearest, weighted_means
from bench_baselines.position import Position
from bench_baselines.prevalence import Prevalence
from bench_baselines.promoter_distance import PromoterDistance
from bench_baselines.regression import fit_least_squares, fit_logistic, sigmoid
from bench_baselines.shared_score import SharedScore, fit_shared

ALL = (Prevalence, Gc, Length, Position, PromoterDistance, SharedScore, Nearest)
KINDS = ("classification", "regression")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model_class", ALL)
def test_conformance(conforms, model_class, kind):
    predictions = conforms(model_class, kind)
    if kind == "classification":
        assert (predictions >= 0).all()
        assert (predictions <= 1).all()


@pytest.mark.parametrize("model_class", ALL)
def test_a_target_that_was_never_measured_is_named(fitted, planted, model_class):
    targets = np.full((240, 2), np.nan)
    targets[:, 0] = planted.truth[:, 0]
    examples = ArrayExamples(planted.sequences, targets, planted.items)
    with pytest.raises(BenchError, match="target 'b' has no measured value in training"):
        fitted(model_class, examples=examples)


@pytest.mark.parametrize("model_class", ALL)
def test_heads_are_learnt_apart(planted, context, tmp_path, model_class):
    heads = {"default": ("a", "b"), "other": ("c",)}
    targets = {"default": planted.classes, "other": 1 - planted.truth[:, :1]}
    train = ArrayExamples(planted.sequences, targets, planted.items)
    model = model_class()
    model.fit(train, train[:0], context(heads=heads))
    assert model.predict(train, "other").shape == (240, 1)
    (tmp_path / "saved").mkdir()
    model.save(tmp_path / "saved")
    loaded = model_class.load(tmp_path / "saved", context(heads=heads))
    for head in heads:
        np.testing.assert_array_equal(loaded.predict(train, head), model.predict(train, head))


def test_prevalence_is_the_mean_of_what_was_measured(fitted):
    targets = np.array([[1.0, 0.0], [0.0, np.nan], [1.0, np.nan], [np.nan, 0.0]])
    examples = ArrayExamples([encode("ACGT")] * 4, targets)
    predictions = fitted(Prevalence, examples=examples).predict(ArrayExamples([encode("A")] * 2))
    np.testing.assert_allclose(predictions, [[2 / 3, 0.0]] * 2)


def test_gc_content_leaves_out_n():
    codes = np.stack([encode("GCAT"), encode("GNNA"), encode("NNNN"), encode("CCGN")])
    np.testing.assert_array_equal(gc_content(codes), [0.5, 0.5, np.nan, 1.0])


def test_gc_is_read_in_batches(fitted, planted, monkeypatch):
    whole = fitted(Gc).predict(planted.examples())
    monkeypatch.setattr(bench_baselines.gc, "BATCH_BASES", 1000)
    np.testing.assert_array_equal(fitted(Gc).predict(planted.examples()), whole)


@pytest.mark.parametrize("sign", [1, -1])
def test_gc_learns_its_sign_from_training(fitted, sign):
    rng = np.random.default_rng(0)
    codes = (rng.random((400, 100)) < rng.random((400, 1))).astype(np.uint8)
    content = codes.mean(axis=1)
    truth = sign * (content - 0.5) + rng.normal(0, 0.1, 400) > 0
    model = fitted(Gc, examples=ArrayExamples(codes, truth[:, None]), targets=("a",))
    predictions = model.predict(ArrayExamples(codes))[:, 0]
    assert sign * np.corrcoef(predictions, content)[0, 1] > 0.9


def test_gc_can_turn(fitted):
    """A target that is high at medium GC content only."""
    rng = np.random.default_rng(0)
    codes = (rng.random((400, 100)) < rng.random((400, 1))).astype(np.uint8)
    content = codes.mean(axis=1)
    values = -((content - 0.5) ** 2)
    model = fitted(Gc, "regression", ArrayExamples(codes, values[:, None]), ("a",))
    np.testing.assert_allclose(model.predict(ArrayExamples(codes))[:, 0], values, atol=1e-4)


def test_length_separates_by_length(fitted):
    short, long = encode("ACGT"), encode("ACGT" * 5)
    examples = ArrayExamples([short, long] * 20, np.array([[0.0], [1.0]] * 20))
    predictions = fitted(Length, examples=examples, targets=("a",)).predict(examples[:2])
    assert predictions[0, 0] < 0.1
    assert predictions[1, 0] > 0.9


def test_equal_lengths_teach_nothing(fitted):
    examples = ArrayExamples([encode("ACGT")] * 40, np.array([[0.0], [1.0], [1.0], [1.0]] * 10))
    model = fitted(Length, examples=examples, targets=("a",))
    odd = ArrayExamples([encode("ACGT"), encode("ACGT" * 99)])
    np.testing.assert_allclose(model.predict(odd), 0.75, rtol=1e-9)


def test_one_class_only_is_refused_by_curves(fitted):
    examples = ArrayExamples([encode("ACGT"), encode("A")], np.ones((2, 1)))
    with pytest.raises(BenchError, match="target 'a' has only class 1 in training, expected 0"):
        fitted(Gc, examples=examples, targets=("a",))


def test_scaling_of_nothing_known():
    unknown = np.full(3, np.nan)
    assert scaling(unknown).tolist() == [0.0, 1.0]
    np.testing.assert_array_equal(parabola(unknown, scaling(unknown)), [[1, 0, 0]] * 3)


def test_logistic_regression_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    design = np.concatenate([np.ones((300, 1)), rng.normal(size=(300, 2))], axis=1)
    target = (rng.random(300) < sigmoid(design @ [0.5, 2.0, -1.0])).astype(float)
    coefficients = fit_logistic(design, target, "a")
    reference = LogisticRegression(C=1000, tol=1e-10, max_iter=1000).fit(design[:, 1:], target)
    expected = [reference.intercept_[0], *reference.coef_[0]]
    np.testing.assert_allclose(coefficients, expected, rtol=1e-4)


def test_logistic_regression_survives_separation():
    design = np.stack([np.ones(20), np.linspace(-1, 1, 20), np.linspace(-1, 1, 20)], axis=1)
    coefficients = fit_logistic(design, (np.arange(20) >= 10).astype(float), "a")
    assert np.isfinite(coefficients).all()
    np.testing.assert_allclose(coefficients[1], coefficients[2], rtol=1e-6)


def test_logistic_regression_shortens_steps_that_go_too_far():
    # Few and extreme rows: the first full Newton step overshoots.
    design = np.stack([np.ones(6), np.array([0.0, 0, 0, 0, 50, -60])], axis=1)
    target = np.array([0.0, 0, 0, 1, 1, 0])
    coefficients = fit_logistic(design, target, "a")
    gradient = design.T @ (sigmoid(design @ coefficients) - target)
    gradient[1] += 1e-3 * coefficients[1]
    np.testing.assert_allclose(gradient, 0, atol=1e-4)


def test_least_squares_recovers_a_line():
    design = np.stack([np.ones(50), np.linspace(-1, 1, 50)], axis=1)
    target = 3 + 2 * design[:, 1]
    target[5] = np.nan
    np.testing.assert_allclose(fit_least_squares(design, target, "a"), [3, 2], rtol=1e-3)


def test_sigmoid_does_not_overflow():
    np.testing.assert_array_equal(sigmoid(np.array([-1e4, 0.0, 1e4])), [0.0, 0.5, 1.0])


def placed(places, targets=None):
    """Items of 10 bp at (chromosome, start)."""
    chroms, starts = zip(*places, strict=True)
    items = pd.DataFrame({"item": [f"i{row}" for row in range(len(places))], "chrom": chroms})
    items["start"], items["strand"] = starts, "."
    items["end"] = items["start"] + 10
    return ArrayExamples([encode("A" * 10)] * len(places), targets, items)


@pytest.fixture
def by_position(fitted):
    places = [("chr1", 0), ("chr1", 1000), ("chr1", 5000), ("chr2", 0), ("chr10", 0)]
    train = placed(places, np.array([[0.0], [1.0], [0.0], [1.0], [1.0]]))
    return fitted(Position, examples=train, targets=("a",))


def test_position_weighs_neighbours_by_distance(by_position):
    prior = 1 / 1_000_001
    weights = np.array([1 / 901, 1 / 101, 1 / 4101])
    expected = (weights[1] + prior * 0.6) / (weights.sum() + prior)
    np.testing.assert_allclose(by_position.predict(placed([("chr1", 900)])), [[expected]])


def test_position_recalls_a_training_item(by_position):
    assert by_position.predict(placed([("chr1", 1000)]))[0, 0] > 0.99
    assert by_position.predict(placed([("chr2", 0)]))[0, 0] > 0.99


@pytest.mark.parametrize("chrom", ["chr3", "chr", "", None, np.nan])
def test_position_without_neighbours_is_the_mean(by_position, chrom):
    np.testing.assert_allclose(by_position.predict(placed([(chrom, 1000)])), [[0.6]])


def test_position_far_away_is_near_the_mean(by_position):
    far = by_position.predict(placed([("chr2", 100_000_000)]))[0, 0]
    assert far == pytest.approx(0.6, abs=0.01)


def test_position_of_sequences_without_coordinates(fitted):
    train = placed([("", 0)] * 4, np.array([[0.0], [1.0], [1.0], [1.0]]))
    model = fitted(Position, examples=train, targets=("a",))
    np.testing.assert_allclose(model.predict(placed([("", 0), ("chr1", 5)])), 0.75)


def test_position_leaves_out_what_was_not_measured(fitted):
    train = placed([("c", 0), ("c", 10)], np.array([[np.nan], [1.0]]))
    model = fitted(Position, examples=train, targets=("a",))
    np.testing.assert_allclose(model.predict(placed([("c", 0)])), 1.0)


def test_position_does_not_depend_on_the_order_of_items(fitted):
    places = [("c", 0)] * 8 + [("c", 50)] * 8
    truth = np.arange(16.0)[:, None] % 3 % 2
    order = np.random.default_rng(0).permutation(16)
    settings = {"neighbours": 3}
    one = fitted(Position, examples=placed(places, truth), targets=("a",), **settings)
    moved = placed([places[row] for row in order], truth[order])
    two = fitted(Position, examples=moved, targets=("a",), **settings)
    probe = placed([("c", 20), ("c", 60)])
    np.testing.assert_array_equal(one.predict(probe), two.predict(probe))


def test_position_needs_coordinates(fitted, planted):
    assert POSITION_CARD.uses_coordinates
    with pytest.raises(BenchError, match="uses_coordinates"):
        fitted(Position, examples=ArrayExamples(planted.sequences, planted.classes))


@pytest.mark.parametrize(
    ("model_class", "settings", "message"),
    [
        (Position, {"neighbours": 0}, "neighbours is 0, expected 1 or more"),
        (Position, {"reach": 0}, "reach is 0, expected 1 or more bp"),
        (Nearest, {"neighbours": 0}, "neighbours is 0, expected 1 or more"),
        (Nearest, {"k": 11}, "k is 11, expected 1 to 10"),
    ],
)
def test_settings_out_of_range(model_class, settings, message):
    with pytest.raises(BenchError, match=message):
        model_class(**settings)


def test_presets_hold_the_defaults():
    Position(**POSITION_CARD.presets["default"].settings)
    Nearest(**NEAREST_CARD.presets["default"].settings)


def test_nearest_agrees_with_sorting_all_similarities(fitted, planted):
    train, test = np.arange(0, 240, 2), np.arange(1, 240, 2)
    model = fitted(Nearest, examples=planted.examples(rows=train), k=4, neighbours=3)
    predictions = model.predict(planted.examples(rows=test))
    counts = count_kmers(planted.examples().windows(), 4).toarray().astype(float)
    unit = counts / np.sqrt((counts**2).sum(axis=1, keepdims=True))
    similarity = unit[test] @ unit[train].T
    for row in range(len(test)):
        nearest = np.argsort(-similarity[row])[:3]
        weights, truth = similarity[row, nearest], planted.classes[train][nearest, 1]
        expected = (weights @ truth) / weights.sum()
        assert predictions[row, 1] == pytest.approx(expected, rel=1e-5)


def test_nearest_finds_a_copy_on_either_strand(fitted, planted):
    model = fitted(Nearest, neighbours=1)
    np.testing.assert_allclose(model.predict(planted.examples())[:, 1], planted.classes[:, 1])


def test_nearest_without_a_shared_kmer_is_the_mean(fitted):
    examples = ArrayExamples([encode("A" * 20), encode("C" * 20)], np.array([[1.0], [0.5]]))
    model = fitted(Nearest, "regression", examples, ("a",))
    odd = ArrayExamples([encode("AG" * 10), encode("T" * 20), encode("ACGT")])
    np.testing.assert_allclose(model.predict(odd)[:, 0], [0.75, 1.0, 0.75])


def test_nearest_is_the_same_in_small_blocks(fitted, planted, monkeypatch):
    whole = fitted(Nearest).predict(planted.examples())
    monkeypatch.setattr(bench_baselines.nearest, "BLOCK_CELLS", 1000)
    monkeypatch.setattr(bench.interface.estimator, "BATCH_BASES", 900)
    np.testing.assert_array_equal(fitted(Nearest).predict(planted.examples()), whole)


def test_weighted_means_leave_out_what_was_not_measured():
    similarity = np.array([[0.5, 0.25], [0.0, 0.0]], dtype=np.float32)
    targets = np.array([[[1.0, np.nan], [0.0, 4.0]], [[1.0, 1.0], [1.0, 1.0]]])
    means = np.array([0.3, 0.4])
    expected = [[2 / 3, 4.0], [0.3, 0.4]]
    np.testing.assert_allclose(weighted_means(similarity, targets, means), expected)


@pytest.mark.real_data
def test_nfe2(fitted, nfe2, area):
    train, test = nfe2
    areas = {}
    for model_class in (Prevalence, Gc, Length, Nearest):
        model = fitted(model_class, examples=train, targets=("bound",))
        areas[model_class] = area(test.targets()[:, 0], model.predict(test)[:, 0])
    assert areas[Prevalence] == 0.5
    # Negatives were matched in GC content and length.
    assert 0.4 < areas[Gc] < 0.6
    assert 0.4 < areas[Length] < 0.6
    assert areas[Nearest] > 0.85


def at_distances(distances, targets=None):
    count = len(distances)
    items = pd.DataFrame({"item": [f"i{row}" for row in range(count)], "tss_distance": distances})
    return ArrayExamples([encode("ACGT")] * count, targets, items)


def test_promoter_distance_is_the_mean_of_a_stretch(fitted):
    distances = np.arange(-40.0, 40.0)
    targets = np.stack([distances >= 20, np.where(distances < 0, np.nan, 1.0)], axis=1)
    model = fitted(PromoterDistance, examples=at_distances(distances, targets), stretches=4)
    found = model.predict(at_distances([-30.0, 39.0, 1e6, np.nan]))
    prior = 20 * 0.25
    low, high = prior / 40, (20 + prior) / 40
    np.testing.assert_allclose(found[:, 0], [low, high, high, 0.25])
    # Where nothing was measured, the mean of all is left.
    np.testing.assert_allclose(found[:, 1], 1.0)


def test_promoter_distance_without_distances_is_the_mean(fitted):
    distances = np.full(6, np.nan)
    targets = np.tile([[1.0, 0.0]], (6, 1))
    model = fitted(PromoterDistance, examples=at_distances(distances, targets))
    np.testing.assert_allclose(model.predict(at_distances([5.0])), [[1.0, 0.0]])
    plain = ArrayExamples([encode("A")], None, pd.DataFrame({"item": ["a"]}))
    np.testing.assert_allclose(model.predict(plain), [[1.0, 0.0]])


@pytest.mark.parametrize("kind", KINDS)
def test_shared_score_orders_items_the_same_for_all_targets(fitted, planted, kind):
    predictions = fitted(SharedScore, kind).predict(planted.examples())
    orders = predictions.argsort(axis=0, kind="stable")
    np.testing.assert_array_equal(orders[:, 0], orders[:, 1])
    both = planted.truth.all(axis=1)
    neither = ~planted.truth.any(axis=1)
    assert predictions[both].mean() > predictions[neither].mean()


def test_shared_score_agrees_with_scikit_learn_on_one_target():
    from scipy.sparse import csr_array
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(3)
    features = csr_array(rng.random((80, 5)))
    truth = (rng.random(80) < 0.4).astype(float)
    found, converged = fit_shared(features, truth, 2.0, logistic=True)
    assert converged
    peer = LogisticRegression(C=2.0, tol=1e-10, max_iter=10_000).fit(features, truth)
    np.testing.assert_allclose(found, [*peer.coef_[0], peer.intercept_[0]], atol=1e-4)
    values = rng.normal(2, 1, 80)
    found, _ = fit_shared(features, values, 2.0, logistic=False)
    peer = Ridge(alpha=0.5, tol=1e-10).fit(features.toarray(), values)
    np.testing.assert_allclose(found, [*peer.coef_, peer.intercept_], atol=1e-4)


def test_shared_score_learns_shares_of_the_measured_targets(fitted):
    # One k-mer each: half of its targets active where the other is unknown.
    targets = np.tile([[1.0, np.nan], [0.0, 0.0], [1.0, 1.0], [np.nan, 0.0]], (50, 1))
    sequences = [encode(word * 10) for word in ("A", "C", "A", "C")] * 50
    examples = ArrayExamples(sequences, targets)
    found = fitted(SharedScore, examples=examples, k=3, c=1000.0).predict(examples[:4])
    assert (found[[0, 2]] > 0.95).all()
    assert (found[[1, 3]] < 0.05).all()


def test_shared_score_reads_as_far_as_it_is_told(planted, context):
    class Long(ArrayExamples):
        asked = ()

        def windows(self, length=None, shift=0):
            Long.asked += (length,)
            return super().windows(length, shift)

    examples = Long(planted.sequences, planted.classes)
    SharedScore(length=50).fit(examples, examples[:0], context())
    assert set(Long.asked) == {50}
    with pytest.raises(BenchError, match="length is -1, expected 0 or more"):
        SharedScore(length=-1)

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.svm import SVC

from bench.data.alphabet import encode
from bench.data.examples import ArrayExamples
from bench.data.kmers import count_kmers
from bench.interface import BenchError
from bench_kmer_svm import SVM_CARD
from bench_kmer_svm.spectrum import Spectrum
from bench_kmer_svm.svm import SOLVER, KmerSvm, centre_and_scale, positive_weight

long_enough = arrays(np.uint8, (4, 30), elements=st.integers(0, 3))


def cosines(codes, k):
    """Cosine similarity of k-mer counts, densely and from its definition."""
    counts = count_kmers(codes, k).toarray().astype(np.float64)
    norms = np.sqrt((counts**2).sum(axis=1))
    return counts @ counts.T / np.outer(norms, norms)


def test_six_mers_make_2080_features():
    assert Spectrum(6).columns == 2080
    assert Spectrum(6).of_codes(encode("ACGTACGTAC")[None]).shape == (1, 2080)


@settings(max_examples=30, deadline=None)
@given(long_enough)
def test_the_kernel_of_one_k_is_the_cosine(codes):
    features = Spectrum(4).of_codes(codes).astype(np.float64)
    np.testing.assert_allclose((features @ features.T).toarray(), cosines(codes, 4), atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(long_enough)
def test_the_kernel_of_several_k_is_the_mean_of_cosines(codes):
    features = Spectrum(3, 5).of_codes(codes).astype(np.float64)
    expected = np.mean([cosines(codes, k) for k in (3, 4, 5)], axis=0)
    np.testing.assert_allclose((features @ features.T).toarray(), expected, atol=1e-6)


def test_what_is_read_can_be_told():
    codes = np.random.default_rng(0).integers(0, 4, (5, 30), dtype=np.uint8)
    examples = ArrayExamples(codes, None)
    read = Spectrum(4, length=20).of_examples(examples)
    assert (read != Spectrum(4).of_codes(codes[:, 5:25])).nnz == 0
    assert (Spectrum(4).of_examples(examples) != Spectrum(4).of_codes(codes)).nnz == 0
    with pytest.raises(BenchError, match="length is -1, expected 0 or more"):
        Spectrum(4, length=-1)


def test_weighted_spectrum_is_as_wide_as_its_parts():
    assert Spectrum(6, 8).columns == 2080 + 8192 + 32_896
    assert Spectrum(6, 6).columns == 2080


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"k": 2}, "k is 2, expected 3 to 10"),
        ({"k": 11}, "k is 11, expected 3 to 10"),
        ({"k": 6, "k_max": 5}, "k_max is 5, expected 0 or 6 to 10"),
        ({"c": 0.0}, "c is 0, expected a positive number"),
        ({"class_weight": "heavy"}, "class_weight is 'heavy', expected one of"),
    ],
)
def test_settings_out_of_range(settings_, message):
    with pytest.raises(BenchError, match=message):
        KmerSvm(**settings_)


@pytest.mark.parametrize("preset", SVM_CARD.presets)
def test_presets_can_be_made(preset):
    KmerSvm(**SVM_CARD.presets[preset].settings)


def test_one_support_vector_per_class_scores_by_cosine(fitted):
    """With two training items w = a (x+ - x-): the score is the difference of two cosines."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (12, 50), dtype=np.uint8)
    train = ArrayExamples(codes[:2], np.array([[1.0], [0.0]]))
    model = fitted(KmerSvm, examples=train, targets=("a",), k=4)
    scores = model.predict(ArrayExamples(codes))[:, 0]
    similarity = cosines(codes, 4)
    difference = similarity[:, 0] - similarity[:, 1]
    slope, _ = np.polyfit(difference, scores, 1)
    # Both are within their margins, so both multipliers are C = 1.
    assert slope == pytest.approx(1.0, abs=1e-4)
    assert np.corrcoef(difference, scores)[0, 1] == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("positives", [120, 30])
def test_margins_agree_with_a_kernel_svm(fitted, positives):
    """The intercept of the linear solver is penalised, that of the kernel solver is not."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (240, 100), dtype=np.uint8)
    codes[:positives, 20:28] = encode("TGACTCAG")
    truth = (np.arange(240) < positives).astype(float)
    train, test = np.arange(0, 240, 2), np.arange(1, 240, 2)
    examples = ArrayExamples(codes[train], truth[train, None])
    margins = fitted(KmerSvm, examples=examples, targets=("a",)).predict(
        ArrayExamples(codes[test])
    )[:, 0]
    features = Spectrum(6).of_codes(codes).toarray().astype(np.float64)
    reference = SVC(kernel="linear", C=1.0, tol=1e-6).fit(features[train], truth[train])
    expected = reference.decision_function(features[test])
    assert np.corrcoef(margins, expected)[0, 1] > 0.999
    np.testing.assert_allclose(margins, expected, atol=0.03)


@pytest.mark.parametrize(
    ("positives", "negatives", "weight"),
    [(10, 10, 1.0), (10, 19, 1.0), (10, 20, 1 + np.log(2)), (3, 100, 1 + np.log(33)), (9, 1, 1.0)],
)
def test_weight_of_positives_divides_integers(positives, negatives, weight):
    truth = np.repeat([1.0, 0.0], [positives, negatives])
    assert positive_weight(truth) == pytest.approx(weight)


@pytest.mark.parametrize("class_weight", ["lee", "balanced"])
def test_a_weight_on_few_positives_raises_their_margins(fitted, class_weight):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (100, 60), dtype=np.uint8)
    examples = ArrayExamples(codes, (np.arange(100) < 10).astype(float)[:, None])
    plain, weighted = (
        fitted(KmerSvm, examples=examples, targets=("a",), k=4, class_weight=choice).predict(
            ArrayExamples(codes)
        )
        for choice in ("none", class_weight)
    )
    assert weighted[:10].mean() > plain[:10].mean()


def test_centre_and_scale_leave_out_what_was_not_measured():
    targets = np.array([[1.0, 5.0, np.nan], [3.0, 5.0, np.nan], [np.nan, 5.0, np.nan]])
    centre, scale = centre_and_scale(targets)
    assert centre.tolist() == [2.0, 5.0, 0.0]
    assert scale.tolist() == [1.0, 1.0, 1.0]


def test_classes(conforms, planted, area):
    margins = conforms(KmerSvm, "classification", k=5)
    assert area(planted.truth[:, 0], margins[:, 0]) > 0.95


def test_values(conforms, planted):
    values = conforms(KmerSvm, "regression", k=5, k_max=6)
    # In the units of the targets: 5 without the motif and 7 with it.
    is_planted = planted.truth[:, 1] == 1
    assert values[~is_planted, 1].mean() == pytest.approx(5, abs=0.5)
    assert values[is_planted, 1].mean() == pytest.approx(7, abs=0.5)


def test_values_do_not_depend_on_their_unit(fitted, planted):
    examples = planted.examples("regression")
    scaled = ArrayExamples(planted.sequences, planted.values * 1000 - 7)
    plain = fitted(KmerSvm, "regression", k=4).predict(examples)
    large = fitted(KmerSvm, "regression", examples=scaled, k=4).predict(examples)
    np.testing.assert_allclose(large, plain * 1000 - 7, rtol=1e-3)


def test_it_generalises_to_new_sequences(fitted, planted, area):
    train, test = np.arange(0, 240, 2), np.arange(1, 240, 2)
    model = fitted(KmerSvm, examples=planted.examples(rows=train), k=6)
    margins = model.predict(planted.examples(rows=test))
    assert area(planted.truth[test, 0], margins[:, 0]) > 0.85


def test_an_empty_sequence_scores_the_intercept(fitted):
    codes = np.random.default_rng(0).integers(0, 4, (20, 40), dtype=np.uint8)
    examples = ArrayExamples(codes, (np.arange(20.0) < 10)[:, None])
    model = fitted(KmerSvm, examples=examples, targets=("a",))
    short = model.predict(ArrayExamples([encode("ACGTA"), encode("N" * 30)]))
    assert short[0] == short[1]


def test_saved_files_are_arrays_and_json(fitted, tmp_path):
    fitted(KmerSvm).save(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["heads.json", "intercepts-0.npy", "weights-0.npy"]
    assert np.load(tmp_path / "weights-0.npy").shape == (2, 2080)


def test_one_class_only_names_the_target(fitted):
    examples = ArrayExamples([encode("ACGTACGT")] * 3, np.ones((3, 1)))
    with pytest.raises(BenchError, match="target 'a' has only class 1 in training"):
        fitted(KmerSvm, examples=examples, targets=("a",))


def test_a_fit_that_does_not_converge_is_logged(fitted, caplog, monkeypatch):
    monkeypatch.setitem(SOLVER, "max_iter", 1)
    with caplog.at_level(logging.WARNING, logger="bench"):
        fitted(KmerSvm, c=100.0)
    assert "target a: Liblinear failed to converge" in caplog.text


@pytest.mark.real_data
def test_nfe2(fitted, nfe2, area):
    train, test = nfe2
    scores = fitted(KmerSvm, examples=train, targets=("bound",), k=6).predict(test)
    assert area(test.targets()[:, 0], scores[:, 0]) >= 0.97


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 2))
def test_the_weight_of_a_k_mer_is_that_of_all_within(seed, more):
    rng = np.random.default_rng(seed)
    spectrum = Spectrum(3, 3 + more)
    weights = rng.normal(size=spectrum.columns)
    words = rng.integers(0, 4, (5, 3 + more), dtype=np.uint8)
    counts = [count_kmers(words, k).toarray() for k in spectrum.lengths]
    expected = np.concatenate(counts, axis=1) @ weights
    numbers = (words * 4 ** np.arange(2 + more, -1, -1)).sum(axis=1)
    np.testing.assert_allclose(spectrum.kmer_weights(weights)[numbers], expected)


def test_k_mers_of_a_fitted_machine(fitted, planted):
    model = fitted(KmerSvm, k=5)
    alone = ArrayExamples(np.random.default_rng(0).integers(0, 4, (8, 5), dtype=np.uint8))
    words = alone.windows()
    numbers = (words * 4 ** np.arange(4, -1, -1)).sum(axis=1)
    scores = model.predict(alone)
    for target in range(2):
        # A sequence that is one k-mer has a unit vector of it alone.
        weights = model.kmer_weights(target)
        assert weights.shape == (1024,)
        steps = scores[:, target] - weights[numbers]
        np.testing.assert_allclose(steps, steps[0], atol=1e-6)

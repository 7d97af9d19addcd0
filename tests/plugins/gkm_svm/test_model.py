"""The models: what they promise, their settings, and real data beside LS-GKM's results."""

from __future__ import annotations

import logging
import re

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bench.data.alphabet import encode
from bench.data.examples import ArrayExamples
from bench.data.fasta import read_fasta
from bench.data.kmers import kmer_codes
from bench.interface import BenchError
from bench_gkm_svm import GKM_CARD, WEIGHTED_GKM_CARD
from bench_gkm_svm.kernel import GkmKernel
from bench_gkm_svm.memory import machines_together, need_of
from bench_gkm_svm.model import GkmSvm, WeightedGkmSvm
from bench_gkm_svm.options import with_fewer_negatives
from bench_gkm_svm.saved import load_scores

SMALL = {"l": 6, "k": 4, "d": 2}


@pytest.mark.parametrize("kind", ["classification", "regression"])
@pytest.mark.parametrize("kernel", [0, 1, 2, 3])
def test_it_conforms(kernel, kind, conforms, planted):
    predictions = conforms(GkmSvm, kind, kernel=kernel, **SMALL)
    for target in range(2):
        assert roc_auc_score(planted.truth[:, target], predictions[:, target]) > 0.9


@pytest.mark.parametrize("kernel", [4, 5])
def test_centre_weighted_machines_learn(kernel, fitted, planted):
    model = fitted(WeightedGkmSvm, kernel=kernel, peak=20, half_life=100.0, **SMALL)
    predictions = model.predict(planted.examples())
    assert roc_auc_score(planted.truth[:, 0], predictions[:, 0]) > 0.9


def test_what_is_read_can_be_told(fitted):
    codes = np.random.default_rng(1).integers(0, 4, (80, 60), dtype=np.uint8)
    targets = (codes[:, 20:40] == 1).sum(axis=1)[:, None].astype(np.float32)
    whole, inner = ArrayExamples(codes, targets), ArrayExamples(codes[:, 10:50], targets)
    given = {"kind": "regression", "targets": ("a",), **SMALL}
    read = fitted(GkmSvm, examples=whole, length=40, **given).predict(whole)
    cropped = fitted(GkmSvm, examples=inner, **given).predict(inner)
    np.testing.assert_allclose(read, cropped, rtol=1e-9)
    assert np.std(read) > 0


@pytest.mark.parametrize("card", [GKM_CARD, WEIGHTED_GKM_CARD])
def test_presets_can_be_made(card):
    model = GkmSvm if card is GKM_CARD else WeightedGkmSvm
    for preset in card.presets.values():
        model(**preset.settings)


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        (GkmSvm, {"kernel": 4}, "kernel is 4, expected one of 0, 1, 2, 3"),
        (WeightedGkmSvm, {"kernel": 2}, "kernel is 2, expected one of 4, 5"),
        (GkmSvm, {"l": 13}, "l is 13, expected 3 to 12"),
        (GkmSvm, {"c": 0.0}, "c is 0, expected a positive number"),
        (GkmSvm, {"c_grid": "1,x"}, "c_grid is '1,x', expected positive numbers"),
        (GkmSvm, {"c_grid": "nan,1"}, "c_grid is .nan,1., expected positive numbers"),
        (GkmSvm, {"c_grid": "0,1"}, "c_grid is '0,1', expected positive numbers"),
        (GkmSvm, {"loss": "log"}, "loss is 'log', expected one of"),
        (GkmSvm, {"length": -1}, "length is -1, expected 0 or more"),
        (GkmSvm, {"n_policy": "A"}, "n_policy is 'A', expected one of"),
        (GkmSvm, {"max_negatives": -1}, "max_negatives is -1, expected 0 or more"),
        (GkmSvm, {"tolerance": 0.0}, "tolerance is 0, expected a positive number"),
        (GkmSvm, {"c": float("inf")}, "c is inf, expected a positive number"),
        (GkmSvm, {"tube": float("nan")}, "tube is nan, expected 0 or more"),
        (GkmSvm, {"positive_weight": float("inf")}, "positive_weight is inf, expected 0 or more"),
        (GkmSvm, {"gamma": float("inf")}, "gamma is inf, expected a positive number"),
    ],
)
def test_settings_out_of_range(model, settings, message):
    with pytest.raises(BenchError, match=message):
        model(**settings)


def test_one_class_only_is_refused(fitted, planted):
    examples = ArrayExamples(planted.sequences, np.ones((240, 1)))
    with pytest.raises(BenchError, match="target 'a' has only class 1 in training"):
        fitted(GkmSvm, examples=examples, targets=("a",), **SMALL)


def test_targets_without_values_are_refused(fitted, planted):
    examples = ArrayExamples(planted.sequences, np.full((240, 1), np.nan))
    with pytest.raises(BenchError, match="target 'a' has no measured value in training"):
        fitted(GkmSvm, examples=examples, targets=("a",), **SMALL)


@pytest.mark.parametrize("text", ["N" * 60, "ACGT", "ACGTNACGTNACGTN"])
def test_training_sequences_without_lmers_are_refused(text, fitted, planted):
    sequences = [*planted.sequences[:3], encode(text)]
    examples = ArrayExamples(sequences, np.array([[1.0], [0.0], [1.0], [0.0]]))
    message = "1 of 4 training sequences, the first of them number 4, hold no 6-mer"
    with pytest.raises(BenchError, match=message):
        fitted(GkmSvm, examples=examples, targets=("a",), **SMALL)


def test_sequences_without_lmers_get_the_bias_and_are_counted(fitted, planted, caplog):
    model = fitted(GkmSvm, **SMALL)
    odd = ArrayExamples([encode("N" * 30), encode("ACG"), planted.sequences[0]])
    with caplog.at_level(logging.WARNING):
        predictions = model.predict(odd)
    assert "2 of 3 sequences hold no 6-mer, and get the bias alone" in caplog.text
    np.testing.assert_array_equal(predictions[0], -model.scores().rho)
    np.testing.assert_array_equal(predictions[1], predictions[0])


def test_n_is_skipped_or_read_as_a(fitted, planted):
    with_n = ArrayExamples([encode("ACGTTGACNCAGCATTGA"), encode("ACGTTGACACAGCATTGA")])
    skipping, reading = (
        fitted(GkmSvm, n_policy=policy, **SMALL).predict(with_n) for policy in ("skip", "lsgkm")
    )
    assert (skipping[0] != skipping[1]).all()
    np.testing.assert_array_equal(reading[0], reading[1])


def test_targets_are_fitted_as_if_alone(fitted, planted):
    together = fitted(GkmSvm, tolerance=1e-6, **SMALL).predict(planted.examples())
    part = ArrayExamples(planted.sequences, planted.classes[:, :1])
    alone = fitted(GkmSvm, examples=part, targets=("a",), tolerance=1e-6, **SMALL)
    np.testing.assert_allclose(alone.predict(part)[:, 0], together[:, 0], atol=1e-4)


def test_negatives_are_capped(fitted, planted):
    labels = np.array([[1, 0], [0, 0], [0, 1], [0, np.nan], [0, 0]], dtype=float)
    capped = with_fewer_negatives(labels, 2)
    assert ((capped == 0).sum(axis=0) == 2).all()
    np.testing.assert_array_equal(capped[labels == 1], 1)
    np.testing.assert_array_equal(with_fewer_negatives(labels, 2), capped)
    model = fitted(GkmSvm, max_negatives=30, **SMALL)
    predictions = model.predict(planted.examples())
    assert roc_auc_score(planted.truth[:, 0], predictions[:, 0]) > 0.85


def test_the_cost_is_chosen_on_validation_items(planted, context):
    train, valid = planted.examples(rows=slice(0, 160)), planted.examples(rows=slice(160, 240))
    known = ~np.isnan(planted.classes[160:, 0])

    def merit(**settings):
        model = GkmSvm(**SMALL, **settings)
        model.fit(train, valid, context(**SMALL, **settings))
        return roc_auc_score(planted.classes[160:, 0][known], model.predict(valid)[known, 0])

    costs = (1e-3, 0.1, 10.0)
    grid = merit(c_grid=",".join(map(str, costs)))
    assert grid == pytest.approx(max(merit(c=cost) for cost in costs), abs=0.005)


def test_a_grid_without_validation_items_is_refused(fitted):
    with pytest.raises(BenchError, match="c_grid chooses a cost on the validation items"):
        fitted(GkmSvm, c_grid="0.1,1", **SMALL)


def test_class_weights_move_the_bias(fitted, planted):
    few = np.flatnonzero((planted.truth[:, 0] == 0) | (np.arange(240) % 5 == 0))
    examples = ArrayExamples([planted.sequences[row] for row in few], planted.truth[few, :1])
    plain, heavy, balanced = (
        fitted(GkmSvm, examples=examples, targets=("a",), positive_weight=weight, c=0.02, **SMALL)
        for weight in (1.0, 8.0, 0.0)
    )
    means = [model.predict(examples).mean() for model in (plain, heavy, balanced)]
    assert means[0] < means[1]
    assert means[0] < means[2]


def test_progress_is_told(planted, context):
    told = []
    from dataclasses import replace

    listening = replace(
        context(**SMALL), progress=lambda done, total, note="": told.append((done, total, note))
    )
    GkmSvm(**SMALL).fit(planted.examples(), planted.examples(rows=slice(0, 0)), listening)
    assert told[-1][0] == told[-1][1]
    assert any("products" in note for _, _, note in told)


def test_the_solution_is_reported(planted, context, caplog):
    with caplog.at_level(logging.INFO):
        GkmSvm(**SMALL).fit(
            planted.examples(), planted.examples(rows=slice(0, 0)), context(**SMALL)
        )
    assert "target a: c 1, objective -" in caplog.text
    assert "support sequences" in caplog.text


def test_too_little_memory_is_said_before_the_start():
    need = need_of(GkmKernel(l=12), np.full(1000, 300), targets=400)
    with pytest.raises(BenchError, match=r"1,000 sequences with 289,000 12-mers and 400 targets"):
        machines_together(need, memory=4 << 30)
    with pytest.raises(BenchError, match=r"GB are free on cuda; expected a smaller l"):
        machines_together(need, "cuda", memory=200 << 30, device_memory=1 << 29)


def test_as_many_machines_go_side_by_side_as_memory_allows():
    need = need_of(GkmKernel(), np.full(1000, 300), targets=400)
    found = [machines_together(need, memory=need.in_memory(count)) for count in (1, 3, 100)]
    assert found == [1, 3, 8]
    memory = need.in_memory(0)
    found = [
        machines_together(need, "cuda", memory, int(need.on_device(count) / 0.89))
        for count in (1, 3, 100)
    ]
    assert found == [1, 3, 32]
    two = need_of(GkmKernel(), np.full(1000, 300), targets=2)
    assert machines_together(two, memory=64 << 30) == 2


def test_a_matrix_of_too_many_sequences_is_refused():
    need = need_of(GkmKernel(type=3), np.full(20_001, 100), targets=1)
    with pytest.raises(BenchError, match="20,001 sequences, expected at most 20,000"):
        machines_together(need, memory=1 << 50)


def nfe2(mirror, positives, negatives):
    folder = mirror / "lsgkm_nfe2"
    given = [[one.codes for one in read_fasta(folder / name)] for name in (positives, negatives)]
    labels = np.repeat([1.0, 0.0], [len(one) for one in given])[:, None]
    return ArrayExamples(given[0] + given[1], labels)


# Objective, support and bounded vectors, and decision values of the first test sequences that
# LS-GKM printed for `-t 2 -d 3 -c 1`.
@pytest.mark.real_data
@pytest.mark.parametrize(
    ("l", "k", "objective", "support", "first"),
    [
        (11, 7, -336.2247, 1150, [0.872409, 0.120354, 0.159501]),
        (10, 6, -269.2338, 958, None),
    ],
)
def test_nfe2_is_that_of_lsgkm(l, k, objective, support, first, mirror, context, caplog):
    train = nfe2(mirror, "tr.fa", "neg.tr.fa")
    model = GkmSvm(l=l, k=k)
    with caplog.at_level(logging.INFO):
        model.fit(train, train[:0], context(targets=("a",)))
    words = caplog.text.partition("objective ")[2].replace(",", "").split()
    assert float(words[0]) == pytest.approx(objective, abs=1e-3)
    assert abs(int(words[1]) - support) <= 2
    if first:
        predictions = model.predict(nfe2(mirror, "test.fa", "neg.test.fa"))[:, 0]
        np.testing.assert_allclose(predictions[:3], first, atol=1e-3)


@pytest.mark.real_data
def test_real_sequences_have_the_norms_of_all_their_pairs(mirror):
    from bench_gkm_svm.lmers import index_lmers, occurrences
    from bench_gkm_svm.processor_product import ProcessorProduct

    kernel = GkmKernel()
    part = nfe2(mirror, "test.fa", "neg.test.fa")[:20]
    index = index_lmers([occurrences(part.windows(), part.lengths, kernel)], kernel)
    matrix = ProcessorProduct(index, kernel, np.float64)(np.eye(20))
    np.testing.assert_allclose(np.sqrt(np.diag(matrix)), index.norms, rtol=1e-9)


def test_the_chosen_cost_is_told(planted, context, caplog):
    train, valid = planted.examples(rows=slice(0, 160)), planted.examples(rows=slice(160, 240))
    with caplog.at_level(logging.INFO):
        GkmSvm(c_grid="0.1,1", **SMALL).fit(train, valid, context(**SMALL))
    assert re.search(r"target a: c (0\.1|1) \(0\.\d+ on validation items\), objective", caplog.text)
    assert "GB foreseen on cpu" in caplog.text


def test_damaged_models_are_refused(fitted, tmp_path):
    with pytest.raises(BenchError, match=r"no machines.json, expected a saved model"):
        load_scores(tmp_path)
    fitted(GkmSvm, **SMALL).save(tmp_path)
    assert list(load_scores(tmp_path)) == ["default"]
    (tmp_path / "machines.json").write_text("{}")
    with pytest.raises(BenchError, match="damaged, expected a saved model"):
        load_scores(tmp_path)


@pytest.mark.parametrize("model", [GkmSvm, WeightedGkmSvm])
def test_weights_of_l_mers_are_those_of_scores(model, fitted, planted):
    settings = SMALL | ({"peak": 20, "half_life": 100.0} if model is WeightedGkmSvm else {})
    machine = fitted(model, **settings)
    codes = np.minimum(planted.sequences[0], 3)
    numbers = kmer_codes(codes[None], 6)[0]
    for target in range(2):
        weights = machine.kmer_weights(target)
        assert weights.shape == (4**6,)
        np.testing.assert_array_equal(weights[numbers], machine.scores().along(codes, target))


def test_a_radial_basis_function_has_no_weights_of_l_mers(fitted):
    assert fitted(GkmSvm, kernel=3, **SMALL).kmer_weights(0) is None

"""MENTR on a small genome where motifs nearby switch genes on."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest

from bench.interface import BenchError
from bench_mentr import CARD
from bench_mentr.calibration import Calibration
from bench_mentr.model import Mentr
from bench_mentr.settings import MentrSettings
from bench_mentr.trees import fit_trees, tree_parameters

NAMES = ("a", "b")
COMPACT = dict(CARD.presets["compact"].settings)


@pytest.fixture
def classes(measured):
    """Genes whose targets tell whether expression is above the median."""
    split, targets = measured
    high = np.where(np.isnan(targets), np.nan, targets > np.nanmedian(targets, axis=0))
    return lambda rows, truth=high.astype(np.float32): split(rows, truth, directed=False)


@pytest.fixture
def mentr(classes, standing, small):
    """Fit the compact preset; returns model, context and test genes."""

    def fit(train=slice(0, 450), valid=slice(450, 550), **changes):
        settings = COMPACT | small | changes
        context = standing("classification", NAMES, **settings)
        model = Mentr(**settings)
        model.fit(classes(train), classes(valid), context)
        return model, context, classes(slice(550, None))

    return fit


@pytest.mark.parametrize("calibrate", [True, False])
def test_active_genes_are_told_apart(mentr, area, calibrate):
    model, _, test = mentr(calibrate=calibrate)
    found = model.predict(test)
    assert found.shape == (150, 2)
    assert ((found >= 0) & (found <= 1)).all()
    for column in range(2):
        truth = test.targets()[:, column]
        known = ~np.isnan(truth)
        assert area(truth[known], found[known, column]) > 0.8
        assert found[known, column].mean() == pytest.approx(truth[known].mean(), abs=0.15)


def test_saved_and_read_back(mentr, tmp_path):
    model, context, test = mentr()
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    names = {path.name for path in folder.iterdir()}
    assert names == {"target-0.ubj", "target-1.ubj", "calibration.npz"}
    loaded = Mentr.load(folder, context)
    np.testing.assert_array_equal(loaded.predict(test), model.predict(test))
    np.testing.assert_array_equal(loaded.predict(test[3:4])[0], model.predict(test)[3])


def test_a_new_fit_is_the_same(mentr):
    one, _, test = mentr()
    other, *_ = mentr()
    np.testing.assert_array_equal(one.predict(test), other.predict(test))


def test_one_class_in_validation_means_all_rounds(classes, standing, small, measured, caplog):
    _, targets = measured
    truth = (targets > np.nanmedian(targets, axis=0)).astype(np.float32)
    truth[450:550] = 1
    settings = COMPACT | small | {"rounds": 12}
    model = Mentr(**settings)
    context = standing("classification", NAMES, **settings)
    with caplog.at_level(logging.WARNING, logger="bench"):
        model.fit(classes(slice(0, 450), truth), classes(slice(450, 550), truth), context)
    assert "target a: one class in validation, not calibrated" in caplog.text
    assert [booster.num_boosted_rounds() for booster in model._boosters] == [12, 12]
    assert np.isfinite(model.predict(classes(slice(550, None)))).all()


def test_no_validation_items_mean_all_rounds(mentr):
    model, *_ = mentr(valid=slice(0, 0), rounds=7)
    assert [booster.num_boosted_rounds() for booster in model._boosters] == [7, 7]


def test_training_ends_without_a_better_round():
    rng = np.random.default_rng(0)
    features = rng.random((300, 4)).astype(np.float32)
    truth = (features[:, 0] > 0.5).astype(np.float64)
    noise = rng.integers(0, 2, 300).astype(np.float64)
    settings = MentrSettings(rounds=100, eta=0.3, l2=1.0)
    booster = fit_trees((features, truth), (features, noise), settings, seed=0, threads=1)
    assert booster.num_boosted_rounds() < 90


def test_one_class_in_training_is_told(classes, standing, small):
    truth = np.ones((700, 2), dtype=np.float32)
    context = standing("classification", NAMES, **small)
    with pytest.raises(BenchError, match="target 'a' has only class 1 in training"):
        Mentr(**small).fit(classes(slice(0, 20), truth), classes([30], truth), context)


def test_the_published_settings():
    preset = CARD.presets["published"]
    settings = MentrSettings(**preset.settings)
    assert preset.input_length == 202_000
    assert (settings.bins, settings.step, settings.window) == (500, 200, 2000)
    assert (settings.rounds, settings.patience) == (500, 10)
    expected = {
        "booster": "gbtree", "objective": "binary:logistic", "eval_metric": "auc", "max_depth": 4,
        "eta": 0.01, "lambda": 50.0, "alpha": 0.0, "base_score": 0.5, "tree_method": "exact",
        "seed": 3, "nthread": 1,
    }  # fmt: skip
    assert tree_parameters(settings, seed=3, threads=1) == expected


def test_xgboost_takes_the_published_settings():
    rng = np.random.default_rng(0)
    features = rng.random((40, 3)).astype(np.float32)
    truth = (features[:, 0] > 0.5).astype(np.float64)
    booster = fit_trees((features, truth), (features, truth), MentrSettings(rounds=2), 0, 1)
    tree = json.loads(booster.save_config())["learner"]["gradient_booster"]["tree_train_param"]
    assert float(tree["reg_lambda"]) == 50
    assert float(tree["eta"]) == pytest.approx(0.01)
    assert tree["max_depth"] == "4"


def test_calibration_rises_and_keeps_to_its_points():
    scores = np.array([0.1, 0.2, 0.3, 0.4])
    calibration = Calibration.fit(scores, np.array([0.0, 1.0, 0.0, 1.0]))
    np.testing.assert_allclose(calibration.apply(scores), [0, 0.5, 0.5, 1])
    np.testing.assert_allclose(calibration.apply(np.array([0.0, 0.9])), [0, 1])
    np.testing.assert_allclose(Calibration.none().apply(scores), scores)


def test_effects_of_alleles_are_differences(mentr):
    model, _, test = mentr()
    effects = model.allele_effects(test[:5], test[5:10])
    np.testing.assert_array_equal(effects, model.predict(test[5:10]) - model.predict(test[:5]))
    assert (model.allele_effects(test[:5], test[:5]) == 0).all()

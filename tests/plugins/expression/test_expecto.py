"""ExPecto on a small genome where motifs count the more the nearer they are."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

import bench_expecto
import bench_mentr
from bench.data.alphabet import encode
from bench.interface import BenchError
from bench_expecto import CARD
from bench_expecto.linear import fit_linear, linear_parameters
from bench_expecto.model import Expecto
from bench_expecto.settings import ExpectoSettings
from bench_expecto.variants import WINDOW_STEPS, chromatin_changes, variant_features

NAMES = ("a", "b")
MOTIF = encode("TGACTCAGCA")
COMPACT = dict(CARD.presets["compact"].settings)


@pytest.fixture
def expecto(measured, standing, small):
    """Fit the compact preset; returns model, context and test genes."""
    split, _ = measured

    def fit(**changes):
        settings = COMPACT | small | changes
        context = standing("expression", NAMES, **settings)
        model = Expecto(**settings)
        model.fit(split(slice(0, 500)), split(slice(500, 550)), context)
        return model, context, split(slice(550, None), shown=True)

    return fit


def correlation(found, truth):
    known = ~np.isnan(truth)
    return np.corrcoef(found[known], truth[known])[0, 1]


def test_a_distance_weighted_motif_count_is_learnt(expecto):
    model, _, test = expecto()
    found = model.predict(test)
    assert found.shape == (150, 2)
    for column in range(2):
        assert correlation(found[:, column], test.targets()[:, column]) > 0.8
    assert model.parameter_count() == 2 * 31


def test_saved_and_read_back(expecto, tmp_path):
    for number, standardise in enumerate((True, False)):
        model, context, test = expecto(standardise=standardise)
        folder = tmp_path / f"saved{number}"
        folder.mkdir()
        model.save(folder)
        names = {path.name for path in folder.iterdir()}
        assert names == {"target-0.ubj", "target-1.ubj"} | (
            {"scaling.npz"} if standardise else set()
        )
        loaded = Expecto.load(folder, context)
        np.testing.assert_array_equal(loaded.predict(test), model.predict(test))
        alone = np.concatenate([loaded.predict(test[row : row + 1]) for row in range(5)])
        np.testing.assert_array_equal(alone, model.predict(test)[:5])
        assert loaded.predict(test[:0]).shape == (0, 2)


def test_what_was_predicted_upstream_is_not_predicted_again(expecto, upstream):
    model, _, test = expecto()
    model.predict(test)
    asked = upstream.asked
    again, *_ = expecto()
    again.predict(test)
    assert upstream.asked == asked


def test_threads_do_not_change_the_fit():
    rng = np.random.default_rng(0)
    features = rng.random((300, 40)).astype(np.float32)
    target = features @ rng.normal(size=40)
    one, two = (fit_linear(features, target, ExpectoSettings(), threads) for threads in (1, 2))
    from bench.training.chromatin.boosters import matrix

    data = matrix(features, threads=1)
    np.testing.assert_allclose(one.predict(data), two.predict(data), rtol=1e-6)


def test_the_published_settings():
    settings = ExpectoSettings(**CARD.presets["published"].settings)
    assert CARD.presets["published"].input_length == 42_000
    assert not settings.standardise
    assert settings.rounds == 100
    parameters = linear_parameters(settings, 17_000, 1)
    assert parameters["booster"] == "gblinear"
    assert parameters["objective"] == "reg:squarederror"
    assert parameters["base_score"] == 2
    assert parameters["eta"] == 0.01
    assert parameters["alpha"] == 0
    assert parameters["lambda"] * 17_000 == pytest.approx(100)


def test_the_fit_is_that_of_version_0_7():
    """Coordinate descent in which the penalty stands beside the sum over items, not their mean."""
    rng = np.random.default_rng(0)
    features = rng.random((50, 6)).astype(np.float32)
    target = features @ rng.normal(size=6) + 3
    settings = ExpectoSettings(rounds=30, eta=0.1, l2=20.0)
    weights, bias = np.zeros(6), 0.0
    for _ in range(30):
        residual = 2 + bias + features @ weights - target
        bias -= 0.1 * residual.mean()
        residual = 2 + bias + features @ weights - target
        for column in range(6):
            values = features[:, column].astype(np.float64)
            step = (residual @ values + 20 * weights[column]) / (values @ values + 20)
            weights[column] -= 0.1 * step
            residual -= 0.1 * step * values
    from bench.training.chromatin.boosters import matrix

    found = fit_linear(features, target, settings, 1).predict(matrix(features, threads=1))
    np.testing.assert_allclose(found, 2 + bias + features @ weights, rtol=1e-4)


def test_gaps_are_left_out(expecto, measured, standing, small):
    split, targets = measured
    other = targets.copy()
    other[1::9, 1] = np.nan
    settings = COMPACT | small
    model = Expecto(**settings)
    context = standing("expression", NAMES, **settings)
    model.fit(split(slice(0, 500), other), split(slice(500, 550)), context)
    reference, _, test = expecto()
    found, expected = model.predict(test), reference.predict(test)
    np.testing.assert_array_equal(found[:, 0], expected[:, 0])
    assert not np.array_equal(found[:, 1], expected[:, 1])


def test_errors_are_told_in_one_line(measured, context, standing, small):
    split, targets = measured
    with pytest.raises(BenchError, match="expecto was given no fitted model for setting 'chrom"):
        Expecto().fit(split([0]), split([1]), context("expression", NAMES))
    never = targets.copy()
    never[:, 1] = np.nan
    with pytest.raises(BenchError, match="target 'b' has no measured value in training"):
        Expecto(**small).fit(
            split(slice(0, 20), never), split([30]), standing("expression", NAMES, **small)
        )


def test_another_head_is_refused(expecto):
    model, _, test = expecto(rounds=1)
    with pytest.raises(BenchError, match="no head 'mouse', expected 'default'"):
        model.predict(test, "mouse")


def test_variant_features_by_hand():
    rng = np.random.default_rng(0)
    changes = rng.normal(size=(3, 9, 4))
    distances, strands = np.array([-130, 950, -950]), np.array([1, 1, -1])
    found = variant_features(changes, distances, strands)
    expected = np.zeros((3, 10, 4))
    for variant in range(3):
        for window, shift in enumerate((0, -200, -400, -600, -800, 200, 400, 600, 800)):
            signed = strands[variant] * (distances[variant] + shift)
            for basis, decay in enumerate((0.01, 0.02, 0.05, 0.1, 0.2)):
                weight = np.exp(-decay * np.floor(abs(signed) / 200))
                if signed <= 0:
                    expected[variant, basis] += weight * changes[variant, window]
                if signed >= 0:
                    expected[variant, 5 + basis] += weight * changes[variant, window]
    np.testing.assert_allclose(found, expected.reshape(3, 40), rtol=1e-12)
    assert len(WINDOW_STEPS) == 9
    # On the other strand the same distance downstream is read in the other order.
    mirrored = variant_features(changes[[1]][:, [0, 5, 6, 7, 8, 1, 2, 3, 4]], [-950], [-1])
    np.testing.assert_allclose(mirrored[0], found[1])


def test_variant_effects_are_differences_from_no_change(expecto):
    for standardise in (True, False):
        model, *_ = expecto(standardise=standardise)
        changes = np.zeros((2, 9, 3))
        changes[1, 0, 2] = 1.0
        effects = model.variant_effects(changes, np.array([-50, -50]), np.array([1, 1]))
        assert (effects[0] == 0).all()
        # One more motif just upstream adds about one.
        assert effects[1, 0] > 0.3


def test_alleles_are_read_in_nine_windows():
    rng = np.random.default_rng(2)
    window, step = 50, 20
    reference = rng.integers(0, 4, (3, window + 8 * step), dtype=np.uint8)
    alternative = reference.copy()
    middle = reference.shape[1] // 2 - 1
    alternative[:, middle] = (reference[:, middle] + 1) % 4

    def bases(codes):
        return np.stack([(codes == base).sum(axis=1) for base in range(4)], axis=1)

    found = chromatin_changes(bases, reference, alternative, window, step)
    for variant in range(3):
        change = np.zeros(4)
        change[reference[variant, middle]], change[alternative[variant, middle]] = -1, 1
        for number, place in enumerate(WINDOW_STEPS):
            # Windows one step away still hold the variant, those two steps away do not.
            np.testing.assert_array_equal(found[variant, number], change * (abs(place) < 2))
    # The variant stands at the last base before the middle of the first window.
    seen = []
    chromatin_changes(lambda codes: seen.append(codes) or bases(codes), reference, alternative,
                      window, step)  # fmt: skip
    firsts = [codes.reshape(3, 9, window)[:, 0] for codes in seen]
    np.testing.assert_array_equal(firsts[0][:, window // 2 - 1], alternative[:, middle])
    np.testing.assert_array_equal(firsts[1][:, window // 2 - 1], reference[:, middle])
    with pytest.raises(BenchError, match=r"alleles of shape \(3, 209\), expected \(3, 210\)"):
        chromatin_changes(bases, reference, alternative[:, 1:], window, step)


def test_effects_of_alleles_are_those_of_their_changes(expecto):
    model, *_ = expecto()
    window, step = model.settings.window, model.settings.step
    rng = np.random.default_rng(3)
    reference = rng.integers(0, 4, (2, window + 8 * step), dtype=np.uint8)
    alternative = reference.copy()
    middle = reference.shape[1] // 2
    alternative[0, middle - 5 : middle + 5] = MOTIF
    effects = model.allele_effects(reference, alternative, np.array([-30, -30]), np.array([1, 1]))
    assert effects.shape == (2, 2)
    assert effects[0, 0] > 0.3
    assert (effects[1] == 0).all()


@pytest.mark.parametrize("plugin", [bench_expecto, bench_mentr])
def test_what_is_registered_is_there(plugin):
    registered = []
    plugin.bench_models(SimpleNamespace(model=lambda *entry: registered.append(entry)))
    [(card, target)] = registered
    module, _, name = target.partition(":")
    assert getattr(import_module(module), name).card is card
    assert card.presets["published"].settings["chromatin"] == "beluga:published@chromatin"
    assert str(card.presets["compact"].settings["chromatin"]).endswith(":compact@chromatin")


def test_registration_loads_nothing_heavy():
    code = (
        "import sys, bench_expecto, bench_mentr\n"
        "heavy = {'numpy', 'xgboost', 'sklearn', 'torch', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

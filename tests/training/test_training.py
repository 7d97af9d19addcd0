"""Whole trainings of a small network: what they learn, when they end, and how they go on."""

from __future__ import annotations

import json
import logging
import threading
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_model import SmallNet

from bench.data.alphabet import encode, reverse_complement
from bench.data.examples import ArrayExamples
from bench.interface import BenchError, Budget, FitContext, HeadShape, TaskKind, TaskShape
from bench.training.history import History
from bench.training.published import PublishedLayout

MOTIF = encode("TGACTCAGCA")
QUICK = {"epochs": 6, "batch_size": 16, "learning_rate": 1e-2}


def examples(count: int, seed: int, kind: str = "classification") -> ArrayExamples:
    generator = np.random.default_rng(seed)
    codes = generator.integers(0, 4, (count, 60), dtype=np.uint8)
    labels = np.arange(count) % 2
    for row in np.flatnonzero(labels):
        place = generator.integers(5, 45)
        motif = MOTIF if generator.random() < 0.5 else reverse_complement(MOTIF)
        codes[row, place : place + 10] = motif
    targets = np.stack([labels, 1 - labels], axis=1).astype(np.float32)
    targets[::9, 1] = np.nan
    return ArrayExamples(codes, targets if kind == "classification" else 10 + 3 * targets)


TRAIN, VALID, TEST = examples(200, 0), examples(60, 1), examples(60, 2)


def context_in(folder, settings=None, kind="classification", **changes) -> FitContext:
    shape = TaskShape(
        kind=TaskKind(kind), heads={"default": HeadShape(targets=("bound", "unbound"))}
    )
    return FitContext(
        shape=shape, seed=1, scratch=folder, settings=settings or QUICK, threads=1, **changes
    )


def trained(folder, changes=None, train=TRAIN, valid=VALID, **context) -> SmallNet:
    settings = {**QUICK, **(changes or {})}
    model = SmallNet(**settings)
    folder.mkdir(exist_ok=True)
    model.fit(train, valid, context_in(folder, settings, **context))
    return model


def weights(model: SmallNet) -> dict[str, torch.Tensor]:
    return model.network.state_dict()


def same(one: SmallNet, other: SmallNet) -> bool:
    pairs = zip(weights(one).values(), weights(other).values(), strict=True)
    return all(torch.equal(*pair) for pair in pairs)


def correct(model: SmallNet, test=TEST) -> float:
    return float(((model.predict(test)[:, 0] > 0.5) == test.targets()[:, 0]).mean())


def test_a_motif_is_learnt(tmp_path) -> None:
    model = trained(tmp_path)
    assert correct(model) > 0.9
    assert model.history is not None
    assert len(model.history.points) == 6
    assert model.history.points[-1].step == 6 * (200 // 16)
    assert model.history.points[-1].train_loss < model.history.points[0].train_loss
    assert all(0 <= point.waited <= 1 for point in model.history.points)


def test_values_are_learnt_in_their_units(tmp_path) -> None:
    train, valid = (examples(count, seed, "regression") for count, seed in ((200, 0), (60, 1)))
    model = trained(tmp_path, train=train, valid=valid, kind="regression")
    predictions = model.predict(TEST)[:, 0]
    assert np.corrcoef(predictions, TEST.targets()[:, 0])[0, 1] > 0.8
    assert 9 < predictions.min() < predictions.max() < 14


def test_the_seed_decides(tmp_path) -> None:
    one, two = trained(tmp_path / "one"), trained(tmp_path / "two")
    assert same(one, two)
    settings = QUICK
    other = SmallNet(**settings)
    (tmp_path / "other").mkdir()
    other.fit(TRAIN, VALID, replace(context_in(tmp_path / "other"), seed=2))
    assert not same(one, other)


class KilledError(Exception):
    """Stands for a kill."""


@pytest.mark.parametrize("updates", [5, 12, 30, 61])
def test_a_killed_training_goes_on_to_the_same_weights(updates: int, tmp_path, caplog) -> None:
    caplog.set_level(logging.INFO)
    changes = {"schedule": "one-cycle", "shift": 3, "dropout": 0.3}
    whole = trained(tmp_path / "whole", changes)

    def killing(done: int, total: int, note: str = "") -> None:
        if done >= updates:
            raise KilledError

    with pytest.raises(KilledError):
        trained(tmp_path / "killed", changes, progress=killing)
    caplog.clear()
    resumed = trained(tmp_path / "killed", changes)
    assert same(whole, resumed)
    # Before the first scoring there is nothing to go on from.
    assert ("goes on after" in caplog.text) == (updates > whole.history.points[0].step)
    last = whole.history.points[-1]
    assert f"{last.step} updates in " in caplog.text
    assert f"{whole.history.scored_by} {last.score:.4f}" in caplog.text
    assert [point.step for point in resumed.history.points] == [
        point.step for point in whole.history.points
    ]
    np.testing.assert_array_equal(whole.predict(TEST), resumed.predict(TEST))


@pytest.mark.parametrize("budget", [Budget(steps=17), Budget(steps=24), Budget(seconds=2)])
def test_a_budget_is_spent_once(budget: Budget, tmp_path) -> None:
    changes = {"epochs": 10_000, "patience": 0}
    whole = trained(tmp_path, changes, budget=budget)
    again = trained(tmp_path, changes, budget=budget)
    assert same(whole, again)
    assert again.history == whole.history


@pytest.mark.parametrize(
    "changes",
    [{"patience": 2}, {"patience": 1, "learning_rate": 0.05}, {"patience": 0, "epochs": 5}],
)
def test_a_training_that_ended_is_not_trained_on(changes, tmp_path) -> None:
    changes = {"epochs": 60, **changes}
    whole = trained(tmp_path, changes)
    again = trained(tmp_path, changes)
    assert same(whole, again)
    assert again.history == whole.history


def test_budgets_end_a_training(tmp_path) -> None:
    steps = trained(tmp_path / "steps", budget=Budget(steps=17))
    assert [point.step for point in steps.history.points] == [12, 17]
    seconds = trained(tmp_path / "seconds", {"epochs": 10_000}, budget=Budget(seconds=1.5))
    assert seconds.history.points[-1].seconds < 20
    assert correct(seconds) > 0.6


def test_training_ends_when_scores_rise_no_more(tmp_path) -> None:
    scores = iter([0.1, 0.5, 0.4, 0.5, 0.3, 0.9, 0.9])
    model = trained(
        tmp_path, {"patience": 3, "epochs": 7}, score=lambda predictions, targets: next(scores)
    )
    assert [point.score for point in model.history.points] == pytest.approx(
        [0.1, 0.5, 0.4, 0.5, 0.3]
    )


def test_the_best_weights_are_kept(tmp_path) -> None:
    given = []

    def score(predictions, targets) -> float:
        given.append(predictions.copy())
        np.testing.assert_array_equal(targets, VALID.targets())
        return [0.1, 0.5, 0.9, 0.2, 0.3, 0.1][len(given) - 1]

    model = trained(tmp_path, score=score)
    np.testing.assert_allclose(model.predict(VALID), given[2], atol=1e-6)


def test_an_undefined_score_is_worse_than_any(tmp_path) -> None:
    scores = iter([float("nan"), 0.2, float("nan")])
    model = trained(tmp_path, {"epochs": 3}, score=lambda predictions, targets: next(scores))
    assert max(model.history.points, key=lambda point: point.score).score == pytest.approx(0.2)


def test_predictions_do_not_depend_on_batches_or_workers(tmp_path) -> None:
    model = trained(tmp_path / "one")
    whole = model.predict(TEST)
    parts = [model.predict(TEST[row : row + 7]) for row in range(0, 60, 7)]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-6)
    assert same(model, trained(tmp_path / "two", {"workers": 3}))
    flipped = ArrayExamples(reverse_complement(TEST.windows()))
    np.testing.assert_allclose(model.predict(flipped), whole, atol=1e-6)
    assert model.predict(TEST[:0]).shape == (0, 2)


def test_predictions_are_full_products_of_fast_convolutions(tmp_path) -> None:
    model = trained(tmp_path, {"epochs": 1})
    seen = []
    cudnn = torch.backends.cudnn
    model.network.register_forward_hook(lambda *_: seen.append((cudnn.enabled, cudnn.allow_tf32)))
    model.predict(TEST)
    assert set(seen) == {(True, False)}


def test_saved_models_predict_the_same(tmp_path) -> None:
    model = trained(tmp_path)
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["history.json", "weights.safetensors"]
    loaded = SmallNet.load(folder, context_in(tmp_path))
    np.testing.assert_array_equal(loaded.predict(TEST), model.predict(TEST))
    assert History.read(folder) == model.history
    assert json.loads((folder / "history.json").read_text())["scored_by"] == "loss"


def test_nothing_is_trained_without_validation_items(tmp_path) -> None:
    with pytest.raises(BenchError, match="there are no validation items"):
        trained(tmp_path, valid=VALID[:0])


def test_two_processes_train_together(tmp_path) -> None:
    model = trained(tmp_path, {"devices": 2, "epochs": 8})
    assert correct(model) > 0.85
    assert len(model.history.points) == 8


@pytest.mark.parametrize("clip", [0.0, 1e-9])
def test_gradients_are_clipped(clip: float, tmp_path) -> None:
    settings = {"gradient_clip": clip, "epochs": 1, "optimizer": "sgd", "learning_rate": 1.0}
    model = trained(tmp_path, settings)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        fresh = SmallNet(**QUICK).build(context_in(tmp_path).shape, model.settings)
    moved = float((fresh[0].weight - model.network[0].weight).detach().abs().max())
    assert (moved < 1e-6) == bool(clip)


def test_bfloat16_trains(tmp_path) -> None:
    model = trained(tmp_path, precision="bfloat16")
    assert correct(model) > 0.85
    assert model.network[0].weight.dtype == torch.float32


def test_the_process_is_left_as_it_was(tmp_path) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    threads, filters = torch.get_num_threads(), list(warnings.filters)
    trained(tmp_path)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    assert warnings.filters == filters
    assert threading.active_count() < 5


class Pretrained(SmallNet):
    """The same network, for which weights are published under other names."""

    layout = PublishedLayout(layers={"conv": "0", "out": "6"}, norms={"norm": "1"}, head="6")


def test_training_begins_with_published_weights(tmp_path) -> None:
    given = trained(tmp_path / "given").network.state_dict()
    published = {
        f"{layout}.{field}": given[f"{own}.{field}"]
        for layout, own in {"conv": "0", "norm": "1", "out": "6"}.items()
        for field in ("weight", "bias", "running_mean", "running_var")
        if f"{own}.{field}" in given
    }
    path = tmp_path / "published.pth"
    torch.save(published, path)
    settings = {**QUICK, "epochs": 1, "learning_rate": 1e-12, "weights": str(path)}
    model = Pretrained(**settings)
    (tmp_path / "scratch").mkdir()
    model.fit(TRAIN, VALID, context_in(tmp_path / "scratch", settings))
    torch.testing.assert_close(model.network[0].weight.detach(), given["0.weight"])
    # The targets may be others: their layer is learnt anew.
    assert not torch.allclose(model.network[6].weight.detach(), given["6.weight"], atol=1e-3)
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    path.unlink()
    loaded = Pretrained.load(folder, context_in(tmp_path, settings))
    np.testing.assert_array_equal(loaded.predict(TEST), model.predict(TEST))

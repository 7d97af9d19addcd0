"""Trainings on profiles: rates in bins, either strand, several heads, and genes read at the TSS."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_model import BINNED_SETTINGS, SmallBinned

from bench.data.alphabet import encode, reverse_complement
from bench.data.examples import ArrayExamples
from bench.interface import BenchError, FitContext, HeadShape, TaskKind, TaskShape
from bench.training.binned_model import bias_of_rates
from bench.training.loss import LEAST_RATE, MaskedLoss
from bench.training.mirror import Mirror

MOTIF = encode("TGACTCAGCA")
LENGTH, WIDTH, BINS = 128, 8, 12
MARGIN = (LENGTH - BINS * WIDTH) // 2


def profile(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences with one motif; reads of its strand and of both fall on its bin."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (count, LENGTH), dtype=np.uint8)
    rates = np.full((count, BINS, 3), 0.2)
    for row in range(count):
        place = int(rng.integers(MARGIN, MARGIN + BINS * WIDTH - 10))
        forward = rng.random() < 0.5
        codes[row, place : place + 10] = MOTIF if forward else reverse_complement(MOTIF)
        at = (place + 5 - MARGIN) // WIDTH
        rates[row, at, 0] = 6
        rates[row, at, 1 if forward else 2] = 6
    counts = rng.poisson(rates).astype(np.float32)
    counts[::7, 0] = np.nan
    return codes, counts


def head_shape(names=("both", "plus", "minus"), pairs=(0, 2, 1)) -> HeadShape:
    return HeadShape(targets=names, bins=BINS, bin_width=WIDTH, strand_pairs=pairs)


def context(folder, heads, kind=TaskKind.PROFILE, **changes) -> FitContext:
    folder.mkdir(exist_ok=True)
    settings = {**BINNED_SETTINGS, **changes}
    return FitContext(
        shape=TaskShape(kind=kind, heads=heads), seed=1, scratch=folder, settings=settings
    )


def correlation(model, examples, truth, head="default") -> float:
    found = model.predict(examples, head)
    assert found.shape == truth.shape
    known = ~np.isnan(truth)
    return float(np.corrcoef(found[known], truth[known])[0, 1])


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    shape = context(tmp_path_factory.mktemp("profile") / "scratch", {"default": head_shape()})
    model = SmallBinned(**shape.settings)
    parts = [ArrayExamples(*profile(count, seed)) for count, seed in ((400, 0), (60, 1))]
    model.fit(*parts, shape)
    return model, shape


def test_profiles_are_learnt(fitted) -> None:
    codes, counts = profile(100, 2)
    assert correlation(fitted[0], ArrayExamples(codes), counts) > 0.6
    assert (fitted[0].predict(ArrayExamples(codes)) > 0).all()


def test_predictions_of_the_other_strand_are_the_mirror(fitted) -> None:
    codes, _ = profile(20, 3)
    forward = fitted[0].predict(ArrayExamples(codes))
    turned = fitted[0].predict(ArrayExamples(reverse_complement(codes)))
    np.testing.assert_allclose(turned, forward[:, ::-1][..., [0, 2, 1]], atol=1e-5)


def test_a_saved_model_predicts_the_same(fitted, tmp_path) -> None:
    model, shape = fitted
    model.save(tmp_path)
    codes, _ = profile(10, 4)
    again = SmallBinned.load(tmp_path, shape).predict(ArrayExamples(codes))
    np.testing.assert_allclose(again, model.predict(ArrayExamples(codes)), rtol=1e-6)


def test_a_network_begins_at_the_mean_rates(tmp_path) -> None:
    shape = context(tmp_path / "s", {"default": head_shape()}, epochs=1, learning_rate=1e-12)
    codes, counts = profile(40, 0)
    model = SmallBinned(**shape.settings)
    model.fit(ArrayExamples(codes, counts), ArrayExamples(*profile(20, 1)), shape)
    bias = model.network.heads["default"].bias
    expected = np.nanmean(counts.reshape(-1, 3), axis=0)
    np.testing.assert_allclose(torch.nn.functional.softplus(bias).detach(), expected, rtol=1e-4)


def test_heads_share_a_trunk_and_take_turns(tmp_path) -> None:
    heads = {"human": head_shape(), "mouse": head_shape(("all",), None)}
    shape = context(tmp_path / "s", heads)
    codes, counts = profile(300, 0)
    other, reads = profile(150, 5)
    train = TwoHeads(np.concatenate([codes, other]), counts, reads[..., :1])
    valid_codes, valid_counts = profile(40, 1)
    valid = TwoHeads(np.concatenate([valid_codes] * 2), valid_counts, valid_counts[..., :1])
    model = SmallBinned(**shape.settings)
    model.fit(train, valid, shape)
    assert model.history.points[-1].step == shape.settings["epochs"] * 2 * (300 // 16)
    test, truth = profile(80, 2)
    assert correlation(model, ArrayExamples(test), truth, "human") > 0.5
    assert correlation(model, ArrayExamples(test), truth[..., :1], "mouse") > 0.5
    with pytest.raises(BenchError, match="no head 'rat', expected one of human, mouse"):
        model.predict(ArrayExamples(test), "rat")


def test_training_on_genes_begins_with_the_weights_of_a_trunk(fitted, tmp_path) -> None:
    trunk, _ = fitted
    genes = {"default": HeadShape(targets=("level",))}
    shape = context(tmp_path / "s", genes, TaskKind.EXPRESSION)
    before = {name: value.clone() for name, value in trunk.network.trunk.state_dict().items()}
    model = SmallBinned(**shape.settings)
    model._begin(shape)
    first = {name: value.clone() for name, value in model.network.network.state_dict().items()}
    assert not any(torch.equal(value, before[name.removeprefix("trunk.")]) for name, value in
                   first.items())  # fmt: skip
    model.take_weights(replace(shape, upstream={"trunk": trunk}))
    for name, value in model.network.network.trunk.state_dict().items():
        assert torch.equal(value, before[name])
    # The trunk itself is not trained on.
    codes, counts = profile(64, 3)
    given = ArrayExamples(codes, counts[:, :, 1].sum(axis=1, keepdims=True))
    model.fit(given, given, replace(shape, upstream={"trunk": trunk}))
    assert not torch.equal(model.network.network.trunk[0].weight, before["0.weight"])
    assert torch.equal(trunk.network.trunk[0].weight, before["0.weight"])


def test_a_trunk_that_does_not_fit_is_refused(fitted, tmp_path) -> None:
    class Wider(SmallBinned):
        def network_of(self, settings, heads):
            network = super().network_of(settings, heads)
            network.trunk[0] = torch.nn.Conv1d(4, 16, 13, padding=6)
            return network

    shape = context(tmp_path / "s", {"default": HeadShape(targets=("level",))},
                    TaskKind.EXPRESSION)  # fmt: skip
    wider = Wider(**shape.settings)
    wider._begin(replace(shape, shape=fitted[1].shape))
    model = SmallBinned(**shape.settings)
    model._begin(shape)
    with pytest.raises(BenchError, match=r"other settings: its 'trunk\.0\.weight' does not fit"):
        model.take_weights(replace(shape, upstream={"trunk": wider}))


@pytest.mark.parametrize("at_once", [0, 4])
def test_updates_of_an_epoch_are_those_of_all_heads(at_once: int, tmp_path) -> None:
    heads = {"human": head_shape(), "mouse": head_shape(("all",), None)}
    settings = {"epochs": 3, "steps_per_epoch": 10, "items_at_once": at_once}
    shape = context(tmp_path / "s", heads, **settings)
    codes, counts = profile(60, 0)
    both = TwoHeads(np.concatenate([codes, codes]), counts, counts[..., :1])
    model = SmallBinned(**shape.settings)
    model.fit(both, both, shape)
    assert [point.step for point in model.history.points] == [10, 20, 30]


def test_a_batch_in_parts_moves_weights_as_the_whole_does(tmp_path) -> None:
    codes, counts = profile(64, 0)
    given = ArrayExamples(codes, np.nan_to_num(counts))
    fitted = []
    for at_once in (0, 16, 5):
        changes = {"reverse_complement": False, "epochs": 2, "optimizer": "sgd", "batch_size": 16,
                   "items_at_once": at_once}  # fmt: skip
        shape = context(tmp_path / str(at_once), {"default": head_shape()}, **changes)
        fitted.append(SmallBinned(**shape.settings))
        fitted[-1].fit(given, given, shape)
    whole, one_part, parts = (model.network.state_dict() for model in fitted)
    for name, weights in whole.items():
        assert torch.equal(weights, one_part[name])
        torch.testing.assert_close(weights, parts[name], rtol=1e-4, atol=1e-6)


def test_a_head_without_a_score_leaves_the_choice_of_weights_to_the_others(tmp_path) -> None:
    heads = {"human": head_shape(), "mouse": head_shape(("all",), None)}
    shape = context(tmp_path / "s", heads, epochs=2)
    shape = replace(shape, score=lambda predictions, targets: float("nan") if
                    targets.shape[-1] == 1 else float(np.nanmean(predictions)))  # fmt: skip
    codes, counts = profile(40, 0)
    both = TwoHeads(np.concatenate([codes, codes]), counts, counts[..., :1])
    model = SmallBinned(**shape.settings)
    model.fit(both, both, shape)
    assert all(point.score > 0 for point in model.history.points)


class TwoHeads(ArrayExamples):
    """The first items are of the head human, the others of the head mouse."""

    def __init__(self, codes, human, mouse) -> None:
        whole = {
            "human": np.full((len(codes), *human.shape[1:]), np.nan, np.float32),
            "mouse": np.full((len(codes), *mouse.shape[1:]), np.nan, np.float32),
        }
        whole["human"][: len(human)] = human
        whole["mouse"][len(human) :] = mouse
        super().__init__(codes, whole)
        self.first = len(human)

    def of_head(self, head):
        rows = np.arange(len(self))
        return self[rows[rows < self.first] if head == "human" else rows[rows >= self.first]]


def test_genes_are_read_at_the_tss_and_on_their_own_strand(tmp_path) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (500, LENGTH), dtype=np.uint8)
    levels = rng.normal(0, 0.1, (500, 2)).astype(np.float32)
    for row in range(0, 500, 2):
        codes[row, 50:60] = MOTIF
        levels[row] += (2, -1)
    for row in range(1, 500, 4):
        codes[row, 68:78] = reverse_complement(MOTIF)
    heads = {"default": HeadShape(targets=("a", "b"))}
    shape = context(tmp_path / "s", heads, TaskKind.EXPRESSION, learning_rate=3e-3, epochs=30)
    model = SmallBinned(**shape.settings)
    examples = ArrayExamples(codes, levels)
    model.fit(examples[:400], examples[400:450], shape)
    assert not model.settings.average_strands
    found = model.predict(ArrayExamples(codes[450:]))
    assert np.corrcoef(found[:, 0], levels[450:, 0])[0, 1] > 0.9
    assert np.corrcoef(found[:, 1], levels[450:, 1])[0, 1] > 0.8


@pytest.mark.parametrize(
    ("bins", "width", "message"),
    [
        (BINS, 16, "bins of 8 bp, but the task has bins of 16 bp"),
        (17, WIDTH, "length is 128, expected 17 bins"),
        (11, WIDTH, "length is 128, expected 11 bins"),
    ],
)
def test_other_bins_are_refused(tmp_path, bins, width, message) -> None:
    heads = {"default": HeadShape(targets=("a",), bins=bins, bin_width=width)}
    shape = context(tmp_path / "s", heads)
    with pytest.raises(BenchError, match=message):
        SmallBinned(**shape.settings).build(shape.shape, SmallBinned(**shape.settings).settings)


def test_poisson_loss_is_that_of_rates() -> None:
    loss = MaskedLoss(TaskKind.PROFILE, 2)
    rates = torch.tensor([[[1.0, 2.0], [0.0, 4.0]]])
    counts = torch.tensor([[[0.0, 3.0], [1.0, float("nan")]]])
    expected = (1 + (2 - 3 * np.log(2)) - np.log(LEAST_RATE)) / 3
    assert float(loss(rates, counts)) == pytest.approx(expected, rel=1e-6)
    torch.testing.assert_close(loss.predicted(rates), rates)


def test_a_mirror_turns_bins_and_exchanges_strands() -> None:
    mirror = Mirror(head_shape())
    values = torch.arange(2 * BINS * 3.0).reshape(2, BINS, 3)
    torch.testing.assert_close(mirror(values), values.flip(1)[..., [0, 2, 1]])
    torch.testing.assert_close(mirror(mirror(values)), values)
    flat = torch.ones(2, 3)
    torch.testing.assert_close(mirror(flat), flat)


def test_the_bias_of_rates_is_the_inverse_of_softplus() -> None:
    rates = torch.tensor([1e-3, 0.5, 3.0, 50.0])
    torch.testing.assert_close(torch.nn.functional.softplus(bias_of_rates(rates)), rates)
    assert torch.isfinite(bias_of_rates(torch.zeros(1))).all()

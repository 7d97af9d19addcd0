"""Whole trainings by recorded steps: they learn what they learn where all is computed as usual."""

from __future__ import annotations

import logging
from functools import partial

import numpy as np
import pytest
import torch
from small_model import SmallNet
from stand_in_graph import FailingGraph, StandInGraph
from torch import nn

from bench.data.examples import ArrayExamples
from bench.interface import FitContext, HeadShape, TaskKind, TaskShape
from bench.training import optimizer
from bench.training.batches import TrainingBatches
from bench.training.fitting import Training
from bench.training.step_recorder import StepRecorder

GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
SETTINGS = {"epochs": 3, "batch_size": 16, "learning_rate": 1e-2, "dropout": 0.0}
# Adam would make steps of the same size from what is rounding alone, such as of a bias before
# normalisation.
ON_GPU = {"device": "cuda", "optimizer": "sgd"}


def examples(count: int, seed: int, heads=("default",)) -> ArrayExamples:
    generator = np.random.default_rng(seed)
    codes = generator.integers(0, 4, (count, 60), dtype=np.uint8)
    targets = generator.integers(0, 2, (len(heads), count, 2)).astype(np.float32)
    targets[:, ::9, 1] = np.nan
    return ArrayExamples(codes, dict(zip(heads, targets, strict=True)))


class Heads(nn.Module):
    """One trunk, and a layer for each head; with a penalty, as some networks have."""

    def __init__(self, names) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv1d(4, 8, 10), nn.BatchNorm1d(8), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten()
        )
        self.heads = nn.ModuleDict({name: nn.Linear(8, 2) for name in names})
        self.activity = None

    def forward(self, sequences, head="default"):
        hidden = self.trunk(sequences)
        self.activity = hidden.abs().mean() if self.training else None
        return self.heads[head](hidden)

    def penalty(self):
        activity, self.activity = self.activity, None
        return 0.1 * activity

    def auxiliary_loss(self, targets):
        return 0.1 * self.trunk[0].weight.square().mean() * torch.nan_to_num(targets).mean()


class HeadedNet(SmallNet):
    def build(self, shape, settings):
        return Heads(shape.heads)


@pytest.fixture
def recorders(monkeypatch):
    """Let trainings on a CPU be recorded by the stand-in; the recorders are kept."""
    made = []

    def recorder(training):
        if not training.settings.recorded:
            return None
        graph = partial(made_by[0], training.network)
        together = training._batches_of_an_update
        made.append(Kept(accumulates=together > 1, log=training.context.log, make_graph=graph))
        return made[-1]

    made_by = [StandInGraph]
    monkeypatch.setattr(Training, "_recorder", recorder)
    return made, made_by


class Kept(StepRecorder):
    """Tells of its steps after they are released."""

    replays = ()

    def release(self) -> None:
        self.replays = [step.step.graph.replays for step in self._steps.values()]
        super().release()


def trained(folder, model=SmallNet, heads=("default",), device="cpu", precision="float32", **more):
    folder.mkdir(exist_ok=True)
    settings = {**SETTINGS, **more}
    shape = TaskShape(
        kind=TaskKind.CLASSIFICATION,
        heads={name: HeadShape(targets=("bound", "unbound")) for name in heads},
    )
    context = FitContext(
        shape=shape, seed=1, scratch=folder, settings=settings, device=device, precision=precision
    )
    fitted = model(**settings)
    fitted.fit(examples(200, 0, heads), examples(60, 1, heads), context)
    return fitted


def assert_same(one, other, **tolerance) -> None:
    state = other.network.state_dict()
    tolerance = tolerance or {"rtol": 0, "atol": 0}
    for name, value in one.network.state_dict().items():
        torch.testing.assert_close(value, state[name], **tolerance)
    for own, expected in zip(one.history.points, other.history.points, strict=True):
        assert own.step == expected.step
        for field in ("train_loss", "valid_loss", "score"):
            value = getattr(expected, field)
            assert getattr(own, field) == pytest.approx(value, rel=tolerance["rtol"] or 1e-12)


CHANGES = [
    {},
    {"items_at_once": 8},
    {"items_at_once": 6, "batch_size": 18},
    {"gradient_clip": 0.1},
    {"gradient_clip": 0.1, "items_at_once": 4, "optimizer": "sgd", "weight_norm": 0.5},
    {"dropout": 0.3},
]


@pytest.mark.parametrize("changes", CHANGES)
def test_recorded_is_as_usual(changes, tmp_path, recorders) -> None:
    usual = trained(tmp_path / "usual", **changes)
    assert not recorders[0]
    recorded = trained(tmp_path / "recorded", recorded=True, **changes)
    assert_same(recorded, usual)
    batch = changes.get("batch_size", 16)
    parts = -(-batch // changes.get("items_at_once", batch))
    # All batches but the first.
    assert recorders[0][0].replays == [3 * (200 // batch) * parts - 1]


def test_penalties_are_recorded(tmp_path, recorders) -> None:
    usual = trained(tmp_path / "usual", HeadedNet)
    recorded = trained(tmp_path / "recorded", HeadedNet, recorded=True)
    assert_same(recorded, usual)
    assert len(recorders[0][0].replays) == 1


@pytest.mark.parametrize("together", [1, 2])
def test_heads_are_recorded_one_by_one(together: int, tmp_path, recorders) -> None:
    changes = {"items_at_once": 16 // together, "weight_decay": 0.1, "heads": ("one", "two")}
    usual = trained(tmp_path / "usual", HeadedNet, **changes)
    recorded = trained(tmp_path / "recorded", HeadedNet, recorded=True, **changes)
    assert_same(recorded, usual)
    assert recorders[0][0].replays == [3 * (200 // 16) * together - 1] * 2


@pytest.mark.parametrize("together", [1, 2])
def test_a_last_batch_may_be_smaller(together: int, tmp_path, recorders, monkeypatch) -> None:
    read = TrainingBatches._read

    def smaller(batches, epoch, step, rows):
        last = step == len(batches) - 1
        return read(batches, epoch, step, rows[:3] if last else rows)

    monkeypatch.setattr(TrainingBatches, "_read", smaller)
    usual = trained(tmp_path / "usual", items_at_once=16 // together)
    recorded = trained(tmp_path / "recorded", items_at_once=16 // together, recorded=True)
    assert_same(recorded, usual)
    # The smaller one is as usual in the first epoch, and recorded in the second.
    assert recorders[0][0].replays == [3 * (12 * together - 1) - 1, 2]


def test_bfloat16_is_recorded(tmp_path, recorders) -> None:
    usual = trained(tmp_path / "usual", precision="bfloat16")
    recorded = trained(tmp_path / "recorded", precision="bfloat16", recorded=True)
    assert_same(recorded, usual)


def test_a_network_that_cannot_be_recorded_is_trained_as_usual(tmp_path, recorders, caplog) -> None:
    recorders[1][0] = FailingGraph
    usual = trained(tmp_path / "usual", dropout=0.3, heads=("one", "two"), model=HeadedNet)
    with caplog.at_level(logging.WARNING):
        recorded = trained(
            tmp_path / "recorded", dropout=0.3, heads=("one", "two"), model=HeadedNet, recorded=True
        )
    assert_same(recorded, usual)
    (message,) = [record.message for record in caplog.records if "recorded" in record.message]
    assert message == (
        "the training step cannot be recorded, and is computed as usual: operation not permitted "
        "when stream is capturing"
    )
    assert recorders[0][0].replays == []


def test_on_a_cpu_nothing_is_recorded(tmp_path) -> None:
    usual = trained(tmp_path / "usual")
    assert_same(trained(tmp_path / "recorded", recorded=True), usual)


@GPU
@pytest.mark.parametrize("changes", [each for each in CHANGES if "dropout" not in each], ids=str)
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_on_a_gpu_recorded_is_as_usual(precision: str, changes, tmp_path, caplog) -> None:
    how = {**ON_GPU, "precision": precision, **changes}
    usual = trained(tmp_path / "usual", **how)
    with caplog.at_level(logging.WARNING):
        recorded = trained(tmp_path / "recorded", recorded=True, **how)
    assert "cannot be recorded" not in caplog.text
    assert_same(recorded, usual, rtol=2e-3, atol=2e-3)


@GPU
@pytest.mark.parametrize("together", [1, 2])
def test_heads_on_a_gpu(together: int, tmp_path, caplog) -> None:
    how = {**ON_GPU, "items_at_once": 16 // together, "heads": ("one", "two")}
    usual = trained(tmp_path / "usual", HeadedNet, **how)
    with caplog.at_level(logging.WARNING):
        recorded = trained(tmp_path / "recorded", HeadedNet, recorded=True, **how)
    assert "cannot be recorded" not in caplog.text
    assert_same(recorded, usual, rtol=2e-3, atol=2e-3)


class Waiting(Heads):
    def forward(self, sequences, head="default"):
        output = super().forward(sequences, head)
        return output if output.sum().item() > 0 else 2 * output


class WaitingNet(SmallNet):
    def build(self, shape, settings):
        return Waiting(shape.heads)


@GPU
@pytest.mark.filterwarnings("ignore:The AccumulateGrad node's stream")
def test_what_waits_for_a_gpu_is_trained_as_usual(tmp_path, caplog) -> None:
    usual = trained(tmp_path / "usual", WaitingNet, **ON_GPU)
    with caplog.at_level(logging.WARNING):
        recorded = trained(tmp_path / "recorded", WaitingNet, recorded=True, **ON_GPU)
    assert caplog.text.count("cannot be recorded") == 1
    assert_same(recorded, usual, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_gradients_are_clipped_of_fused_optimizers(name, precision, tmp_path, monkeypatch) -> None:
    clipped = []

    def clip(weights, most):
        clipped.append(most)
        return torch.zeros(())

    monkeypatch.setattr(optimizer, "_can_be_fused", lambda _: True)
    monkeypatch.setattr(nn.utils, "clip_grad_norm_", clip)
    trained(tmp_path, optimizer=name, gradient_clip=0.5, precision=precision, epochs=1)
    assert set(clipped) == {0.5}


def test_old_gradients_are_let_go_before_a_recording(tmp_path, recorders) -> None:
    class Watching(StandInGraph):
        def warm_up(self, function) -> None:
            held.append([weight.grad for weight in self.network.parameters()])
            super().warm_up(function)

    held = []
    recorders[1][0] = Watching
    trained(tmp_path, recorded=True)
    assert held
    assert all(gradient is None for gradients in held for gradient in gradients)

"""Schedules and limits by their definitions."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from bench.interface import BenchError
from bench.training import TrainingSettings
from bench.training.optimizer import limit_weight_norms, make_optimizer, rate_factor


def factors(total: int = 100, **settings) -> list[float]:
    given = TrainingSettings(**settings)
    return [rate_factor(step, total, given) for step in range(total + 1)]


def test_schedules() -> None:
    assert set(factors()) == {1.0}
    cosine = factors(schedule="cosine")
    assert cosine[0] == 1
    assert cosine[50] == pytest.approx(0.5)
    assert cosine[100] == pytest.approx(0)
    cycle = factors(schedule="one-cycle")
    assert max(cycle) == cycle[30] == 1
    assert cycle[0] == pytest.approx(1 / 25)
    assert cycle[100] == pytest.approx(1e-4)
    inverse = factors(schedule="inverse-time", decay=0.1)
    assert inverse[10] == pytest.approx(1 / 2)
    warm = factors(warmup_steps=10)
    assert warm[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert warm[10] == 1


@pytest.mark.parametrize("name", ["adamw", "adam", "sgd", "rmsprop"])
def test_optimizers(name: str) -> None:
    weight = nn.Parameter(torch.ones(3))
    optimizer = make_optimizer([weight], TrainingSettings(optimizer=name, learning_rate=0.1))
    for _ in range(100):
        optimizer.zero_grad()
        weight.square().sum().backward()
        optimizer.step()
    assert weight.abs().max() < 0.3


@pytest.mark.parametrize("name", ["adamw", "adam"])
def test_on_a_cpu_nothing_is_fused(name: str) -> None:
    optimizer = make_optimizer([nn.Parameter(torch.ones(3))], TrainingSettings(optimizer=name))
    assert not optimizer.param_groups[0]["fused"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("name", ["adamw", "adam"])
def test_fused_on_a_gpu_is_the_same(name: str) -> None:
    settings = TrainingSettings(optimizer=name, learning_rate=0.1, weight_decay=0.1)
    weights = [nn.Parameter(torch.linspace(-1, 1, 5, device="cuda")) for _ in range(2)]
    fused, usual = (
        make_optimizer([weight], settings, is_scaled=scaled)
        for weight, scaled in zip(weights, (False, True), strict=True)
    )
    assert fused.param_groups[0]["fused"]
    assert not usual.param_groups[0]["fused"]
    for _ in range(10):
        for weight, optimizer in zip(weights, (fused, usual), strict=True):
            optimizer.zero_grad()
            (weight - 0.3).square().sum().backward()
            optimizer.step()
    torch.testing.assert_close(*weights)
    on_both = [weights[0], nn.Parameter(torch.ones(3))]
    assert not make_optimizer(on_both, settings).param_groups[0]["fused"]


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_nothing_is_fused_whose_gradients_are_scaled(name: str, monkeypatch) -> None:
    monkeypatch.setattr("bench.training.optimizer._can_be_fused", lambda _: True)
    weights = [nn.Parameter(torch.ones(3))]
    settings = TrainingSettings(optimizer=name)
    for scaled in (False, True):
        made = make_optimizer(weights, settings, is_scaled=scaled)
        assert bool(made.param_groups[0]["fused"]) is not scaled


def test_norms_of_weights_are_limited_one_output_at_a_time() -> None:
    network = nn.Sequential(nn.Conv1d(2, 3, 5), nn.Linear(4, 2), nn.BatchNorm1d(2))
    with torch.no_grad():
        for weight in network.parameters():
            weight.fill_(1.0)
        network[1].weight[0] = 0.1
    limit_weight_norms(network, 1.5)
    norms = network[0].weight.detach().flatten(1).norm(dim=1)
    torch.testing.assert_close(norms, torch.full((3,), 1.5))
    torch.testing.assert_close(network[1].weight[0].detach(), torch.full((4,), 0.1))
    assert float(network[1].weight[1].detach().norm()) == pytest.approx(1.5)
    assert (network[2].weight == 1).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0, expected 1 or more"),
        ({"learning_rate": 0.0}, "learning_rate is 0, expected a positive number"),
        (
            {"batch_size": 10, "items_at_once": 4},
            "items_at_once is 4, but a batch of 10 has no 3 parts of the same size",
        ),
        ({"weight_decay": float("nan")}, "weight_decay is nan, expected 0 or more"),
        ({"optimizer": "lion"}, "optimizer is 'lion', expected one of adamw, adam, sgd, rmsprop"),
        ({"schedule": "never"}, "schedule is 'never', expected one of constant"),
        ({"class_weights": "x"}, "class_weights is 'x', expected one of none, balanced"),
    ],
)
def test_settings_out_of_range(wrong, message: str) -> None:
    with pytest.raises(BenchError, match=message):
        TrainingSettings(**wrong)

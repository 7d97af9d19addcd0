"""First weights of networks."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from bench.interface import BenchError
from bench.training import TrainingSettings
from bench.training.initial import draw_first_weights, draw_he_weights


def deep(width=64):
    layers = [nn.Conv1d(4, width, 9), nn.ReLU()]
    for _ in range(5):
        layers += [nn.Conv1d(width, width, 9), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(width * 52, 1, bias=False))


def test_values_keep_their_size_through_layers():
    torch.manual_seed(0)
    network = deep()
    sequences = torch.eye(4)[torch.randint(0, 4, (8, 100))].transpose(1, 2)
    before = network[:-1](sequences).square().mean()
    draw_he_weights(network)
    first = network[:2](sequences).square().mean()
    after = network[:-1](sequences).square().mean()
    assert 0.5 < after / first < 2
    assert before < 0.1 * after


def test_the_last_layer_stays():
    network = deep(8)
    last = network[-1].weight.clone()
    draw_he_weights(network)
    assert torch.equal(network[-1].weight, last)
    assert not network[0].bias.any()


def test_uniform_weights_have_the_deviation_of_deepsea():
    torch.manual_seed(0)
    network = deep()
    draw_first_weights(network, "uniform")
    for layer in (network[0], network[4], network[-1]):
        assert layer.weight.std().item() == pytest.approx(0.05, rel=0.05)
        assert layer.weight.abs().max() <= 0.05 * 3**0.5
    assert network[0].bias.any()


def test_other_words_are_refused():
    with pytest.raises(BenchError, match="'xavier', expected one of torch, he, uniform"):
        TrainingSettings(initial_weights="xavier")

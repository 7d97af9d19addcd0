"""Arithmetic of a training against formulas."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from bench.interface import DEFAULT_HEAD, HeadShape, TaskKind, TaskShape
from bench.training.flops import update_flops
from bench.training.history import History, Point
from tests.training.small_model import SmallNet

PLACES, WINDOW, FILTERS = 51, 10, 16
CONVOLUTION = 2 * PLACES * FILTERS * 4 * WINDOW
LINEAR = 2 * FILTERS
ONCE = 2 * CONVOLUTION + 3 * LINEAR
"""Of a convolution at the input no gradient of its input is taken."""


def small_net(updates):
    model = SmallNet(batch_size=32)
    kind, head = TaskKind.CLASSIFICATION, HeadShape(targets=("t",))
    model.shape = TaskShape(kind=kind, heads={DEFAULT_HEAD: head})
    point = Point(
        step=updates, seconds=1, train_loss=1, valid_loss=1, score=1, learning_rate=1, waited=0
    )
    model.history = History("score", [point] if updates else [])
    return model


def test_layers_by_hand():
    assert small_net(7).training_flops() == ONCE * 32 * 7


def test_without_updates_nothing_is_told():
    assert small_net(0).training_flops() is None
    loaded = small_net(3)
    loaded.history = None
    assert loaded.training_flops() is None


def test_attention_grows_with_the_square_of_the_length():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(4, 8)

        def forward(self, given):
            x = self.inner(given.transpose(1, 2))
            return (x @ x.transpose(1, 2)) @ x

    def flops(length):
        return update_flops(Attention, length, None)

    square = flops(400) - 2 * flops(200)
    assert square == pytest.approx(2 * 3 * 2 * 2 * 200 * 200 * 8, rel=0.01)


def test_random_numbers_are_left_alone():
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    small_net(1).training_flops()
    assert torch.equal(torch.random.get_rng_state(), before)

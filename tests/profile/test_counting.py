"""Counted arithmetic against formulas, and against the published cost of Enformer."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional

from bench.profile.counting import Counts, Speeds, count
from bench.profile.parts import time_of_parts
from bench_enformer.enformer import Enformer
from bench_enformer.model import EnformerModel
from bench_enformer.settings import COMPACT, PUBLISHED
from bench_hyena.long_convolution import long_convolution


def counted(network: nn.Module, given: torch.Tensor, speeds: Speeds | None = None) -> Counts:
    def step() -> None:
        with torch.no_grad():
            network(given)

    return count(network, step, speeds)


class Core(nn.Module):
    part = "attention"

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Conv1d(8, 8, 1)

    def forward(self, values):
        return self.inner(values)


def test_convolutions_and_linear_maps():
    network = nn.Sequential(nn.Conv1d(4, 8, 5, padding=2), nn.ReLU(), Core(), nn.Linear(100, 10))
    found = counted(network, torch.zeros(3, 4, 100))
    expected = {
        "convolution": 2 * 3 * 100 * 8 * 4 * 5,
        "attention": 2 * 3 * 100 * 8 * 8,
        "other": 2 * 3 * 8 * 100 * 10,
    }
    assert found.flops_of_parts == expected
    assert found.flops == sum(expected.values())
    assert found.uncounted == {"relu": 1}


def test_a_gradient_costs_twice_as_much():
    network = nn.Sequential(nn.Linear(64, 64), nn.Linear(64, 64))
    given = torch.zeros(5, 64, requires_grad=True)
    found = count(network, lambda: network(given).sum().backward())
    assert found.flops == 3 * 2 * 2 * 5 * 64 * 64


def test_bytes_of_what_is_read_and_written():
    layer = nn.Linear(10, 20)
    found = counted(layer, torch.zeros(7, 10))
    assert found.bytes_moved == 4 * (7 * 10 + 10 * 20 + 20 + 7 * 20)
    view = count(layer, lambda: torch.zeros(7, 10).T.reshape(70)[3:])
    assert view.bytes_moved == 4 * (70 + 2 * 70)


def test_seconds_are_those_of_the_slower_of_arithmetic_and_memory():
    layer = nn.Linear(1000, 1000, bias=False)
    flops, moved = 2e9, 4 * (2 * 1e6 + 1e6)
    given = torch.zeros(1000, 1000)
    assert counted(layer, given, Speeds(flops, 1e30)).seconds == pytest.approx(1)
    assert counted(layer, given, Speeds(1e30, moved)).seconds == pytest.approx(1)
    assert counted(layer, given, Speeds(flops, moved / 3)).seconds == pytest.approx(3)


def test_fourier_transforms_are_counted():
    values, filters = torch.zeros(2, 3, 64), torch.zeros(3, 127)

    found = count(nn.Identity(), lambda: long_convolution(values, filters))
    # Real transforms of 128: two sequences of three channels there and back, and three filters.
    once = 2.5 * 128 * math.log2(128)
    assert found.flops == pytest.approx((6 + 3 + 6) * once)


def test_no_values_are_needed():
    with FakeTensorMode():
        network = nn.Conv1d(4, 8, 15, padding=7)
        found = counted(network, torch.zeros(1, 4, 1 << 24))
    assert found.flops == 2 * 2**24 * 8 * 4 * 15


@pytest.mark.parametrize(("length", "whole"), [(65_536, 1.07), (196_608, 3.33), (786_432, 15.2)])
def test_enformer_costs_what_is_known(length: int, whole: float):
    with FakeTensorMode():
        model = EnformerModel(**PUBLISHED.as_preset())
        workload = model.workload(length, 5313 + 1643, as_published=True)
        assert workload is not None
        codes = torch.zeros(1, length, dtype=torch.uint8)
        network = workload.network.eval()

        def step() -> None:
            with torch.no_grad():
                workload.forward(codes)

        found = count(network, step)
    assert found.flops / 1e12 == pytest.approx(whole, rel=0.005)
    tokens, layers = length // 128, 11
    # Content, relative and value products: 64 for keys, 192 for values, in each of eight heads.
    core = 2 * layers * 8 * (tokens**2 * (64 + 192) + tokens * (2 * tokens - 1) * 64)
    assert found.flops_of_parts["attention"] == core


def test_softmax_is_no_counted_arithmetic():
    found = count(nn.Identity(), lambda: functional.softmax(torch.zeros(3, 4), dim=1))
    assert found.flops == 0
    assert found.uncounted["_softmax"] == 1


@pytest.mark.parametrize("groups", [1, 4, 8])
def test_groups_of_channels_have_gradients_of_their_own(groups: int):
    layer = nn.Conv1d(8, 8, 5, padding=2, groups=groups)
    given = torch.zeros(3, 8, 100, requires_grad=True)
    forward = 2 * 3 * 100 * 8 * (8 // groups) * 5
    assert count(layer, lambda: layer(given)).flops == forward
    assert count(layer, lambda: layer(given).sum().backward()).flops == 3 * forward


def test_parts_are_told_where_activations_are_computed_again() -> None:
    settings = replace(COMPACT, length=2048, checkpointing=True)
    network = Enformer(settings, {"default": (32, 2)}).train()
    given = torch.rand(2, 4, 2048)
    found = time_of_parts(network, lambda: network(given).sum().backward(), "cpu", backward=True)
    assert set(found) == {"convolution", "attention", "other"}
    assert all(seconds > 0 for seconds in found.values())

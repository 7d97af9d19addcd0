"""Long convolutions, against sums over all pairs of positions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bench.interface import BenchError
from bench.training.receptive_field import receptive_field
from bench_hyena.long_convolution import DrawnFilters, LongConvolution, long_convolution
from bench_hyena.network import HyenaNetwork
from bench_hyena.settings import COMPACT, FULL, HyenaSettings

HEADS = {"default": (10, 3), "other": (16, 2)}
SMALL = HyenaSettings(
    length=512, stem_channels=4, channels=8, pools=3, layers=2, filter_waves=4, filter_hidden=8,
    hidden=8, pointwise=8, dropout=0.0,
)  # fmt: skip


@pytest.mark.parametrize("length", [1, 2, 7, 16, 33])
def test_a_long_convolution_is_a_sum_over_all_positions(length):
    rng = np.random.default_rng(length)
    values = rng.normal(size=(2, 3, length))
    filters = rng.normal(size=(3, 2 * length - 1))
    expected = np.zeros_like(values)
    for here in range(length):
        for there in range(length):
            expected[:, :, here] += filters[:, length - 1 + here - there] * values[:, :, there]
    found = long_convolution(torch.from_numpy(values), torch.from_numpy(filters))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_low_precision_is_kept_but_not_computed_in():
    values = torch.randn(1, 2, 1000)
    filters = torch.randn(2, 1999)
    found = long_convolution(values.bfloat16(), filters)
    assert found.dtype == torch.bfloat16
    expected = long_convolution(values.bfloat16().double(), filters.double())
    torch.testing.assert_close(found.double(), expected, rtol=1e-2, atol=1e-2)


def test_filters_hold_for_any_length():
    filters = DrawnFilters(6, 4, 8)
    long, short = filters(50), filters(20)
    assert long.shape == (6, 99)
    torch.testing.assert_close(long[:, 30:69], short)


def test_both_sides_have_weights_of_their_own():
    torch.manual_seed(0)
    layer = LongConvolution(8, 4, 8).eval()
    inputs = torch.randn(1, 40, 8, requires_grad=True)
    layer(inputs)[0, 20].sum().backward()
    seen = inputs.grad[0].abs().sum(dim=1)
    assert (seen > 0).all()
    assert not torch.allclose(seen[:20].flip(0), seen[20:])


def test_the_network_reads_all_and_cuts_the_middle():
    torch.manual_seed(1)
    network = HyenaNetwork(SMALL, HEADS).eval()
    sequences = torch.randn(2, 4, 512)
    assert network(sequences).shape == (2, 10, 3)
    assert network(sequences, "other").shape == (2, 16, 2)
    assert (network(sequences) > 0).all()
    inner = network.embeddings(sequences, 10)
    torch.testing.assert_close(network.embeddings(sequences, 16)[:, 3:13], inner)
    assert receptive_field(network, 512) == 512
    with pytest.raises(ValueError, match="32 positions less 33 bins leave -1"):
        network.embeddings(sequences, 33)


def test_sizes():
    assert SMALL.bin_width == 16
    assert COMPACT.tower_channels[-1] == COMPACT.channels
    assert FULL.bin_width == 128
    with torch.device("meta"):
        full = HyenaNetwork(FULL, {"human": (896, 5313), "mouse": (896, 1643)})
    assert sum(weights.numel() for weights in full.parameters()) == 282_748_897


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"length": 500}, "length is 500, expected a multiple of the bin width, 16"),
        ({"channels": 0}, "channels is 0, expected 1 or more"),
        ({"dropout": 1.0}, "dropout is 1, expected 0 to less than 1"),
    ],
)
def test_settings_out_of_range(wrong, message):
    sizes = {"length": 512, "pools": 3}
    with pytest.raises(BenchError, match=message):
        HyenaSettings(**{**sizes, **wrong})

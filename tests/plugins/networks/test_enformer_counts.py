"""What kernels do is counted as it is: each number read or written once, products as they are."""

from __future__ import annotations

import pytest
import torch
from test_enformer_attention import inputs, projections
from torch._subclasses.fake_tensor import FakeTensorMode

from bench.profile.counting import count
from bench_enformer import channel_maps, counted_kernels, fused_convolutions, relative_attention
from bench_enformer.attention_forms import kernel_attention
from bench_enformer.channel_maps import _ChannelMaps
from bench_enformer.relative_attention import Dropout

FUNCTIONS = [name for name in vars(_ChannelMaps) if not name.startswith("_")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_shapes_are_those_of_what_is_computed(name: str) -> None:
    values, half, by_channel = torch.rand(2, 10, 6), torch.rand(2, 5, 6), torch.rand(6)
    four = (by_channel, by_channel, by_channel, by_channel)
    arguments = {
        "activated": (values, by_channel, by_channel, torch.bfloat16),
        "moments": (values,),
        "gradient_sums": (values, values, *four),
        "input_gradient": (values, values, values, *four),
        "differences": (values, torch.bfloat16),
        "pooled": (values, half),
        "logit_gradient": (half, half, half),
        "pair_gradient": (half, half, half),
    }[name]
    expected = getattr(channel_maps, name)(*arguments)
    with FakeTensorMode() as mode:
        fake = [
            mode.from_tensor(one) if isinstance(one, torch.Tensor) else one for one in arguments
        ]
        found = getattr(counted_kernels, name)(*fake)
    if isinstance(found, torch.Tensor):
        found, expected = (found,), (expected,)
    for one, other in zip(found, expected, strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)


def test_arithmetic_of_attention(monkeypatch) -> None:
    monkeypatch.setattr(relative_attention, "_tiles_for", lambda _: counted_kernels)
    length, heads, key, value = 40, 3, 4, 5
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        given = projections(length, heads=heads)
        for name in given.__slots__:
            fake = mode.from_tensor(getattr(given, name).detach()).requires_grad_()
            object.__setattr__(given, name, fake)
        forward = count(torch.nn.Identity(), lambda: kernel_attention(given, 0.0, 16))
        both = count(torch.nn.Identity(), lambda: kernel_attention(given, 0.0, 16).sum().backward())
    blocks = [(16, length + 16), (16, length + 16), (8, length + 8)]
    by_distance = sum(2 * 2 * heads * rows * columns * key for rows, columns in blocks)
    pairs = 2 * heads * length * length
    assert forward.flops == 2 * pairs * (key + value) + by_distance
    # Logits again, by content and by distance, and the gradients of both products twice.
    assert both.flops - forward.flops == (
        4 * pairs * (key + value) + 3 * by_distance + 2 * pairs * key
    )
    assert all(one.grad is not None for one in inputs(given))


def test_a_convolution_is_counted_with_three_passes(monkeypatch) -> None:
    monkeypatch.setattr(fused_convolutions, "maps_for", lambda _: counted_kernels)
    with FakeTensorMode():
        values = torch.empty(1, 1000, 64)
        norm = tuple(torch.empty(64) for _ in range(4))
        weight, bias = torch.empty(64, 64, 1), torch.empty(64)

        def step() -> None:
            fused_convolutions.normalised_convolution(
                values, norm, weight, bias, epsilon=1e-5, of_batch=True, residual=False
            )

        found = count(torch.nn.Identity(), step)
    assert found.flops == 2 * 1000 * 64 * 64
    # Values are read and hidden ones written, which the product reads to write its result.
    large = 4 * 4 * 1000 * 64
    assert large < found.bytes_moved < 1.5 * large


def test_dropout_changes_no_count() -> None:
    seed = torch.zeros(1, dtype=torch.long)
    assert (Dropout(seed, 0.0).drops, Dropout(seed, 0.1).drops) == (False, True)

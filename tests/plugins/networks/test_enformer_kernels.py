"""Enformer's kernels compute what torch's operators do; these tests need a GPU."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from test_enformer import sequences, small_network
from test_enformer_attention import inputs, projections
from torch import Tensor

from bench_enformer import channel_maps, convolutions, pooling
from bench_enformer.attention_forms import Projections, kernel_attention, plain_attention

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


def drawn(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed)).cuda()


@pytest.mark.parametrize(("length", "channels"), [(1000, 768), (34, 40), (2, 130)])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_maps_of_channels(length: int, channels: int, kind: torch.dtype) -> None:
    from bench_enformer import channel_kernels

    values, gradient = (drawn(3, length, channels, seed=seed).to(kind) for seed in (0, 1))
    half, other = (drawn(3, length // 2, channels, seed=seed).to(kind) for seed in (2, 3))
    scale, shift, mean, spread = (drawn(channels, seed=seed) for seed in range(4, 8))
    calls = {
        "activated": (values, scale, shift, kind),
        "moments": (values + 3,),
        "gradient_sums": (values, gradient, scale, shift, mean, spread),
        "input_gradient": (values, gradient, values, scale, shift, mean, spread),
        "differences": (values, kind),
        "pooled": (values, half),
        "logit_gradient": (other, half, other),
        "pair_gradient": (half, other, half),
    }
    limit = 1e-4 if kind == torch.float32 else 2e-2
    for name, arguments in calls.items():
        precise = [one.double() if isinstance(one, Tensor) else torch.float64 for one in arguments]
        expected = getattr(channel_maps, name)(*precise)
        # Gradients may be overwritten.
        copies = [one.clone() if isinstance(one, Tensor) else one for one in arguments]
        found = getattr(channel_kernels, name)(*copies)
        for one, exact in zip(_several(found), _several(expected), strict=True):
            error = (one.double() - exact).norm() / exact.norm()
            assert error < limit, (name, float(error))


def _several(value: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return value if isinstance(value, tuple) else (value,)


def on_gpu(given: Projections, kind: torch.dtype) -> Projections:
    return Projections(**{
        name: getattr(given, name).detach().to("cuda", kind).requires_grad_()
        for name in Projections.__slots__
    })  # fmt: skip


@pytest.mark.parametrize("length", [1, 40, 300, 2500])
@pytest.mark.parametrize(("kind", "limit"), [(torch.float32, 1e-4), (torch.bfloat16, 3e-2)])
@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_attention(length: int, kind: torch.dtype, limit: float, rate: float) -> None:
    given, exact = (on_gpu(projections(length), one) for one in (kind, torch.float64))
    with torch.no_grad():
        for name in Projections.__slots__:
            getattr(exact, name).copy_(getattr(given, name))
    torch.manual_seed(1)
    found = kernel_attention(given, rate, rows=1024)
    torch.manual_seed(1)
    # In double precision torch's operators stand in for kernels, with the same weights dropped.
    expected = kernel_attention(exact, rate, rows=1024)
    if not rate:
        torch.testing.assert_close(expected, plain_attention(exact))
    directions = drawn(*expected.shape)
    gradients = [
        torch.autograd.grad((output * directions.to(output.dtype)).sum(), inputs(one))
        for output, one in ((found, given), (expected, exact))
    ]
    pairs = [(found, expected), *zip(*gradients, strict=True)]
    for one, other in pairs:
        # With one position nothing depends on queries and keys, whose gradients are rounding errors
        # of what comes in.
        size = other.norm().clamp(min=float(directions.norm()))
        assert (one.double() - other).norm() / size < limit


def test_widths_that_are_no_powers_of_two() -> None:
    given = projections(70)
    wide = dataclasses.replace(given, values=torch.randn(2, 3, 70, 192))
    found = kernel_attention(on_gpu(wide, torch.float32))
    torch.testing.assert_close(
        found, plain_attention(on_gpu(wide, torch.float32)), atol=1e-4, rtol=1e-4
    )


@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_the_same_with_and_without_kernels(training: bool, monkeypatch) -> None:
    quiet = dict.fromkeys(("dropout", "attention_dropout", "position_dropout"), 0.0)
    given = sequences(2, 505).cuda()
    found = []
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        for form, by_rows in (("auto", True), ("published", False)):
            for module in (convolutions, pooling):
                monkeypatch.setattr(module, "reads_rows", lambda _, rows=by_rows: rows)
            network = small_network(attention=form, **quiet).cuda().train(training)
            output = network(given)
            output.square().sum().backward()
            # What is added before a normalisation by the batch has a gradient of 0.
            weights = [weight for weight in network.parameters() if weight.dim() > 1]
            gradients = [weight.grad for weight in weights if weight.grad is not None]
            found.append([output.detach(), *gradients, *map(torch.clone, network.buffers())])
    for one, other in zip(*found, strict=True):
        error = (one.double() - other.double()).norm() / other.double().norm().clamp(min=1e-3)
        assert error < 1e-3

"""Position features, attention and pooling equal computations written another way."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from scipy import stats
from torch.utils._python_dispatch import TorchDispatchMode

from bench_enformer import attention_forms
from bench_enformer.attention import RelativeAttention
from bench_enformer.attention_forms import (
    Projections,
    attention,
    block_attention,
    fused_attention,
    kernel_attention,
    plain_attention,
    rows_on_cpu,
)
from bench_enformer.pooling import AttentionPool
from bench_enformer.positions import position_features
from bench_enformer.relative_attention import Dropout
from bench_enformer.settings import ATTENTION_FORMS, EnformerSettings


def families(length: int, features: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the three families over distances `-(length - 1)` to `length - 1`, with scipy."""
    count = features // 6
    distances = np.abs(np.arange(-length + 1, length))[:, None]
    half_lives = np.logspace(3, np.log2(length), count, base=2)
    near = np.array([[int(d[0] < 2**i - 1) for i in range(1, count + 1)] for d in distances])
    means = np.linspace(length / count, length, count)
    variance = (length / (2 * count)) ** 2
    density = 1e-8 + stats.gamma.pdf(distances, means**2 / variance, scale=variance / means)
    return 0.5 ** (distances / half_lives), near, density / density.max(axis=0)


@pytest.mark.parametrize(
    ("length", "features"), [(1536, 192), (512, 48), (33, 12), (5, 6), (1, 12)]
)
def test_position_features(length: int, features: int) -> None:
    symmetric = np.concatenate(families(length, features), axis=1)
    sign = np.sign(np.arange(-length + 1, length))[:, None]
    found = position_features(length, features)
    assert found.shape == (2 * length - 1, features)
    np.testing.assert_allclose(
        found, np.concatenate([symmetric, sign * symmetric], axis=1), atol=1e-9, rtol=1e-7
    )


def test_the_central_mask_counts_positions() -> None:
    mask = position_features(1536, 192)[:, 32:64]
    widths = [2 ** (number + 1) - 1 for number in range(1, 11)]
    assert mask.sum(dim=0)[:10].tolist() == [2 * (width // 2) - 1 for width in widths]
    assert (mask[:, 10:] == 1).all()


def test_gamma_curves_are_divided_by_their_largest_value_over_positions() -> None:
    curves = position_features(1536, 192)[:, 64:96]
    torch.testing.assert_close(curves.amax(dim=0), torch.ones(32).double())
    # Divided by the largest curve at each distance, all of these would be 1.
    assert curves.amax(dim=1).min() < 0.1


def projections(length: int, seed: int = 0, heads: int = 3) -> Projections:
    generator = torch.Generator().manual_seed(seed)

    def drawn(*size: int) -> torch.Tensor:
        return torch.randn(size, generator=generator).requires_grad_()

    return Projections(
        content_queries=drawn(2, heads, length, 4),
        position_queries=drawn(2, heads, length, 4),
        keys=drawn(2, heads, length, 4),
        relative_keys=drawn(heads, 2 * length - 1, 4),
        values=drawn(2, heads, length, 5),
    )


def inputs(given: Projections) -> list[torch.Tensor]:
    return [getattr(given, name) for name in Projections.__slots__]


@pytest.mark.parametrize("length", [1, 2, 7, 16, 23, 40])
@pytest.mark.parametrize("rows", [1, 8, 64])
@pytest.mark.parametrize("form", [block_attention, fused_attention, kernel_attention])
@pytest.mark.parametrize("again", [False, True])
def test_blocks_of_queries_are_exact(length, rows, form, again, monkeypatch) -> None:
    monkeypatch.setattr(attention_forms, "LONG", 1 if again else length + 1)
    given = projections(length)
    expected = plain_attention(given)
    found = form(given, rows=rows)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    weights = torch.randn(expected.shape, generator=torch.Generator().manual_seed(1))
    gradients = [
        torch.autograd.grad((output * weights).sum(), inputs(given)) for output in (found, expected)
    ]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("form", ATTENTION_FORMS)
def test_every_form_has_a_name(form: str) -> None:
    given = projections(40)
    torch.testing.assert_close(attention(given, 0.0, form), plain_attention(given))
    torch.manual_seed(0)
    assert not torch.allclose(attention(given, 0.5, form), plain_attention(given), atol=0.1)


@torch.no_grad()
def test_attention_is_that_of_its_definition() -> None:
    given = projections(6)
    expected = torch.empty(2, 3, 6, 5)
    for n, h, i in np.ndindex(2, 3, 6):
        logits = torch.stack([
            given.content_queries[n, h, i] @ given.keys[n, h, j]
            + given.position_queries[n, h, i] @ given.relative_keys[h, (j - i) + 5]
            for j in range(6)
        ])  # fmt: skip
        expected[n, h, i] = logits.softmax(0) @ given.values[n, h]
    for form in (plain_attention, block_attention, fused_attention, kernel_attention):
        torch.testing.assert_close(form(given), expected)


def weights_of(given: Projections) -> torch.Tensor:
    """Return all weights, which attention to the unit vectors is."""
    length = given.keys.shape[-2]
    values = torch.eye(length).expand(*given.keys.shape[:2], length, length)
    return plain_attention(dataclasses.replace(given, values=values))


@pytest.mark.parametrize("rows", [7, 64])
def test_dropped_weights_are_the_same_in_gradients(rows: int) -> None:
    given = projections(23)
    torch.manual_seed(5)
    found = kernel_attention(given, 0.3, rows)
    torch.manual_seed(5)
    factors = Dropout(torch.randint(1 << 31, (1,)), 0.3).factors(2, 3, 23, 23)
    expected = (weights_of(given) * factors) @ given.values
    torch.testing.assert_close(found, expected)
    directions = torch.randn(expected.shape)
    for one, other in zip(
        torch.autograd.grad((found * directions).sum(), inputs(given)),
        torch.autograd.grad((expected * directions).sum(), inputs(given)),
        strict=True,
    ):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_weights_are_dropped_at_their_rate_and_apart_from_each_other() -> None:
    for seed, rate in ((0, 0.05), (1, 0.05), (77, 0.4)):
        dropout = Dropout(torch.tensor([seed]), rate)
        dropped = (dropout.factors(1, 8, 256, 256) == 0).double()
        error = (rate * (1 - rate) / dropped.numel()) ** 0.5
        assert abs(dropped.mean() - rate) < 4 * error
        # Neighbours along heads, queries and keys, and the same place with another seed.
        others = [dropped.roll(1, dims=dim) for dim in (1, 2, 3)]
        other = Dropout(torch.tensor([seed + 1]), rate)
        others.append((other.factors(1, 8, 256, 256) == 0).double())
        for neighbours in others:
            both = np.corrcoef(dropped.ravel(), neighbours.ravel())[0, 1]
            assert abs(both) < 4 / dropped.numel() ** 0.5
        # No query and no key loses more than its share.
        for dim in (2, 3):
            rates = dropped.mean(dim=dim)
            assert abs(rates.std() / (rate * (1 - rate) / 256) ** 0.5 - 1) < 0.1
    kept = Dropout(torch.tensor([3]), 0.4).factors(1, 8, 256, 256)
    assert kept.unique().tolist() == pytest.approx([0, 1 / 0.6])


def test_gradients_may_lie_in_any_order() -> None:
    given = projections(12)
    one, other = (
        torch.autograd.grad(form(given).transpose(-1, -2), inputs(given), torch.ones(2, 3, 5, 12))
        for form in (kernel_attention, plain_attention)
    )
    for found, expected in zip(one, other, strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_part_of_the_queries_drops_what_all_do() -> None:
    seed = torch.tensor([9])
    whole = Dropout(seed, 0.3).factors(2, 3, 40, 40)
    part = Dropout(seed, 0.3, first=13).factors(2, 3, 10, 40)
    torch.testing.assert_close(part, whole[:, :, 13:23])


class Largest(TorchDispatchMode):
    """Note the number of elements of the largest array that is made."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        output = func(*args, **(kwargs or {}))
        if isinstance(output, torch.Tensor):
            self.elements = max(self.elements, output.untyped_storage().nbytes() // 4)
        return output


def test_no_array_of_all_queries_and_distances_is_made() -> None:
    length, rows, heads = 256, 16, 3
    found = {}
    for form in (plain_attention, lambda given: block_attention(given, rows=rows)):
        given = projections(length, heads=heads)
        with Largest() as largest:
            form(given).sum().backward()
        found[form] = largest.elements
    plain, block = found.values()
    assert plain >= 2 * heads * length * (2 * length - 1)
    assert block <= 2 * heads * rows * (length + rows)


def test_heads_weigh_their_own_projections() -> None:
    settings = EnformerSettings(
        length=512, stem_channels=8, channels=16, channel_multiple=8, blocks=2, heads=2, key_size=4,
        value_size=3, position_features=12, attention_dropout=0.0, position_dropout=0.0,
    )  # fmt: skip
    torch.manual_seed(0)
    attention = RelativeAttention(settings)
    tokens, features = torch.randn(2, 20, 16), position_features(20, 12).float()
    assert not attention(tokens, features).any()
    torch.nn.init.normal_(attention.output.weight)
    given = attention.projections(tokens, features)
    query, key = attention.query(tokens)[1, :, 4:], attention.key(tokens)[1, :, 4:]
    bias = attention.content_bias[0, 1]
    torch.testing.assert_close(given.content_queries[1, 1], query / 2 + bias)
    torch.testing.assert_close(given.keys[1, 1], key)
    torch.testing.assert_close(
        given.relative_keys[1], features @ attention.relative_key.weight[4:].T
    )
    means = plain_attention(given)
    joined = torch.cat([means[:, 0], means[:, 1]], dim=-1)
    torch.testing.assert_close(attention(tokens, features), attention.output(joined))
    # Told apart by distance, permuted tokens have other outputs than permuted outputs.
    assert (
        attention(tokens.flip(1), features) - attention(tokens, features).flip(1)
    ).abs().max() > 0.1


def softmax_pool(pool: AttentionPool, values: torch.Tensor) -> torch.Tensor:
    """Pool as published: padded, masked, with the softmax of all positions' logits."""
    length = values.shape[-1]
    padded = torch.nn.functional.pad(values, (0, length % 2))
    logits = torch.einsum("oc,ncl->nol", pool.logits.weight[..., 0], padded)
    logits[..., length:] = -torch.inf
    pairs = logits.reshape(*logits.shape[:2], -1, 2).softmax(-1)
    return (pairs * padded.reshape(pairs.shape)).sum(-1)


@pytest.mark.parametrize("length", [1, 2, 11, 12])
@pytest.mark.parametrize("as_published", [False, True])
def test_pooling_is_a_softmax_over_pairs(length: int, as_published: bool) -> None:
    torch.manual_seed(0)
    pool = AttentionPool(6, as_published=as_published)
    torch.testing.assert_close(pool.logits.weight[..., 0], 2 * torch.eye(6))
    torch.nn.init.normal_(pool.logits.weight)
    values = torch.randn(3, 6, length, requires_grad=True)
    found, expected = pool(values), softmax_pool(pool, values)
    assert found.shape == (3, 6, (length + 1) // 2)
    torch.testing.assert_close(found, expected)
    weights = torch.randn(found.shape)
    both = [values, pool.logits.weight]
    for one, other in zip(
        torch.autograd.grad((found * weights).sum(), both),
        torch.autograd.grad((expected * weights).sum(), both),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    ("shape", "rows"),
    [((1, 8, 1536, 64), 128), ((1, 4, 4096, 8), 64), ((8, 4, 512, 8), 64), ((4, 4, 512, 8), 128)],
)
def test_a_block_fits_the_cache_of_a_processor(shape, rows):
    assert rows_on_cpu(torch.empty(shape, device="meta")) == rows

"""Four ways to compute the same attention by content and by distance.

The weight of a key for a query is a softmax of `(q + u) k + (q + v) r`; see `attention`. With `n`
positions and `h` heads the published form holds `h n (2n - 1)` logits by distance. The others go
through some queries at a time: a block of `b` of them needs `b (n + b - 1)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import torch
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import checkpoint

from bench.interface import device_kind
from bench_enformer.kernels import has_kernels
from bench_enformer.relative_attention import ROWS, aligned, relative_attention

if TYPE_CHECKING:
    from torch import Tensor

FEW_ROWS, ROWS_ON_CPU, FUSED_ROWS = 64, 128, 1024
"""Queries at a time: few keep a block in the processor's cache, many keep a GPU busy."""
BLOCK_BYTES = 1 << 23
"""Logits of a block beyond which a processor fares better with few queries. They leave its cache,
and the C library gives blocks of their size back to the system each time: 256 queries of 8,192
positions took it four times as long as 64."""
LONG = 4096
"""Positions from which on blocks are computed again for the gradients, rather than kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projections:
    """What attention compares and what it returns means of, over `n` sequences.

    Attributes:
        content_queries: `(n, heads, length, key_size)`, scaled, with the bias for content.
        position_queries: likewise with the bias for distances.
        keys: `(n, heads, length, key_size)`.
        relative_keys: `(heads, 2 * length - 1, key_size)`, of the distances `-(length - 1)` to
            `length - 1` of a key from its query, in positions.
        values: `(n, heads, length, value_size)`.
    """

    content_queries: Tensor
    position_queries: Tensor
    keys: Tensor
    relative_keys: Tensor
    values: Tensor


if TYPE_CHECKING:
    Weigh: TypeAlias = Callable[[Tensor, Tensor, Tensor, Tensor, float], Tensor]


def plain_attention(given: Projections, rate: float = 0.0) -> Tensor:
    """Return means of values, `(n, heads, length, value_size)`, as published.

    Args:
        given: what is compared.
        rate: of dropout of weights.
    """
    length = given.keys.shape[-2]
    content = torch.einsum("nhid,nhjd->nhij", given.content_queries, given.keys)
    by_distance = torch.einsum("nhid,hrd->nhir", given.position_queries, given.relative_keys)
    places = torch.arange(length, device=content.device)
    column = places[None, :] - places[:, None] + length - 1
    position = by_distance.gather(-1, column.expand(content.shape))
    weights = _dropped((content + position).softmax(dim=-1), rate)
    return torch.einsum("nhij,nhjd->nhid", weights, given.values)


def block_attention(given: Projections, rate: float = 0.0, rows: int = ROWS_ON_CPU) -> Tensor:
    """Return what `plain_attention` does, for `rows` queries at a time."""
    return _in_blocks(given, rate, rows, _weighed)


def fused_attention(given: Projections, rate: float = 0.0, rows: int = FUSED_ROWS) -> Tensor:
    """Return what `plain_attention` does, by torch's fused kernels with logits by distance as bias.

    A block's logits by content and its weights are never written to memory where there is such a
    kernel for the device.
    """
    return _in_blocks(given, rate, rows, _weighed_by_a_kernel)


def kernel_attention(given: Projections, rate: float = 0.0, rows: int = ROWS) -> Tensor:
    """Return what `plain_attention` does, by kernels that hold no weights, also for gradients.

    Where there are none, torch's operators stand in, a block of queries at a time.
    """
    return relative_attention(
        given.content_queries, given.position_queries, given.keys, given.relative_keys,
        given.values, rate, rows,
    )  # fmt: skip


def attention(given: Projections, rate: float, form: str) -> Tensor:
    """Return the means by the form of that name; `auto` is the fastest for device and length."""
    if form == "published":
        return plain_attention(given, rate)
    if form == "kernels" or (form == "auto" and has_kernels(given.keys)):
        return kernel_attention(given, rate)
    if form == "fused" or (form == "auto" and device_kind(given.keys) == "cuda"):
        return fused_attention(given, rate)
    return block_attention(given, rate, rows_on_cpu(given.keys))


def rows_on_cpu(keys: Tensor) -> int:
    """Return how many queries a processor takes at a time with keys `(n, heads, length, size)`."""
    row = math.prod(keys.shape[:-1]) * keys.element_size()
    return ROWS_ON_CPU if ROWS_ON_CPU * row < BLOCK_BYTES else FEW_ROWS


def _in_blocks(given: Projections, rate: float, rows: int, weigh: Weigh) -> Tensor:
    """Go through the queries, `rows` at a time.

    A block of `b` queries of a sequence of `length` positions needs `length + b - 1` of the
    `2 * length - 1` distances; a row of the product with those, read from the right place on, is
    the row of logits.
    """
    length = given.keys.shape[-2]
    # One key more, which no query reads, gives all rows of a block the same stride.
    relative_keys = functional.pad(given.relative_keys, (0, 0, 0, 1))

    def block(content: Tensor, position: Tensor, near: Tensor) -> Tensor:
        bias = aligned(position @ near.transpose(-2, -1))
        return weigh(content, bias, given.keys, given.values, rate)

    again = length >= LONG and rows < length and torch.is_grad_enabled()
    blocks = []
    for start in range(0, length, rows):
        queries = slice(start, min(start + rows, length))
        nearest = length - queries.stop
        inputs = (
            given.content_queries[..., queries, :],
            given.position_queries[..., queries, :],
            relative_keys[:, nearest : nearest + length + queries.stop - queries.start],
        )
        made = checkpoint(block, *inputs, use_reentrant=False) if again else block(*inputs)
        blocks.append(made)
    return torch.cat(blocks, dim=-2)


def _weighed(content: Tensor, bias: Tensor, keys: Tensor, values: Tensor, rate: float) -> Tensor:
    logits = content @ keys.transpose(-2, -1) + bias
    return _dropped(logits.softmax(dim=-1), rate) @ values


def _weighed_by_a_kernel(
    content: Tensor, bias: Tensor, keys: Tensor, values: Tensor, rate: float
) -> Tensor:
    attend = partial(functional.scaled_dot_product_attention, dropout_p=rate, scale=1.0)
    if bias.device.type == "cpu":
        return attend(content, keys, values, attn_mask=bias)
    # Not every kernel on a GPU has gradients of the bias.
    with sdpa_kernel([SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]):
        # They read whole rows, which have to begin at multiples of 16 bytes.
        return attend(content, keys, values, attn_mask=bias.contiguous())


def _dropped(weights: Tensor, rate: float) -> Tensor:
    return functional.dropout(weights, rate) if rate else weights

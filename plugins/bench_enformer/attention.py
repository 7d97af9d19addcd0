"""Attention that weighs positions by content and by distance.

The weight of a key for a query is a softmax of `(q + u) k + (q + v) r`, with `r` a linear map of
features of their distance, and `u` and `v` learned (Dai et al. 2019, doi:10.18653/v1/P19-1285; with
Enformer's features, Avsec et al. 2021, doi:10.1038/s41592-021-01252-x).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench_enformer.settings import EnformerSettings

ROWS = 256
"""Queries whose logits are held at once."""


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


def block_attention(
    given: Projections, dropout: Callable[[Tensor], Tensor], rows: int = ROWS
) -> Tensor:
    """Return means of values, `(n, heads, length, value_size)`, for some queries at a time.

    A block of `b` queries of a sequence of `length` positions needs `length + b - 1` of the
    `2 * length - 1` distances; a row of the product with those, read from the right place on, is
    the row of logits.
    """
    length = given.keys.shape[-2]
    # One key more, which no query reads, gives all rows of a block the same stride.
    relative_keys = functional.pad(given.relative_keys, (0, 0, 0, 1)).transpose(-2, -1)
    keys = given.keys.transpose(-2, -1)
    blocks = []
    for start in range(0, length, rows):
        queries = slice(start, min(start + rows, length))
        count = queries.stop - start
        nearest = length - queries.stop
        relative = (
            given.position_queries[..., queries, :]
            @ (relative_keys[..., nearest : nearest + length + count])
        )
        logits = given.content_queries[..., queries, :] @ keys + aligned(relative)
        blocks.append(dropout(logits.softmax(dim=-1)) @ given.values)
    return torch.cat(blocks, dim=-2)


def aligned(relative: Tensor) -> Tensor:
    """Read logits by key from logits by distance, without a copy.

    Args:
        relative: `(..., count, length + count)`; the columns are consecutive distances, of which
            the last query's are the first `length`, the one's before it begin one later, and so on.

    Returns:
        `(..., count, length)`.
    """
    count, columns = relative.shape[-2:]
    row_by_row = relative.flatten(-2)[..., count - 1 : -1]
    return torch.unflatten(row_by_row, -1, (count, columns - 1))[..., : columns - count]


def plain_attention(given: Projections, dropout: Callable[[Tensor], Tensor]) -> Tensor:
    """Return what `block_attention` does, as published: all logits by distance, then by key."""
    length = given.keys.shape[-2]
    content = torch.einsum("nhid,nhjd->nhij", given.content_queries, given.keys)
    by_distance = torch.einsum("nhid,hrd->nhir", given.position_queries, given.relative_keys)
    places = torch.arange(length, device=content.device)
    column = places[None, :] - places[:, None] + length - 1
    position = by_distance.gather(-1, column.expand(content.shape))
    weights = dropout((content + position).softmax(dim=-1))
    return torch.einsum("nhij,nhjd->nhid", weights, given.values)


class RelativeAttention(nn.Module):
    """Attention of several heads over all positions: `(n, length, channels)` to the same.

    Its output is 0 at first, and its maps have He's variance, 2 per input, as in the authors'
    release.
    """

    def __init__(self, settings: EnformerSettings) -> None:
        super().__init__()
        self.key_size = settings.key_size
        channels, heads = settings.channels, settings.heads
        keys, values = heads * settings.key_size, heads * settings.value_size
        self.query = nn.Linear(channels, keys, bias=False)
        self.key = nn.Linear(channels, keys, bias=False)
        self.value = nn.Linear(channels, values, bias=False)
        self.relative_key = nn.Linear(settings.position_features, keys, bias=False)
        self.content_bias = nn.Parameter(torch.empty(1, heads, 1, settings.key_size))
        self.position_bias = nn.Parameter(torch.empty(1, heads, 1, settings.key_size))
        self.output = nn.Linear(values, channels)
        self.dropout = nn.Dropout(settings.attention_dropout)
        self.position_dropout = nn.Dropout(settings.position_dropout)
        for layer in (self.query, self.key, self.value, self.relative_key):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        for bias in (self.content_bias, self.position_bias):
            nn.init.normal_(bias, std=(2 / heads) ** 0.5)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, inputs: Tensor, features: Tensor) -> Tensor:
        """Return the output map of the means of values.

        Args:
            inputs: `(n, length, channels)`.
            features: of distances, `(2 * length - 1, position_features)`.
        """
        means = block_attention(self.projections(inputs, features), self.dropout)
        output: Tensor = self.output(means.transpose(1, 2).flatten(2))
        return output

    def projections(self, inputs: Tensor, features: Tensor) -> Projections:
        """Return queries, keys and values of all heads."""
        split = partial(_by_head, heads=self.content_bias.shape[1])
        queries = split(self.query(inputs)) * self.key_size**-0.5
        return Projections(
            content_queries=queries + self.content_bias,
            position_queries=queries + self.position_bias,
            keys=split(self.key(inputs)),
            relative_keys=split(self.relative_key(self.position_dropout(features))),
            values=split(self.value(inputs)),
        )


def _by_head(joined: Tensor, heads: int) -> Tensor:
    return torch.unflatten(joined, -1, (heads, -1)).transpose(-3, -2)

"""Attention that weighs positions by content and by distance.

The weight of a key for a query is a softmax of `(q + u) k + (q + v) r`, with `r` a linear map of
features of their distance, and `u` and `v` learned (Dai et al. 2019, doi:10.18653/v1/P19-1285; with
Enformer's features, Avsec et al. 2021, doi:10.1038/s41592-021-01252-x).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from bench_enformer.attention_forms import Projections, attention

if TYPE_CHECKING:
    from bench_enformer.settings import EnformerSettings


class AttentionCore(nn.Module):
    """What attention does with its projections, whose cost grows with the square of the length.

    Args:
        rate: of dropout of weights.
        form: how it is computed, one of `ATTENTION_FORMS`.
    """

    part = "attention"
    """What the profiler counts its time as."""

    def __init__(self, rate: float, form: str) -> None:
        super().__init__()
        self._rate, self._form = rate, form

    def forward(
        self,
        content_queries: Tensor,
        position_queries: Tensor,
        keys: Tensor,
        relative_keys: Tensor,
        values: Tensor,
    ) -> Tensor:
        """Return means of values, `(n, heads, length, value_size)`; see `Projections`.

        They come one by one, since of inputs in a list torch does not tell when their gradients
        are there.
        """
        given = Projections(
            content_queries=content_queries, position_queries=position_queries, keys=keys,
            relative_keys=relative_keys, values=values,
        )  # fmt: skip
        return attention(given, self._rate if self.training else 0.0, self._form)


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
        self.core = AttentionCore(settings.attention_dropout, settings.attention)
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
        given = self.projections(inputs, features)
        means: Tensor = self.core(
            given.content_queries,
            given.position_queries,
            given.keys,
            given.relative_keys,
            given.values,
        )
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

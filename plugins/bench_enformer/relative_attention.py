"""Attention by content and by distance with gradients that are made from logits made again.

`attention_forms` says what it computes. Some queries at a time, logits by distance are a product of
matrices; a softmax of theirs and of those by content is taken tile by tile on a GPU
(`relative_kernels`), and here by torch's operators.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, cast

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional

from bench_enformer.kernels import has_kernels, has_no_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

WORD = (1 << 32) - 1
PARTS = 1 << 24
"""A weight is kept where a number below this one, drawn from its place, reaches the threshold."""
ROWS = 2048
"""Queries at a time."""


@dataclass(frozen=True, slots=True)
class Dropout:
    """Which weights are dropped: a function of seed, head, query and key that need not be kept.

    Attributes:
        seed: `(1,)`, below 2 to the power of 31.
        rate: of weights.
        first: query of the whole sequence that is the first here.
    """

    seed: Tensor
    rate: float
    first: int = 0

    @property
    def drops(self) -> bool:
        """Whether there is any."""
        return self.rate > 0

    @property
    def threshold(self) -> int:
        """Numbers that drop a weight, of `PARTS`."""
        return round(self.rate * PARTS)

    @property
    def scale(self) -> float:
        """What weights are multiplied by that are kept."""
        return 1 / (1 - self.rate)

    def factors(self, count: int, heads: int, rows: int, length: int) -> Tensor:
        """Return `scale` or 0 for each weight, `(count, heads, rows, length)`."""
        places = torch.arange(count * heads, device=self.seed.device)[:, None] * length
        places = places + self.first + torch.arange(rows, device=self.seed.device)
        keys = _mixed((self.seed + places * 0x9E3779B1) & WORD)
        columns = torch.arange(length, device=self.seed.device) * 0x27D4EB2F & WORD
        kept = _mixed(keys[..., None] ^ columns) >> 8 >= self.threshold
        return (kept * self.scale).view(count, heads, rows, length)


def _mixed(number: Tensor) -> Tensor:
    # The end of MurmurHash3 (Appleby), which spreads each bit over all 32.
    number = (number ^ (number >> 16)) * 0x85EBCA6B & WORD
    number = (number ^ (number >> 13)) * 0xC2B2AE35 & WORD
    return number ^ (number >> 16)


class _Tiles(Protocol):
    """`attended` and `logit_gradients` of this module, or those of `relative_kernels`."""

    def attended(
        self, content: Tensor, by_distance: Tensor, keys: Tensor, values: Tensor, dropout: Dropout
    ) -> tuple[Tensor, Tensor]: ...

    def logit_gradients(
        self,
        content: Tensor,
        by_distance: Tensor,
        keys: Tensor,
        values: Tensor,
        norms: Tensor,
        gradient: Tensor,
        inner: Tensor,
        of_keys: Tensor,
        of_values: Tensor,
        dropout: Dropout,
    ) -> tuple[Tensor, Tensor]: ...


def attended(
    content: Tensor, by_distance: Tensor, keys: Tensor, values: Tensor, dropout: Dropout
) -> tuple[Tensor, Tensor]:
    """Return means of values for some queries.

    Args:
        content: `(n, heads, rows, key_size)`.
        by_distance: logits, `(n, heads, rows, length + rows)`; see `aligned`.
        keys: `(n, heads, length, key_size)`.
        values: `(n, heads, length, value_size)`.
        dropout: of weights.

    Returns:
        `(n, heads, rows, value_size)`, and the base 2 logarithm of the sum over keys of 2 to the
        power of the logits, which are in units of log 2, `(n, heads, rows)`.
    """
    logits = _logits(content, by_distance, keys)
    norms = torch.logsumexp(logits, dim=-1)
    weights = torch.exp(logits - norms[..., None])
    if dropout.drops:
        weights = weights * dropout.factors(*weights.shape)
    return weights.to(values.dtype) @ values, norms / torch.log(norms.new_tensor(2.0))


def logit_gradients(
    content: Tensor,
    by_distance: Tensor,
    keys: Tensor,
    values: Tensor,
    norms: Tensor,
    gradient: Tensor,
    inner: Tensor,
    of_keys: Tensor,
    of_values: Tensor,
    dropout: Dropout,
) -> tuple[Tensor, Tensor]:
    """Return gradients by logits, and add those by keys and values.

    Args:
        content: that `attended` was given.
        by_distance: that it was given.
        keys: that it was given.
        values: that it was given.
        norms: that it returned.
        gradient: by the means that it returned.
        inner: of each query the product of means and their gradient, `(n, heads, rows)`.
        of_keys: shaped as keys, to which gradients are added.
        of_values: likewise.
        dropout: that `attended` was given.

    Returns:
        The gradient by logits by content, `(n, heads, rows, length)`, and the same numbers as
        gradient by `by_distance`.
    """
    weights = torch.exp2(_logits(content, by_distance, keys) / torch.log(norms.new_tensor(2.0))
                         - norms[..., None])  # fmt: skip
    of_weights = gradient @ values.transpose(-2, -1)
    used = weights
    if dropout.drops:
        factors = dropout.factors(*weights.shape)
        used, of_weights = weights * factors, of_weights * factors
    of_values += used.to(gradient.dtype).transpose(-2, -1) @ gradient
    of_logits = (weights * (of_weights - inner[..., None])).to(content.dtype)
    of_keys += of_logits.transpose(-2, -1) @ content
    of_distance = torch.zeros_like(by_distance)
    aligned(of_distance).copy_(of_logits)
    return of_logits, of_distance


def _logits(content: Tensor, by_distance: Tensor, keys: Tensor) -> Tensor:
    logits = content @ keys.transpose(-2, -1) + aligned(by_distance)
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


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


def relative_attention(
    content: Tensor,
    position: Tensor,
    keys: Tensor,
    relative_keys: Tensor,
    values: Tensor,
    rate: float = 0.0,
    rows: int = ROWS,
) -> Tensor:
    """Return means of values, `(n, heads, length, value_size)`.

    Args:
        content: queries by content; of all these see `attention_forms.Projections`.
        position: queries by distance.
        keys: of positions.
        relative_keys: of distances.
        values: whose means are returned.
        rate: of dropout of weights.
        rows: queries at a time.
    """
    kind = keys.dtype
    content, keys, values = (
        one if one.stride(-1) == 1 else one.contiguous() for one in (content, keys, values)
    )
    seed = torch.randint(1 << 31, (1,), device=keys.device) if rate else keys.new_zeros(1).long()
    output: Tensor = _RelativeAttention.apply(  # type: ignore[no-untyped-call]
        content.to(kind), position.to(kind), keys, relative_keys.to(kind), values, seed, rate, rows
    )
    return output


class _RelativeAttention(Function):
    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401  torch's own
        content: Tensor,
        position: Tensor,
        keys: Tensor,
        relative_keys: Tensor,
        values: Tensor,
        seed: Tensor,
        rate: float,
        rows: int,
    ) -> Tensor:
        dropout = Dropout(seed, rate)
        # One key more, which no query reads, gives all rows of a block the same stride.
        relative_keys = functional.pad(relative_keys, (0, 0, 0, 1))
        made = [
            _tiles_for(keys).attended(
                content[..., block.queries, :],
                position[..., block.queries, :] @ relative_keys[:, block.near].transpose(-2, -1),
                keys,
                values,
                replace(dropout, first=block.queries.start),
            )
            for block in _blocks(keys.shape[-2], rows)
        ]
        means = torch.cat([one[0] for one in made], dim=-2) if len(made) > 1 else made[0][0]
        norms = torch.cat([one[1] for one in made], dim=-1) if len(made) > 1 else made[0][1]
        ctx.save_for_backward(content, position, keys, relative_keys, values, seed, means, norms)
        ctx.rate, ctx.rows = rate, rows
        return means

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        content, position, keys, relative_keys, values, seed, means, norms = ctx.saved_tensors
        # Kernels read rows whose numbers lie side by side.
        gradient = gradient.contiguous()
        precise = torch.promote_types(keys.dtype, torch.float32)
        of_keys, of_values = (
            torch.zeros(one.shape, dtype=precise, device=one.device) for one in (keys, values)
        )
        of_relative_keys = torch.zeros(relative_keys.shape, dtype=precise, device=keys.device)
        of_content, of_position = torch.empty_like(content), torch.empty_like(position)
        inner = torch.linalg.vecdot(gradient.to(precise), means.to(precise))
        for block in _blocks(keys.shape[-2], ctx.rows):
            queries, near = block.queries, relative_keys[:, block.near]
            by_content, by_distance = _tiles_for(keys).logit_gradients(
                content[..., queries, :], position[..., queries, :] @ near.transpose(-2, -1), keys,
                values, norms[..., queries].contiguous(), gradient[..., queries, :],
                inner[..., queries].contiguous(), of_keys, of_values,
                Dropout(seed, ctx.rate, queries.start),
            )  # fmt: skip
            of_content[..., queries, :] = by_content @ keys
            of_position[..., queries, :] = by_distance @ near
            together = by_distance.transpose(-2, -1) @ position[..., queries, :]
            of_relative_keys[:, block.near] += together.sum(dim=0)
        return (
            of_content, of_position, of_keys.to(keys.dtype),
            of_relative_keys[:, :-1].to(keys.dtype), of_values.to(values.dtype), None, None, None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Block:
    """Some queries, and the relative keys that any of them reads, and one more."""

    queries: slice
    near: slice


def _blocks(length: int, rows: int) -> Iterator[_Block]:
    for start in range(0, length, rows):
        stop = min(start + rows, length)
        yield _Block(slice(start, stop), slice(length - stop, 2 * length - start))


def _tiles_for(keys: Tensor) -> _Tiles:
    if has_kernels(keys):
        if has_no_values(keys):
            from bench_enformer import counted_kernels

            return counted_kernels
        from bench_enformer import relative_kernels

        return relative_kernels
    return cast("_Tiles", sys.modules[__name__])

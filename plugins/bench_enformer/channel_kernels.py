"""Kernels for a GPU that pass once over values `(rows, channels)`, each channel with its own map.

What lies between two convolutions is arithmetic of a few operations per value, whose time is that
of reading and writing memory; of torch's operators each would do both. Kernels compute in single
precision whatever they read and write. `channel_maps` has the same in torch's operators, and says
what each function returns.
"""

# ruff: noqa: ANN001, ANN202, N803
from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

ROWS, CHANNELS = 32, 128
"""Of a tile."""
PROGRAMS = 1024
"""That sum over rows at the same time, about: enough to keep a GPU busy."""


def activated(values: Tensor, scale: Tensor, shift: Tensor, dtype: torch.dtype) -> Tensor:
    """See `channel_maps.activated`."""
    made = torch.empty_like(values, dtype=dtype)
    grid, sizes = _tiles(values)
    _activate[grid](values, scale, shift, made, *sizes, ROWS, CHANNELS)
    return made


def moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """See `channel_maps.moments`."""
    rows, channels = sizes = _sizes(values)
    grid, share, sums = _shares(values)
    _sum_moments[grid](values, sums, *sizes, share, ROWS, CHANNELS)
    first, second = sums.sum(dim=1) / rows
    # Sums are of differences from the first row, which is near enough to the mean.
    return first + values.reshape(rows, channels)[0], (second - first.square()).clamp(min=0)


def gradient_sums(
    values: Tensor, gradient: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, spread: Tensor
) -> tuple[Tensor, Tensor]:
    """See `channel_maps.gradient_sums`."""
    grid, share, sums = _shares(values)
    _sum_gradients[grid](
        values, gradient, scale, shift, mean, spread, sums, *_sizes(values), share, ROWS, CHANNELS
    )
    plain, weighed = sums.sum(dim=1)
    return plain, weighed


def input_gradient(
    values: Tensor,
    gradient: Tensor,
    added: Tensor | None,
    scale: Tensor,
    shift: Tensor,
    offset: Tensor,
    slope: Tensor,
) -> Tensor:
    """See `channel_maps.input_gradient`."""
    # Each value is read before it is written.
    made = gradient if gradient.dtype == values.dtype else torch.empty_like(values)
    grid, sizes = _tiles(values)
    _differentiate[grid](
        values, gradient, gradient if added is None else added, scale, shift, offset, slope, made,
        *sizes, added is not None, ROWS, CHANNELS,
    )  # fmt: skip
    return made


def differences(values: Tensor, dtype: torch.dtype) -> Tensor:
    """See `channel_maps.differences`."""
    count, length, channels = values.shape
    made = values.new_empty((count, length // 2, channels), dtype=dtype)
    grid, sizes = _tiles(made)
    _subtract[grid](values, made, *sizes, ROWS, CHANNELS)
    return made


def pooled(values: Tensor, logits: Tensor) -> Tensor:
    """See `channel_maps.pooled`."""
    made = torch.empty_like(logits)
    grid, sizes = _tiles(logits)
    _pool[grid](values, logits, made, *sizes, ROWS, CHANNELS)
    return made


def logit_gradient(differences: Tensor, logits: Tensor, gradient: Tensor) -> Tensor:
    """See `channel_maps.logit_gradient`."""
    made = torch.empty_like(logits)
    grid, sizes = _tiles(logits)
    _differentiate_logits[grid](differences, logits, gradient, made, *sizes, ROWS, CHANNELS)
    return made


def pair_gradient(logits: Tensor, gradient: Tensor, of_difference: Tensor) -> Tensor:
    """See `channel_maps.pair_gradient`."""
    count, length, channels = logits.shape
    made = logits.new_empty(count, 2 * length, channels)
    grid, sizes = _tiles(logits)
    _differentiate_pairs[grid](
        logits, gradient, of_difference, made, *sizes, ROWS, CHANNELS
    )  # fmt: skip
    return made


def _sizes(values: Tensor) -> tuple[int, int]:
    channels = values.shape[-1]
    return values.numel() // channels, channels


def _tiles(values: Tensor) -> tuple[tuple[int, int], tuple[int, int]]:
    rows, channels = _sizes(values)
    return (triton.cdiv(rows, ROWS), triton.cdiv(channels, CHANNELS)), (rows, channels)


def _shares(values: Tensor) -> tuple[tuple[int, int], int, Tensor]:
    """Return the grid of a sum over rows, the rows of each program, and room for two sums."""
    rows, channels = _sizes(values)
    across = triton.cdiv(channels, CHANNELS)
    share = triton.cdiv(triton.cdiv(rows, max(1, PROGRAMS // across)), ROWS) * ROWS
    programs = triton.cdiv(rows, share)
    sums = torch.empty(2, programs, channels, dtype=torch.float32, device=values.device)
    return (programs, across), share, sums


@triton.jit
def _tile(rows, channels, ROWS: tl.constexpr, CHANNELS: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    channel = tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS)
    inside = (row < rows)[:, None] & (channel < channels)[None, :]
    return row, channel, channel < channels, inside


@triton.jit
def _places(row, channel, channels):
    return row[:, None] * channels + channel[None, :]


@triton.jit
def _read(pointer, places, inside):
    return tl.load(pointer + places, mask=inside, other=0.0).to(tl.float32)


@triton.jit
def _write(pointer, places, value, inside):
    tl.store(pointer + places, value.to(pointer.dtype.element_ty), mask=inside)


@triton.jit
def _silu_slope(values):
    part = tl.sigmoid(values)
    return part * (1.0 + values * (1.0 - part))


@triton.jit
def _activate(
    values, scale, shift, made, rows, channels, ROWS: tl.constexpr, CHANNELS: tl.constexpr
):
    row, channel, known, inside = _tile(rows, channels, ROWS, CHANNELS)
    places = _places(row, channel, channels)
    mapped = _read(values, places, inside) * _read(scale, channel, known)[None, :]
    mapped += _read(shift, channel, known)[None, :]
    _write(made, places, mapped * tl.sigmoid(mapped), inside)


@triton.jit
def _sum_moments(values, sums, rows, channels, share, ROWS: tl.constexpr, CHANNELS: tl.constexpr):
    channel = tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS)
    known = channel < channels
    near = _read(values, channel, known)[None, :]
    first = tl.zeros((ROWS, CHANNELS), tl.float32)
    second = tl.zeros((ROWS, CHANNELS), tl.float32)
    begin = tl.program_id(0).to(tl.int64) * share
    for start in range(0, share, ROWS):
        row = begin + start + tl.arange(0, ROWS)
        inside = (row < rows)[:, None] & known[None, :]
        places = _places(row, channel, channels)
        apart = tl.where(inside, _read(values, places, inside) - near, 0.0)
        first += apart
        second += apart * apart
    place = tl.program_id(0) * channels + channel
    _write(sums, place, tl.sum(first, axis=0), known)
    _write(sums, place + tl.num_programs(0) * channels, tl.sum(second, axis=0), known)


@triton.jit
def _sum_gradients(
    values, gradient, scale, shift, mean, spread, sums, rows, channels, share,
    ROWS: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    channel = tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS)
    known = channel < channels
    by, plus = _read(scale, channel, known)[None, :], _read(shift, channel, known)[None, :]
    middle, narrow = _read(mean, channel, known)[None, :], _read(spread, channel, known)[None, :]
    plain = tl.zeros((ROWS, CHANNELS), tl.float32)
    weighed = tl.zeros((ROWS, CHANNELS), tl.float32)
    begin = tl.program_id(0).to(tl.int64) * share
    for start in range(0, share, ROWS):
        row = begin + start + tl.arange(0, ROWS)
        inside = (row < rows)[:, None] & known[None, :]
        places = _places(row, channel, channels)
        value = _read(values, places, inside)
        # Outside a tile the gradient is read as 0.
        slope = _read(gradient, places, inside) * _silu_slope(value * by + plus)
        plain += slope
        weighed += slope * (value - middle) * narrow
    place = tl.program_id(0) * channels + channel
    _write(sums, place, tl.sum(plain, axis=0), known)
    _write(sums, place + tl.num_programs(0) * channels, tl.sum(weighed, axis=0), known)


@triton.jit
def _differentiate(
    values, gradient, added, scale, shift, offset, slope, made, rows, channels,
    ADDED: tl.constexpr, ROWS: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    row, channel, known, inside = _tile(rows, channels, ROWS, CHANNELS)
    places = _places(row, channel, channels)
    value, by = _read(values, places, inside), _read(scale, channel, known)[None, :]
    through = _silu_slope(value * by + _read(shift, channel, known)[None, :])
    result = by * through * _read(gradient, places, inside)
    result -= _read(offset, channel, known)[None, :] + _read(slope, channel, known)[None, :] * value
    if ADDED:
        result += _read(added, places, inside)
    _write(made, places, result, inside)


@triton.jit
def _subtract(values, made, rows, channels, ROWS: tl.constexpr, CHANNELS: tl.constexpr):
    row, channel, _, inside = _tile(rows, channels, ROWS, CHANNELS)
    # Pair r is of the rows 2 r and 2 r + 1.
    places, pair = _places(row, channel, channels), _places(2 * row, channel, channels)
    result = _read(values, pair + channels, inside) - _read(values, pair, inside)
    _write(made, places, result, inside)


@triton.jit
def _pool(values, logits, made, rows, channels, ROWS: tl.constexpr, CHANNELS: tl.constexpr):
    row, channel, _, inside = _tile(rows, channels, ROWS, CHANNELS)
    # Pair r is of the rows 2 r and 2 r + 1.
    places, pair = _places(row, channel, channels), _places(2 * row, channel, channels)
    first = _read(values, pair, inside)
    weight = tl.sigmoid(_read(logits, places, inside))
    result = first + weight * (_read(values, pair + channels, inside) - first)
    _write(made, places, result, inside)


@triton.jit
def _differentiate_logits(
    differences, logits, gradient, made, rows, channels, ROWS: tl.constexpr, CHANNELS: tl.constexpr
):
    row, channel, _, inside = _tile(rows, channels, ROWS, CHANNELS)
    places = _places(row, channel, channels)
    weight = tl.sigmoid(_read(logits, places, inside))
    result = _read(gradient, places, inside) * _read(differences, places, inside)
    _write(made, places, result * weight * (1.0 - weight), inside)


@triton.jit
def _differentiate_pairs(
    logits, gradient, of_difference, made, rows, channels,
    ROWS: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    row, channel, _, inside = _tile(rows, channels, ROWS, CHANNELS)
    # Pair r is of the rows 2 r and 2 r + 1.
    places, pair = _places(row, channel, channels), _places(2 * row, channel, channels)
    given = _read(gradient, places, inside)
    second = given * tl.sigmoid(_read(logits, places, inside))
    second += _read(of_difference, places, inside)
    _write(made, pair, given - second, inside)
    _write(made, pair + channels, second, inside)

"""Kernels for a GPU that weigh values by content and distance, and hold no weights in memory.

Queries and keys are compared tile by tile, and a softmax over all tiles is kept up to date on the
way (Milakov and Gimelshein 2018, arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135). Logits by
distance are read along their diagonals. `relative_attention` has the same in torch's operators,
and says what both functions return.
"""

# ruff: noqa: ANN001, ANN202, N803
from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import triton
import triton.language as tl

if TYPE_CHECKING:
    from torch import Tensor

    from bench_enformer.relative_attention import Dropout

LOG2_E: tl.constexpr = tl.constexpr(1.4426950408889634)
PRECISION = "ieee"
"""Of products of numbers in single precision: what its name says."""
TILE = 64
"""Queries and keys that are compared at a time."""
LEAST_WIDTH = 16
"""Of what tensor cores multiply."""


def attended(
    content: Tensor, by_distance: Tensor, keys: Tensor, values: Tensor, dropout: Dropout
) -> tuple[Tensor, Tensor]:
    """See `relative_attention.attended`."""
    count, heads, rows, _ = content.shape
    made = torch.empty(
        (*content.shape[:-1], values.shape[-1]), dtype=values.dtype, device=values.device
    )
    norms = torch.empty(content.shape[:-1], dtype=torch.float32, device=values.device)
    tile = _tile(content)
    _attend[(triton.cdiv(rows, tile), count * heads)](
        content, by_distance, keys, values, made, norms, dropout.seed,
        *content.stride()[:3], *keys.stride()[:3], *values.stride()[:3],
        heads, rows, keys.shape[2], dropout.first, dropout.threshold, dropout.scale,
        **_widths(content, values), TILE=tile, DROPS=dropout.drops, PRECISION=PRECISION,
        num_warps=4, num_stages=2,
    )  # fmt: skip
    return made, norms


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
    """See `relative_attention.logit_gradients`."""
    count, heads, rows, _ = content.shape
    length = keys.shape[2]
    of_content = torch.empty(
        (count, heads, rows, length), dtype=content.dtype, device=content.device
    )
    of_distance = torch.zeros_like(by_distance)
    tile = _tile(content)
    _differentiate[(triton.cdiv(length, tile), count * heads)](
        content, by_distance, keys, values, norms, gradient, inner, of_keys, of_values,
        of_content, of_distance, dropout.seed,
        *content.stride()[:3], *keys.stride()[:3], *values.stride()[:3], *gradient.stride()[:3],
        heads, rows, length, dropout.first, dropout.threshold, dropout.scale,
        **_widths(content, values), TILE=tile, DROPS=dropout.drops, PRECISION=PRECISION,
        num_warps=8, num_stages=1 if tile == TILE else 2,
    )  # fmt: skip
    return of_content, of_distance


def _tile(content: Tensor) -> int:
    # Twice as wide numbers take twice the room.
    return TILE if content.element_size() == 2 else TILE // 2


def _widths(content: Tensor, values: Tensor) -> dict[str, int]:
    keys, means = content.shape[-1], values.shape[-1]
    return {
        "KEYS": keys, "VALUES": means,
        "KEY_COLUMNS": max(LEAST_WIDTH, triton.next_power_of_2(keys)),
        "VALUE_COLUMNS": max(LEAST_WIDTH, triton.next_power_of_2(means)),
    }  # fmt: skip


@triton.jit
def _read_rows(pointer, row, rows, stride, WIDTH: tl.constexpr, COLUMNS: tl.constexpr):
    column = tl.arange(0, COLUMNS)
    inside = (row < rows)[:, None] & (column < WIDTH)[None, :]
    return tl.load(pointer + row[:, None] * stride + column[None, :], mask=inside, other=0.0)


@triton.jit
def _mixed(number):
    # The end of MurmurHash3 (Appleby), which spreads each bit over all 32.
    number ^= number >> 16
    number *= 0x85EBCA6B
    number ^= number >> 13
    number *= 0xC2B2AE35
    return number ^ (number >> 16)


@triton.jit
def _row_key(seed, head, row, length):
    place = (head * length + row).to(tl.uint32)
    return _mixed(tl.load(seed).to(tl.uint32) + place * 0x9E3779B1)


@triton.jit
def _is_kept(row_key, column, threshold):
    mixed = _mixed(row_key[:, None] ^ (column.to(tl.uint32) * 0x27D4EB2F)[None, :])
    return (mixed >> 8).to(tl.int32) >= threshold


@triton.jit
def _attend(
    content, by_distance, keys, values, made, norms, seed,
    content_n, content_head, content_row, keys_n, keys_head, keys_row,
    values_n, values_head, values_row,
    heads, rows, length, first, threshold, scale,
    KEYS: tl.constexpr, VALUES: tl.constexpr, KEY_COLUMNS: tl.constexpr,
    VALUE_COLUMNS: tl.constexpr, TILE: tl.constexpr, DROPS: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    head = tl.program_id(1).to(tl.int64)
    n, of_n = head // heads, head % heads
    row = (tl.program_id(0) * TILE + tl.arange(0, TILE)).to(tl.int64)
    known = row < rows
    queries = _read_rows(
        content + n * content_n + of_n * content_head, row, rows, content_row, KEYS, KEY_COLUMNS
    )
    keys += n * keys_n + of_n * keys_head
    values += n * values_n + of_n * values_head
    # Of a row the logits by distance begin one place earlier than of the row before.
    diagonal = by_distance + head * rows * (length + rows) + row * (length + rows) + rows - 1 - row
    row_key = _row_key(seed, head, first + row, length)
    largest = tl.full((TILE,), float("-inf"), tl.float32)
    total = tl.zeros((TILE,), tl.float32)
    means = tl.zeros((TILE, VALUE_COLUMNS), tl.float32)
    for start in range(0, length, TILE):
        column = start + tl.arange(0, TILE)
        inside = known[:, None] & (column < length)[None, :]
        near = _read_rows(keys, column, length, keys_row, KEYS, KEY_COLUMNS)
        logits = tl.dot(queries, tl.trans(near), input_precision=PRECISION)
        logits += tl.load(diagonal[:, None] + column[None, :], mask=inside, other=0.0).to(
            tl.float32
        )
        logits = tl.where((column < length)[None, :], logits * LOG2_E, float("-inf"))
        highest = tl.maximum(largest, tl.max(logits, axis=1))
        weights = tl.exp2(logits - highest[:, None])
        shrunk = tl.exp2(largest - highest)
        total = total * shrunk + tl.sum(weights, axis=1)
        if DROPS:
            weights = tl.where(_is_kept(row_key, column, threshold), weights * scale, 0.0)
        given = _read_rows(values, column, length, values_row, VALUES, VALUE_COLUMNS)
        means = means * shrunk[:, None]
        means += tl.dot(weights.to(given.dtype), given, input_precision=PRECISION)
        largest = highest
    tl.store(norms + head * rows + row, largest + tl.log2(total), mask=known)
    across = tl.arange(0, VALUE_COLUMNS)
    places = made + (head * rows + row)[:, None] * VALUES + across[None, :]
    means = means / total[:, None]
    tl.store(
        places, means.to(made.dtype.element_ty), mask=known[:, None] & (across < VALUES)[None, :]
    )


@triton.jit
def _add_rows(pointer, row, rows, found, WIDTH: tl.constexpr, COLUMNS: tl.constexpr):
    across = tl.arange(0, COLUMNS)
    inside = (row < rows)[:, None] & (across < WIDTH)[None, :]
    places = pointer + row[:, None] * WIDTH + across[None, :]
    tl.store(places, tl.load(places, mask=inside, other=0.0) + found, mask=inside)


@triton.jit
def _differentiate(
    content, by_distance, keys, values, norms, gradient, inner, of_keys, of_values,
    of_content, of_distance, seed,
    content_n, content_head, content_row, keys_n, keys_head, keys_row,
    values_n, values_head, values_row, gradient_n, gradient_head, gradient_row,
    heads, rows, length, first, threshold, scale,
    KEYS: tl.constexpr, VALUES: tl.constexpr, KEY_COLUMNS: tl.constexpr,
    VALUE_COLUMNS: tl.constexpr, TILE: tl.constexpr, DROPS: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    head = tl.program_id(1).to(tl.int64)
    n, of_n = head // heads, head % heads
    column = (tl.program_id(0) * TILE + tl.arange(0, TILE)).to(tl.int64)
    known = column < length
    near = _read_rows(
        keys + n * keys_n + of_n * keys_head, column, length, keys_row, KEYS, KEY_COLUMNS
    )
    given = _read_rows(
        values + n * values_n + of_n * values_head, column, length, values_row, VALUES,
        VALUE_COLUMNS,
    )  # fmt: skip
    content += n * content_n + of_n * content_head
    gradient += n * gradient_n + of_n * gradient_head
    key_sum = tl.zeros((TILE, KEY_COLUMNS), tl.float32)
    value_sum = tl.zeros((TILE, VALUE_COLUMNS), tl.float32)
    for start in range(0, rows, TILE):
        row = (start + tl.arange(0, TILE)).to(tl.int64)
        inside = (row < rows)[:, None] & known[None, :]
        queries = _read_rows(content, row, rows, content_row, KEYS, KEY_COLUMNS)
        of_means = _read_rows(gradient, row, rows, gradient_row, VALUES, VALUE_COLUMNS)
        diagonal = head * rows * (length + rows) + row * (length + rows) + rows - 1 - row
        skewed = diagonal[:, None] + column[None, :]
        logits = tl.dot(queries, tl.trans(near), input_precision=PRECISION)
        logits += tl.load(by_distance + skewed, mask=inside, other=0.0).to(tl.float32)
        norm = tl.load(norms + head * rows + row, mask=row < rows, other=0.0)
        weights = tl.where(inside, tl.exp2(logits * LOG2_E - norm[:, None]), 0.0)
        of_weights = tl.dot(of_means, tl.trans(given), input_precision=PRECISION)
        if DROPS:
            row_key = _row_key(seed, head, first + row, length)
            factor = tl.where(_is_kept(row_key, column, threshold), scale, 0.0)
            used, of_weights = weights * factor, of_weights * factor
        else:
            used = weights
        value_sum += tl.dot(tl.trans(used.to(of_means.dtype)), of_means, input_precision=PRECISION)
        along = tl.load(inner + head * rows + row, mask=row < rows, other=0.0)
        of_logits = (weights * (of_weights - along[:, None])).to(queries.dtype)
        key_sum += tl.dot(tl.trans(of_logits), queries, input_precision=PRECISION)
        straight = (head * rows + row)[:, None] * length + column[None, :]
        tl.store(of_content + straight, of_logits, mask=inside)
        tl.store(of_distance + skewed, of_logits, mask=inside)
    _add_rows(of_keys + head * length * KEYS, column, length, key_sum, KEYS, KEY_COLUMNS)
    _add_rows(of_values + head * length * VALUES, column, length, value_sum, VALUES, VALUE_COLUMNS)

"""What kernels read, write and multiply, for tensors without values.

The profiler counts arithmetic and memory traffic on such tensors. Each function here is one or two
operators that have the shapes of what `channel_kernels` and `relative_kernels` return.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import torch
from torch.library import Library
from torch.utils.flop_counter import register_flop_formula

if TYPE_CHECKING:
    from torch import Tensor

    from bench_enformer.relative_attention import Dropout

LIBRARY = Library("bench_enformer", "FRAGMENT")
LIBRARY.define("one_pass(Tensor[] given, SymInt[] shape, ScalarType dtype) -> Tensor")
LIBRARY.define(
    "attended(Tensor content, Tensor by_distance, Tensor keys, Tensor values) -> (Tensor, Tensor)"
)
LIBRARY.define(
    "logit_gradients(Tensor content, Tensor by_distance, Tensor keys, Tensor values, "
    "Tensor gradient) -> (Tensor, Tensor)"
)


def _one_pass(given: list[Tensor], shape: list[int], dtype: torch.dtype) -> Tensor:
    return given[0].new_empty(shape, dtype=dtype)


def _attended(content: Tensor, _: Tensor, __: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    norms = content.new_empty(content.shape[:-1], dtype=torch.float32)
    return values.new_empty(*content.shape[:-1], values.shape[-1]), norms


def _logit_gradients(
    content: Tensor, by_distance: Tensor, keys: Tensor, _: Tensor, __: Tensor
) -> tuple[Tensor, Tensor]:
    return content.new_empty(*content.shape[:-1], keys.shape[-2]), torch.empty_like(by_distance)


for _name, _shapes in (
    ("one_pass", _one_pass), ("attended", _attended), ("logit_gradients", _logit_gradients),
):  # fmt: skip
    LIBRARY.impl(_name, _shapes, "Meta")


@register_flop_formula(torch.ops.bench_enformer.attended)
def _attended_flops(
    content: list[int],
    by_distance: list[int],  # noqa: ARG001  torch's own signature
    keys: list[int],
    values: list[int],
    **_: Any,  # noqa: ANN401
) -> int:
    """Two products, with keys and with values."""
    return 2 * prod(content[:-1]) * keys[-2] * (keys[-1] + values[-1])


@register_flop_formula(torch.ops.bench_enformer.logit_gradients)
def _logit_gradient_flops(
    content: list[int],
    by_distance: list[int],  # noqa: ARG001
    keys: list[int],
    values: list[int],
    gradient: list[int],  # noqa: ARG001
    **_: Any,  # noqa: ANN401
) -> int:
    """Four: the logits again, and the gradients by weights, by keys and by values."""
    return 4 * prod(content[:-1]) * keys[-2] * (keys[-1] + values[-1])


def activated(values: Tensor, scale: Tensor, shift: Tensor, dtype: torch.dtype) -> Tensor:
    """See `channel_maps.activated`."""
    return _pass([values, scale, shift], values.shape, dtype)


def moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """See `channel_maps.moments`."""
    both = _pass([values], (2, values.shape[-1]), torch.float32)
    return both[0], both[1]


def gradient_sums(
    values: Tensor, gradient: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, spread: Tensor
) -> tuple[Tensor, Tensor]:
    """See `channel_maps.gradient_sums`."""
    given = [values, gradient, scale, shift, mean, spread]
    both = _pass(given, (2, values.shape[-1]), torch.float32)
    return both[0], both[1]


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
    given = [values, gradient, scale, shift, offset, slope]
    given += [] if added is None else [added]
    return _pass(given, values.shape, values.dtype)


def differences(values: Tensor, dtype: torch.dtype) -> Tensor:
    """See `channel_maps.differences`."""
    count, length, channels = values.shape
    return _pass([values], (count, length // 2, channels), dtype)


def pooled(values: Tensor, logits: Tensor) -> Tensor:
    """See `channel_maps.pooled`."""
    return _pass([values, logits], logits.shape, logits.dtype)


def logit_gradient(differences: Tensor, logits: Tensor, gradient: Tensor) -> Tensor:
    """See `channel_maps.logit_gradient`."""
    return _pass([differences, logits, gradient], logits.shape, logits.dtype)


def pair_gradient(logits: Tensor, gradient: Tensor, of_difference: Tensor) -> Tensor:
    """See `channel_maps.pair_gradient`."""
    count, length, channels = logits.shape
    given = [logits, gradient, of_difference]
    return _pass(given, (count, 2 * length, channels), logits.dtype)


def attended(
    content: Tensor,
    by_distance: Tensor,
    keys: Tensor,
    values: Tensor,
    dropout: Dropout,  # noqa: ARG001  drops what is computed anyway
) -> tuple[Tensor, Tensor]:
    """See `relative_attention.attended`."""
    means, norms = torch.ops.bench_enformer.attended(content, by_distance, keys, values)
    return means, norms


def logit_gradients(
    content: Tensor,
    by_distance: Tensor,
    keys: Tensor,
    values: Tensor,
    norms: Tensor,  # noqa: ARG001  small beside the others
    gradient: Tensor,
    inner: Tensor,  # noqa: ARG001
    of_keys: Tensor,
    of_values: Tensor,
    dropout: Dropout,  # noqa: ARG001
) -> tuple[Tensor, Tensor]:
    """See `relative_attention.logit_gradients`."""
    of_content, of_distance = torch.ops.bench_enformer.logit_gradients(
        content, by_distance, keys, values, gradient
    )
    # Sums over queries, which are read and written once for each block of them.
    for sums in (of_keys, of_values):
        _pass([sums], sums.shape, sums.dtype)
    return of_content, of_distance


def _pass(given: list[Tensor], shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    made: Tensor = torch.ops.bench_enformer.one_pass(given, list(shape), dtype)
    return made

"""Published weights of Enformer, in the layout of the package enformer-pytorch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.interface import DataError
from bench.training.published import LAYER_FIELDS, NORM_FIELDS, read_weights, without_layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from torch import Tensor

    from bench_enformer.enformer import Enformer

ALIASES = {
    "_trunk.1": "stem",
    "_trunk.2": "conv_tower",
    "_trunk.4": "transformer",
    "_trunk.6": "final_pointwise",
}
"""Second names of parts, under which a file may hold them instead, or as well."""

TRANSFORMER = {
    "0.fn.0": ("norm", LAYER_FIELDS),
    "0.fn.1.to_q": ("attention.query", ("weight",)),
    "0.fn.1.to_k": ("attention.key", ("weight",)),
    "0.fn.1.to_v": ("attention.value", ("weight",)),
    "0.fn.1.to_rel_k": ("attention.relative_key", ("weight",)),
    "0.fn.1.to_out": ("attention.output", LAYER_FIELDS),
    "1.fn.0": ("dense.0", LAYER_FIELDS),
    "1.fn.1": ("dense.1", LAYER_FIELDS),
    "1.fn.4": ("dense.4", LAYER_FIELDS),
}
"""Published layer of a transformer layer -> that of the network, and its fields."""

BIASES = {
    "0.fn.1.rel_content_bias": "attention.content_bias",
    "0.fn.1.rel_pos_bias": "attention.position_bias",
}


def load_enformer(network: Enformer, path: Path, with_heads: bool = True) -> None:
    """Fill a network with published weights.

    Args:
        network: of the shape of the weights; with `with_heads` false, its heads may be others.
        path: safetensors, or a file of `torch.save` that holds tensors only.
        with_heads: whether the heads are taken over too, under their names in the file; heads that
            the network lacks are left out.

    Raises:
        DataError: the file cannot be read, a layer is missing, is of no part of the network, or has
            another shape; the network is then as it was.
    """
    given = {_primary(name): value for name, value in read_weights(path).items()}
    wanted = dict(_names(network, with_heads))
    _refuse_other_layers(given, wanted, path)
    own = network.state_dict()
    fitted = {
        name: _fitted(given[published], own[name], published, path)
        for published, name in wanted.items()
    }
    for name, value in fitted.items():
        own[name].copy_(value)


def _primary(name: str) -> str:
    for alias, part in ALIASES.items():
        if name.startswith(f"{alias}."):
            return part + name.removeprefix(alias)
    return name


def _names(network: Enformer, with_heads: bool) -> Iterator[tuple[str, str]]:
    """Yield each published name with that of the network."""
    yield from _fields("stem.0", "stem.convolution", LAYER_FIELDS)
    yield from _stage("stem", "stem")
    for number in range(len(network.tower)):
        published, own = f"conv_tower.{number}", f"tower.{number}"
        yield from _convolution(f"{published}.0", f"{own}.convolution")
        yield from _stage(published, own)
    for number in range(len(network.transformer)):
        layer = f"transformer.{number}"
        for published, (own, fields) in TRANSFORMER.items():
            yield from _fields(f"{layer}.{published}", f"{layer}.{own}", fields)
        for published, own in BIASES.items():
            yield f"{layer}.{published}", f"{layer}.{own}"
    yield from _convolution("final_pointwise.1", "pointwise.0")
    if with_heads:
        for head in network.heads:
            yield from _fields(f"_heads.{head}.0", f"heads.{head}", LAYER_FIELDS)


def _stage(published: str, own: str) -> Iterator[tuple[str, str]]:
    yield from _convolution(f"{published}.1.fn", f"{own}.residual")
    yield f"{published}.2.to_attn_logits.weight", f"{own}.pool.logits.weight"


def _convolution(published: str, own: str) -> Iterator[tuple[str, str]]:
    yield from _fields(f"{published}.0", f"{own}.0", NORM_FIELDS)
    yield from _fields(f"{published}.2", f"{own}.2", LAYER_FIELDS)


def _fields(published: str, own: str, fields: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for field in fields:
        yield f"{published}.{field}", f"{own}.{field}"


def _refuse_other_layers(
    given: Mapping[str, Tensor], wanted: Mapping[str, str], path: Path
) -> None:
    for name in wanted:
        if name not in given:
            raise without_layer(path, name, given)
    for name in given:
        # Batches are counted without effect, since statistics decay at a constant rate.
        if name not in wanted and not re.match(r"_heads\.|.*\.num_batches_tracked$", name):
            raise DataError(path, f"{name!r} is of no layer of this model")


def _fitted(value: Tensor, own: Tensor, name: str, path: Path) -> Tensor:
    """Return a published tensor in the shape of the network's own."""
    shape = tuple(value.shape)
    # Pooling was written as a convolution over pairs.
    if name.endswith("to_attn_logits.weight") and shape[-1:] == (1,):
        value = value.squeeze(-1)
    if value.shape != own.shape:
        raise DataError(
            path, f"{name!r} has shape {shape}, expected one that fits {tuple(own.shape)}"
        )
    return value

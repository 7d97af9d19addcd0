"""Published weights of Basenji2, in the HDF5 files that Keras writes.

A file holds the trunk and one head. Its layers are numbered in the order of their making: conv1d,
conv1d_1, ..., and batch_normalization likewise. Kernels are `(width, in, out)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import torch
from torch import nn

from bench.interface import DEFAULT_HEAD, DataError

if TYPE_CHECKING:
    from torch import Tensor

    from bench.interface import FloatArray
    from bench_basenji.basenji2 import Basenji2

ROOT = "model_weights"
NORM_FIELDS = {
    "gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
    "moving_variance": "running_var",
}  # fmt: skip
HEAD_LAYER = "dense"

Arrays = dict[str, dict[str, "FloatArray"]]
"""Name of a layer -> name of an array -> values."""
Places = dict[str, dict[str, "Tensor"]]
"""Name of a layer -> name of an array -> the network's own, seen in the order of Keras."""


def load_keras_weights(
    network: Basenji2, path: Path, head: str = DEFAULT_HEAD, with_head: bool = True
) -> None:
    """Fill a network with published weights; nothing is changed where a file does not fit.

    Args:
        network: of the published shape; with `with_head` false, its heads may have other targets.
        path: the file.
        head: of the network, that the file's head fills.
        with_head: whether the head is taken over too.

    Raises:
        DataError: the file cannot be read, a layer is missing, unknown, or has another shape.
        ValueError: the network has no such head.
    """
    if with_head and head not in network.bins:
        raise ValueError(f"no head {head!r}, expected one of {', '.join(network.bins)}")
    given = read_keras_arrays(path)
    head_layer = _head_layer(given, path) if with_head else None
    places = trunk_places(network)
    if head_layer is not None:
        places[head_layer] = linear_places(network.heads[head])
    _refuse_other_layers(given, places, path)
    pairs = [pair for layer in places for pair in _fitting(layer, given, places, path)]
    for place, values in pairs:
        place.copy_(torch.from_numpy(values))


def read_keras_arrays(path: Path) -> Arrays:
    """Read all arrays by the names of their layers; layers without any are left out.

    Raises:
        DataError: not there, not HDF5, or damaged.
    """
    if not path.is_file():
        raise DataError(path, "no such file")
    try:
        with h5py.File(path, "r") as file:
            root = file.get(ROOT, file)
            layers = {name: _arrays_below(root[name]) for name in root}
    except (OSError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise DataError(path, f"no weights of Keras, expected HDF5: {error}") from error
    return {name: arrays for name, arrays in layers.items() if arrays}


def trunk_places(network: Basenji2) -> Places:
    """Return where the arrays of all layers but the heads belong."""
    modules = list(network.modules())
    convolutions = [one for one in modules if isinstance(one, nn.Conv1d)]
    norms = [one for one in modules if isinstance(one, nn.BatchNorm1d)]
    places: Places = {
        name: {"kernel": one.weight.detach().permute(2, 1, 0)}
        for name, one in zip(_numbered("conv1d"), convolutions, strict=False)
    }
    for name, norm in zip(_numbered("batch_normalization"), norms, strict=False):
        own = norm.state_dict()
        places[name] = {field: own[ours] for field, ours in NORM_FIELDS.items()}
    return places


def linear_places(layer: nn.Module) -> dict[str, Tensor]:
    """Return where the arrays of a linear layer belong."""
    own = layer.state_dict()
    return {"kernel": own["weight"].T, "bias": own["bias"]}


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 0
    while True:
        number += 1
        yield f"{name}_{number}"


def _arrays_below(group: Any) -> dict[str, FloatArray]:  # noqa: ANN401  h5py has no types
    """Return the arrays in a group, however deep, by their last names without a number."""
    found: dict[str, FloatArray] = {}

    def take(name: str, item: Any) -> None:  # noqa: ANN401  h5py has no types
        if isinstance(item, h5py.Dataset):
            last, _, _ = Path(name).name.partition(":")
            found[last] = np.asarray(item[()], np.float32)

    if isinstance(group, h5py.Group):
        group.visititems(take)
    return found


def _head_layer(given: Arrays, path: Path) -> str:
    """Return the name of the file's head; a model's second one is numbered."""
    names = [name for name in given if re.fullmatch(rf"{HEAD_LAYER}(_\d+)?", name)]
    if not names:
        raise DataError(path, f"no layer {HEAD_LAYER!r}, expected the layers of this model")
    if len(names) > 1:
        raise DataError(path, f"{' and '.join(map(repr, names))}, expected one head")
    return names[0]


def _refuse_other_layers(given: Arrays, places: Places, path: Path) -> None:
    for name in sorted(given):
        if name not in places and not re.fullmatch(rf"{HEAD_LAYER}(_\d+)?", name):
            raise DataError(path, f"layer {name!r} is none of this model's")


def _fitting(
    layer: str, given: Arrays, places: Places, path: Path
) -> Iterator[tuple[Tensor, FloatArray]]:
    """Give each array of a layer with the place where it belongs."""
    if layer not in given:
        raise DataError(path, f"no layer {layer!r}, expected the layers of this model")
    own, arrays = places[layer], given[layer]
    if own.keys() != arrays.keys():
        raise DataError(
            path,
            f"layer {layer!r} has {', '.join(sorted(arrays))}, expected {', '.join(sorted(own))}",
        )
    for name, place in own.items():
        if arrays[name].shape != tuple(place.shape):
            raise DataError(
                path,
                f"{name} of layer {layer!r} has shape {arrays[name].shape}, expected "
                f"{tuple(place.shape)}",
            )
        yield place, arrays[name]

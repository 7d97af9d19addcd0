"""Weights in the layouts in which their authors, or a model zoo, publish them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

import torch

from bench.interface import DataError

if TYPE_CHECKING:
    from torch import Tensor, nn

NORM_FIELDS = ("weight", "bias", "running_mean", "running_var")
SHOWN = 3
"""Names of a file that a message shows."""
LAYER_FIELDS = ("weight", "bias")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedLayout:
    """Which published layer is which of a network's.

    Attributes:
        layers: published name of a convolution or linear layer -> name in the network.
        norms: published name of a batch normalisation -> name in the network.
        prefixes: what may stand before all published names.
        channels: order of the bases in the first layer of `layers`.
        head: name in the network of the layer whose outputs are the targets.
    """

    layers: Mapping[str, str]
    norms: Mapping[str, str]
    prefixes: tuple[str, ...] = ("",)
    channels: str = "ACGT"
    head: str

    def names(self) -> dict[str, str]:
        """Return every published name with that of the network."""
        pairs = [(self.layers, LAYER_FIELDS), (self.norms, NORM_FIELDS)]
        return {
            f"{published}.{field}": f"{own}.{field}"
            for layers, fields in pairs
            for published, own in layers.items()
            for field in fields
        }


def load_published(
    network: nn.Module, layout: PublishedLayout, path: Path, with_head: bool = True
) -> None:
    """Fill a network with published weights.

    Args:
        network: of the published shape; with `with_head` false, its head may have other targets.
        layout: how the file names its layers.
        path: safetensors, or a file of `torch.save` that holds tensors only.
        with_head: whether the last layer is taken over too.

    Raises:
        DataError: the file cannot be read, a layer is missing, or has another shape.
    """
    given = _unprefixed(read_weights(path), layout, path)
    own = network.state_dict()
    first = next(iter(layout.layers))
    for published, name in layout.names().items():
        if not with_head and name.startswith(f"{layout.head}."):
            continue
        if published not in given:
            raise without_layer(path, published, given)
        value = given[published].float()
        if published == f"{first}.weight":
            value = value[:, [layout.channels.index(base) for base in "ACGT"]]
        # Convolutions may have been written with a second dimension of width 1.
        if value.dim() == own[name].dim() + 1 and 1 in value.shape[2:]:
            value = value.squeeze(2 + value.shape[2:].index(1))
        if value.shape != own[name].shape:
            raise DataError(
                path,
                f"{published!r} has shape {tuple(given[published].shape)}, expected one that fits "
                f"{tuple(own[name].shape)}: published weights fit the preset published",
            )
        own[name].copy_(value)


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read named tensors; nothing in the file is run.

    Raises:
        DataError: not there, neither of the two formats, or more than tensors.
    """
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        given = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise DataError(path, "no such file") from error
    except (UnpicklingError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise DataError(
            path, "no weights alone, expected safetensors or tensors by name"
        ) from error
    except Exception as error:
        # safetensors raises an exception of its own, and torch a KeyError on text.
        why = "no file of weights" if isinstance(error, KeyError) else f"damaged: {error}"
        raise DataError(path, f"{why}, expected safetensors or tensors by name") from error
    nested = given.get("state_dict", given) if isinstance(given, Mapping) else None
    if nested is None or not all(isinstance(value, torch.Tensor) for value in nested.values()):
        raise DataError(path, "expected tensors by name")
    return dict(nested)


def _unprefixed(
    given: Mapping[str, Tensor], layout: PublishedLayout, path: Path
) -> dict[str, Tensor]:
    first = f"{next(iter(layout.layers))}.weight"
    for prefix in layout.prefixes:
        if f"{prefix}{first}" in given:
            return {
                name.removeprefix(prefix): value
                for name, value in given.items()
                if name.startswith(prefix)
            }
    raise without_layer(path, first, given)


def without_layer(path: Path, name: str, given: Iterable[str]) -> DataError:
    """Say that a file lacks a layer, and what it has."""
    names = sorted(given)
    held = ", ".join(map(repr, names[:SHOWN])) + (", ..." if len(names) > SHOWN else "")
    return DataError(
        path, f"no {name!r}, expected the layers of this model; it holds {held or 'nothing'}"
    )

"""What the filters of a network's first layer answer to, as position weight matrices.

As in Basset (Kelley et al. 2016): of all places of many sequences, those are taken at which a
filter is activated by more than half of its highest activation, and the bases in front of it are
counted. The activation is the output of the first convolution and of the normalisation and the
non-linearity that follow it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.data.alphabet import N, one_hot
from bench.data.examples import ArrayExamples
from bench.data.motifs import Motif
from bench.interface.context import DEFAULT_HEAD, Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from bench.interface.arrays import CodeArray, FloatArray, IntArray
    from bench.interface.examples import Examples
    from bench.interface.model import Model

BATCH_BASES = 1 << 17
LEAST_SITES = 10
"""A filter with fewer places tells no motif."""
AFTER = ("BatchNorm1d", "ReLU", "GELU", "ELU", "LeakyReLU", "Softplus", "SiLU", "Threshold")
"""Layers behind a convolution that belong to its activation, by the name of their class."""


@dataclass(frozen=True, slots=True)
class FirstLayer:
    """The first convolution of a network with what makes its activation.

    Attributes:
        layers: from one-hot sequences `(n, 4, length)` to activations `(n, filters, places)`.
        width: bp that a filter spans, with those between its weights.
        steps: which of these it reads, `(weights,)`.
        stride: bp between places.
        padding: bp that the first place lies before the sequence.
    """

    layers: nn.Sequential
    width: int
    steps: IntArray
    stride: int
    padding: int

    def activations(self, codes: CodeArray) -> tuple[FloatArray, IntArray]:
        """Return activations `(n, filters, places)` by whole windows, and where these begin."""
        import torch

        device = next(self.layers.parameters()).device
        with torch.no_grad():
            given = torch.from_numpy(one_hot(codes)).to(device)
            activations = self.layers(given).float().cpu().numpy()
        starts = np.arange(activations.shape[2]) * self.stride - self.padding
        whole = (starts >= 0) & (starts + self.width <= codes.shape[1])
        return activations[:, :, whole], starts[whole]


def first_layer(model: Model, codes: CodeArray, head: str = DEFAULT_HEAD) -> FirstLayer | None:
    """Find the convolution that reads the one-hot sequence, by watching a prediction.

    Args:
        model: fitted.
        codes: a sequence as long as the model reads, `(length,)`.
        head: whose targets are predicted.

    Returns:
        None where the model holds no torch module, or none of them is such a convolution.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        # Without torch no attribute can be one of its modules.
        return None
    networks = [value for value in vars(model).values() if isinstance(value, torch.nn.Module)]
    calls: list[tuple[nn.Module, Any, Any]] = []

    def note(layer: nn.Module, given: tuple[Any, ...], output: Any) -> None:  # noqa: ANN401
        calls.append((layer, given[0] if given else None, output))

    leaves = [layer for network in networks for layer in network.modules()
              if not list(layer.children())]  # fmt: skip
    hooks = [layer.register_forward_hook(note) for layer in leaves]
    try:
        model.predict(ArrayExamples(codes[None]), head)
    finally:
        for hook in hooks:
            hook.remove()
    expected = torch.from_numpy(one_hot(codes))
    for place, (layer, given, output) in enumerate(calls):
        if isinstance(layer, torch.nn.Conv1d) and _is_sequence(given, expected):
            return _layer_of([layer, *_behind(calls[place + 1 :], output)])
    return None


def _is_sequence(given: Any, expected: Tensor) -> bool:  # noqa: ANN401
    if getattr(given, "shape", None) is None or given.shape[1:] != expected.shape:
        return False
    return bool((given[0].float().cpu() == expected).all())


def _behind(calls: list[tuple[nn.Module, Any, Any]], output: Any) -> list[nn.Module]:  # noqa: ANN401
    """Return the layers that are called one after the other on an output, up to another kind."""
    found: list[nn.Module] = []
    for layer, given, after in calls:
        if given is not output or type(layer).__name__ not in AFTER:
            break
        found.append(layer)
        output = after
    return found


def _layer_of(layers: list[Any]) -> FirstLayer | None:
    from torch import nn

    convolution = layers[0]
    (weights,), (dilation,) = convolution.kernel_size, convolution.dilation
    width = dilation * (weights - 1) + 1
    padding = convolution.padding
    if padding == "same":
        padding = ((width - 1) // 2,)
    elif padding == "valid":
        padding = (0,)
    steps = np.arange(weights) * dilation
    return FirstLayer(nn.Sequential(*layers), width, steps, convolution.stride[0], padding[0])


@dataclass(frozen=True, slots=True)
class FilterMotifs:
    """The motifs of a first layer.

    Attributes:
        motifs: of the filters that have one; `sites` is how many places stand behind it.
        filters: how many there are.
        silent: how many are activated nowhere, or everywhere alike.
        rare: how many have fewer than 10 places.
    """

    motifs: list[Motif]
    filters: int
    silent: int
    rare: int


def filter_motifs(
    layer: FirstLayer, examples: Examples, length: int, progress: Progress = silent
) -> FilterMotifs:
    """Count the bases at which each filter is activated most.

    Args:
        layer: of a fitted network.
        examples: the items.
        length: bp that the network reads around their centres.
        progress: told how many items are done, of both rounds.
    """
    total = 2 * len(examples)
    highest = lowest = np.zeros(0)
    for end, codes in _batches(examples, length):
        activations, _ = layer.activations(codes)
        top, low = activations.max(axis=(0, 2)), activations.min(axis=(0, 2))
        highest = np.maximum(highest, top) if len(highest) else top
        lowest = np.minimum(lowest, low) if len(lowest) else low
        progress(end, total)
    lively = (highest > 0) & (highest > lowest)
    counts = np.zeros((len(highest), len(layer.steps), N + 1))
    for end, codes in _batches(examples, length):
        activations, starts = layer.activations(codes)
        for number in np.flatnonzero(lively).tolist():
            rows, places = np.nonzero(activations[:, number] > highest[number] / 2)
            words = codes[rows[:, None], starts[places][:, None] + layer.steps]
            counts[number] += (words[:, :, None] == np.arange(N + 1)).sum(axis=0)
        progress(len(examples) + end, total)
    sites = counts[:, 0].sum(axis=1)
    chosen = np.flatnonzero(lively & (sites >= LEAST_SITES)).tolist()
    motifs = [
        Motif(f"filter{number}", frequencies(counts[number, :, :N]), float(sites[number]))
        for number in chosen
    ]
    dead = int((~lively).sum())
    return FilterMotifs(motifs, len(highest), dead, len(highest) - dead - len(motifs))


def frequencies(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn counts `(width, 4)` into probabilities, one count being added to each position."""
    probabilities: NDArray[np.float64] = (counts + 0.25) / (counts.sum(axis=1, keepdims=True) + 1)
    return probabilities


def _batches(examples: Examples, length: int) -> Iterator[tuple[int, CodeArray]]:
    size = max(1, BATCH_BASES // length)
    for start in range(0, len(examples), size):
        end = min(start + size, len(examples))
        yield end, examples[start:end].windows(length)

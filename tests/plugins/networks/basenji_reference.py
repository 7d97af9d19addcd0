"""Small networks of Basenji and Basenji2, and another computation of their outputs.

It is written with numpy from the description of the layers, with arrays in the order of Keras,
`(width, in, out)`, and values `(positions, channels)`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from bench.training.one_hot import one_hot
from bench_basenji.basenji import Basenji
from bench_basenji.basenji2 import Basenji2
from bench_basenji.settings import Basenji2Settings, BasenjiSettings

SMALL = BasenjiSettings(
    length=512, first_filters=3, last_filters=7, pools=1, dilated_layers=2, dilated_filters=4,
    pointwise=6,
)  # fmt: skip
SMALL2 = Basenji2Settings(
    length=512, stem_filters=3, first_filters=4, last_filters=6, pools=2, dilated_layers=4,
    dilated_filters=5, pointwise=7,
)  # fmt: skip
SMALL_ONES = [(Basenji, SMALL), (Basenji2, SMALL2)]
HEADS = {"default": (10, 3), "other": (16, 2)}

Arrays = dict[str, dict[str, np.ndarray]]


def on_meta(network_class, settings, heads) -> nn.Module:
    with torch.device("meta"):
        return network_class(settings, heads)


def drawn_sequences(length: int, seed: int = 0) -> torch.Tensor:
    """Return one-hot sequences with some N, `(2, 4, length)`."""
    codes = np.random.default_rng(seed).choice(5, (2, length), p=[0.24] * 4 + [0.04])
    return one_hot(torch.from_numpy(codes.astype(np.uint8)))


@torch.no_grad()
def randomised(network: nn.Module, seed: int = 1) -> nn.Module:
    """Draw all weights and running values, of a size that keeps outputs near 1."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in network.state_dict().items():
        if not value.is_floating_point():
            continue
        noise = torch.randn(value.shape, generator=generator)
        if name.endswith("running_var"):
            value.copy_(noise.abs() + 0.5)
        elif value.dim() > 1:
            value.copy_(noise * (2 / value[0].numel()) ** 0.5)
        else:
            value.copy_(0.3 * noise + (1.0 if name.endswith("weight") else 0.0))
    return network.eval()


def padded(values: np.ndarray, total: int, fill: float) -> np.ndarray:
    """Lengthen `(positions, channels)` by `total`, the right side getting the odd one."""
    left = total // 2
    return np.pad(values, ((left, total - left), (0, 0)), constant_values=fill)


def convolved(values: np.ndarray, kernel: np.ndarray, dilation: int = 1) -> np.ndarray:
    width, length = len(kernel), len(values)
    around = padded(values, dilation * (width - 1), 0.0)
    return sum(
        around[tap * dilation : tap * dilation + length] @ kernel[tap] for tap in range(width)
    )


def pooled(values: np.ndarray, size: int) -> np.ndarray:
    count = -(-len(values) // size)
    around = padded(values, count * size - len(values), -np.inf)
    return around.reshape(count, size, -1).max(axis=1)


def normalised(values: np.ndarray, norm: dict[str, np.ndarray]) -> np.ndarray:
    deviation = np.sqrt(norm["moving_variance"] + 0.001)
    return norm["gamma"] * (values - norm["moving_mean"]) / deviation + norm["beta"]


def gelu(values: np.ndarray) -> np.ndarray:
    return values / (1 + np.exp(-1.702 * values))


def number(name: str, index: int) -> str:
    return f"{name}_{index}" if index else name


class Layers:
    """Convolutions with their normalisations, taken one after the other."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.index = 0

    def __call__(self, values: np.ndarray, dilation: int = 1) -> np.ndarray:
        kernel = self.arrays[number("conv1d", self.index)]["kernel"]
        norm = self.arrays[number("batch_normalization", self.index)]
        self.index += 1
        return normalised(convolved(values, kernel, dilation), norm)


def basenji_features(arrays: Arrays, values: np.ndarray) -> np.ndarray:
    """Compute a Basenji of one pooling by 4 and two dilated layers, one sequence."""
    layer = Layers(arrays)
    for pool in (1, 2, 4, 1):
        values = pooled(layer(np.maximum(values, 0)), pool)
    for dilation in (2, 4):
        values = np.hstack([values, layer(np.maximum(values, 0), dilation)])
    return np.maximum(layer(np.maximum(values, 0)), 0)


def basenji2_features(arrays: Arrays, values: np.ndarray) -> np.ndarray:
    """Compute a Basenji2 of three poolings and four residual blocks, one sequence."""
    layer = Layers(arrays)
    for _ in range(3):
        values = pooled(layer(gelu(values)), 2)
    for dilation in (1, 2, 3, 4):
        values = values + layer(gelu(layer(gelu(values), dilation)))
    return values


def basenji2_rates(arrays: Arrays, sequence: np.ndarray, bins: int) -> np.ndarray:
    features = basenji2_features(arrays, sequence)
    first = (len(features) - bins) // 2
    last = Layers(arrays)
    last.index = 11
    hidden = gelu(last(gelu(features[first : first + bins])))
    return np.log1p(np.exp(hidden @ arrays["dense"]["kernel"] + arrays["dense"]["bias"]))


def keras_arrays(network: nn.Module, head: str = "default") -> Arrays:
    """Return a network's weights by the names and in the order of Keras."""
    found: Arrays = {}
    modules = [*network.modules()]
    for index, one in enumerate(m for m in modules if isinstance(m, nn.Conv1d)):
        kernel = one.weight.detach().double().numpy()
        found[number("conv1d", index)] = {"kernel": kernel.transpose(2, 1, 0)}
    for index, one in enumerate(m for m in modules if isinstance(m, nn.BatchNorm1d)):
        found[number("batch_normalization", index)] = {
            "gamma": one.weight.detach().double().numpy(),
            "beta": one.bias.detach().double().numpy(),
            "moving_mean": one.running_mean.double().numpy(),
            "moving_variance": one.running_var.double().numpy(),
        }
    linear = network.heads[head]
    found["dense"] = {
        "kernel": linear.weight.detach().double().numpy().T,
        "bias": linear.bias.detach().double().numpy(),
    }
    return found

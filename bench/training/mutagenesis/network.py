"""A traced network that computes patches where its layers allow it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import fx, nn
from torch.nn import functional

from bench.training.mutagenesis.patches import Patches

if TYPE_CHECKING:
    from torch import Tensor

SAME_PLACE = (
    nn.ReLU, nn.GELU, nn.ELU, nn.LeakyReLU, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.SiLU, nn.Identity,
    nn.Dropout, nn.Dropout1d, nn.AlphaDropout, nn.Hardtanh, nn.Threshold,
)  # fmt: skip
"""Layers whose output at a place depends on their input there alone, in evaluation."""
SAME_PLACE_FUNCTIONS = {
    torch.relu, functional.relu, functional.gelu, functional.elu, functional.silu,
    functional.softplus, functional.sigmoid, torch.sigmoid, torch.tanh, torch.exp,
}  # fmt: skip
SIDE_BY_SIDE = {operator.add, operator.mul, torch.add, torch.mul}
NEGATIVE = float("-inf")


class PatchInterpreter(fx.Interpreter):
    """Runs a traced network on patches; each layer is given those of the original beside it."""

    def __init__(self, graph: fx.GraphModule, originals: dict[fx.Node, Any]) -> None:
        super().__init__(graph)
        self._originals = originals

    def run_node(self, n: fx.Node) -> Any:  # noqa: ANN401  whatever the network computes
        """Compute a node on patches where that is known, else on the whole."""
        arguments, words = self.fetch_args_kwargs_from_env(n)
        if n.op == "output" or not _patches_in([*arguments, *words.values()]):
            return super().run_node(n)
        found = self._on_patches(n, arguments, words)
        if found is not None:
            return found
        whole = tuple(_whole(one) for one in arguments)
        named = {name: _whole(one) for name, one in words.items()}
        return getattr(self, n.op)(n.target, whole, named)

    def _on_patches(
        self, node: fx.Node, arguments: tuple[Any, ...], words: dict[str, Any]
    ) -> Patches | Tensor | None:
        """Return a node's output for patches; None where it is not known on them."""
        original = self._originals[node]
        if node.op == "call_module":
            layer = self.submodules_of(node)
            return on_layer(layer, arguments[0], original) if len(arguments) == 1 else None
        if node.op != "call_function":
            return None
        function = cast("Callable[..., Tensor]", node.target)
        if function in SAME_PLACE_FUNCTIONS:
            return _same_place(function, arguments, words, original)
        if function in SIDE_BY_SIDE and len(arguments) == 2 and not words:
            return _side_by_side(function, arguments, original)
        if function is torch.cat:
            return _joined(arguments, words, original)
        return None

    def submodules_of(self, node: fx.Node) -> nn.Module:
        """Return the layer that a node calls."""
        return self.module.get_submodule(str(node.target))


def _patches_in(value: Any) -> bool:  # noqa: ANN401
    """Whether patches are among a layer's inputs, which may be lists."""
    if isinstance(value, list | tuple):
        return any(_patches_in(one) for one in value)
    return isinstance(value, Patches)


def _whole(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list | tuple):
        return type(value)(_whole(one) for one in value)
    return value.whole() if isinstance(value, Patches) else value


def on_layer(layer: nn.Module, given: Patches, original: Tensor) -> Patches | Tensor | None:
    """Return a layer's output for patches; None where it is not known on them.

    Args:
        layer: in evaluation.
        given: its changed inputs.
        original: its output for the original input.
    """
    # A subclass may do something else, so that the class itself is asked for.
    kind = type(layer)
    if kind in SAME_PLACE or (kind is nn.BatchNorm1d and layer.track_running_stats):
        return Patches(original, layer(given.values), given.starts)
    if kind is nn.Conv1d:
        return _convolution(cast("nn.Conv1d", layer), given, original)
    if kind is nn.MaxPool1d:
        return _max_pool(cast("nn.MaxPool1d", layer), given, original)
    if kind is nn.AvgPool1d:
        return _mean_pool(cast("nn.AvgPool1d", layer), given, original)
    if kind is nn.AdaptiveAvgPool1d and layer.output_size in {1, (1,)}:
        changed = (given.values - given.original_values()).sum(dim=2, keepdim=True)
        return original + changed / given.length
    return None


def _same_place(
    function: Callable[..., Tensor],
    arguments: tuple[Any, ...],
    words: dict[str, Any],
    original: Tensor,
) -> Patches | None:
    given, *rest = arguments
    if not isinstance(given, Patches):
        return None
    return Patches(original, function(given.values, *rest, **words), given.starts)


def _side_by_side(
    function: Callable[..., Tensor], arguments: tuple[Any, ...], original: Tensor
) -> Patches | None:
    """Add or multiply patches with a number, or with other patches of as many places."""
    one, other = arguments
    if isinstance(one, int | float):
        return Patches(original, function(one, other.values), other.starts)
    if isinstance(other, int | float):
        return Patches(original, function(one.values, other), one.starts)
    if not (isinstance(one, Patches) and isinstance(other, Patches)):
        return None
    if one.length != other.length:
        return None
    starts, width = _hull([one, other])
    left, right = (part.read(starts, width, 0.0) for part in (one, other))
    return Patches(original, function(left, right), starts)


def _joined(arguments: tuple[Any, ...], words: dict[str, Any], original: Tensor) -> Patches | None:
    """Put the channels of several patches one below the other."""
    parts, *rest = arguments
    if [*rest, *words.values()] != [1] or not all(isinstance(one, Patches) for one in parts):
        return None
    starts, width = _hull(parts)
    return Patches(original, torch.cat([one.read(starts, width, 0.0) for one in parts], 1), starts)


def _hull(parts: Sequence[Patches]) -> tuple[Tensor, int]:
    """Return stretches of one width that hold those of all parts."""
    starts = torch.stack([one.starts for one in parts]).amin(dim=0)
    ends = torch.stack([one.starts + one.width for one in parts]).amax(dim=0)
    width = int((ends - starts).max())
    return starts.clamp(max=parts[0].length - width), width


def _convolution(layer: nn.Conv1d, given: Patches, original: Tensor) -> Patches | None:
    (kernel,), (stride,), (dilation,) = layer.kernel_size, layer.stride, layer.dilation
    if layer.padding_mode != "zeros":
        return None
    padding = _padding_of(layer, kernel, dilation)
    if padding is None:
        return None
    starts, width = given.reached(kernel, stride, padding, dilation)
    read = (width - 1) * stride + dilation * (kernel - 1) + 1
    inputs = given.read(starts * stride - padding, read, 0.0)
    values = functional.conv1d(inputs, layer.weight, layer.bias, stride, 0, dilation, layer.groups)
    return Patches(original, values, starts)


def _padding_of(layer: nn.Conv1d, kernel: int, dilation: int) -> int | None:
    """Return how many zeros stand on either side; None where the sides differ."""
    if layer.padding == "valid":
        return 0
    if layer.padding == "same":
        total = dilation * (kernel - 1)
        return None if total % 2 else total // 2
    return int(layer.padding[0])


def _max_pool(layer: nn.MaxPool1d, given: Patches, original: Tensor) -> Patches | None:
    if layer.return_indices or layer.ceil_mode:
        return None
    kernel, stride, padding, dilation = (
        _number(value) for value in (layer.kernel_size, layer.stride, layer.padding, layer.dilation)
    )
    starts, width = given.reached(kernel, stride, padding, dilation)
    read = (width - 1) * stride + dilation * (kernel - 1) + 1
    inputs = given.read(starts * stride - padding, read, NEGATIVE)
    values = functional.max_pool1d(inputs, kernel, stride, 0, dilation)
    return Patches(original, values, starts)


def _mean_pool(layer: nn.AvgPool1d, given: Patches, original: Tensor) -> Patches | None:
    kernel, stride, padding = (
        _number(value) for value in (layer.kernel_size, layer.stride, layer.padding)
    )
    if layer.ceil_mode or (padding and not layer.count_include_pad):
        return None
    starts, width = given.reached(kernel, stride, padding, 1)
    read = (width - 1) * stride + kernel
    inputs = given.read(starts * stride - padding, read, 0.0)
    return Patches(original, functional.avg_pool1d(inputs, kernel, stride), starts)


def _number(value: int | tuple[int, ...]) -> int:
    return value if isinstance(value, int) else int(value[0])

"""Predictions of single-base changes by a network, on patches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from torch import fx, nn

from bench.training.batches import prediction_batch
from bench.training.mutagenesis.network import PatchInterpreter
from bench.training.mutagenesis.patches import Patches
from bench.training.one_hot import one_hot, reverse_complement

if TYPE_CHECKING:
    from torch import Tensor

    from bench.interface.arrays import CodeArray, FloatArray, IntArray
    from bench.training.losses import HeadLosses


class _Recorder(fx.Interpreter):
    """Keeps what every node computes."""

    def __init__(self, graph: fx.GraphModule) -> None:
        super().__init__(graph)
        self.found: dict[fx.Node, Any] = {}

    def run_node(self, n: fx.Node) -> Any:  # noqa: ANN401
        """Compute a node and keep it."""
        found = super().run_node(n)
        # What comes later may change it in place.
        self.found[n] = found.clone() if isinstance(found, torch.Tensor) else found
        return found


class _OfHead(nn.Module):
    """A network that is given sequences alone."""

    def __init__(self, network: nn.Module, head: str | None) -> None:
        super().__init__()
        self.network = network
        self._arguments = () if head is None else (head,)

    def forward(self, sequences: Tensor) -> Tensor:
        """Return the network's output."""
        output: Tensor = self.network(sequences, *self._arguments)
        return output


def traced(network: nn.Module, head: str | None) -> fx.GraphModule | None:
    """Return the layers of a network as a graph.

    None where they depend on the input's values, where hooks may change what they give, or where a
    later layer changes what an earlier one gave while it is still read.

    Args:
        network: in evaluation.
        head: name of the head for a network of several; None for one that is not told.
    """
    hooks = ("_forward_hooks", "_forward_pre_hooks")
    if any(getattr(one, name) for one in network.modules() for name in hooks):
        return None
    whole = _OfHead(network, head)
    try:
        graph = fx.Tracer().trace(whole)
    except Exception:  # noqa: BLE001  a network may do anything with what it takes for a tensor
        return None
    found = fx.GraphModule(whole, graph)
    return None if any(_changes_in_place(found, node) for node in graph.nodes) else found


def _changes_in_place(graph: fx.GraphModule, node: fx.Node) -> bool:
    """Whether a node changes its input, and that is read by others or told by no argument."""
    if node.op == "call_method":
        name = str(node.target)
        return name.endswith("_") and not name.endswith("__")
    in_place = bool(node.kwargs.get("inplace"))
    if node.op == "call_module":
        in_place = bool(getattr(graph.get_submodule(str(node.target)), "inplace", False))
    return in_place and any(len(given.users) > 1 for given in node.all_input_nodes)


def has_patches(graph: fx.GraphModule) -> bool:
    """Whether the first layer is a convolution that is computed on patches."""
    first = next((node for node in graph.graph.nodes if node.op != "placeholder"), None)
    if first is None or first.op != "call_module":
        return False
    return type(graph.get_submodule(str(first.target))) is nn.Conv1d


@dataclass(frozen=True, slots=True)
class _Strand:
    """A sequence with what every layer makes of it."""

    sequence: Tensor
    originals: dict[fx.Node, Any]


class NetworkMutagenesis:
    """See `bench.interface.Mutagenesis`; make it with `of`."""

    def __init__(
        self, graph: fx.GraphModule, losses: HeadLosses, head: str, strands: tuple[_Strand, ...]
    ) -> None:
        self._graph = graph
        self._losses = losses
        self._head = head
        self._strands = strands

    @classmethod
    @torch.no_grad()
    # As in predictions: the products of some GPUs are rounded to ten bits unless told otherwise.
    @torch.backends.cudnn.flags(enabled=True, allow_tf32=False)
    def of(
        cls,
        network: nn.Module,
        losses: HeadLosses,
        codes: CodeArray,
        head: str,
        *,
        average_strands: bool,
        device: str,
    ) -> Self | None:
        """Prepare a sequence; None where its network cannot be followed.

        Args:
            network: in evaluation, on the device.
            losses: turn its output into predictions.
            codes: the sequence, `(length,)`.
            head: whose targets are predicted.
            average_strands: whether predictions are the mean of both strands'.
            device: `cpu` or `cuda`.
        """
        graph = traced(network, head if losses.several else None)
        if graph is None or not has_patches(graph):
            return None
        given = one_hot(torch.from_numpy(np.ascontiguousarray(codes))[None].to(device))
        sequences = [given, reverse_complement(given)] if average_strands else [given]
        strands = []
        for sequence in sequences:
            recorder = _Recorder(graph)
            recorder.run(sequence)
            strands.append(_Strand(sequence, recorder.found))
        return cls(graph, losses, head, tuple(strands))

    @torch.no_grad()
    @torch.backends.cudnn.flags(enabled=True, allow_tf32=False)
    def __call__(self, positions: IntArray, bases: CodeArray) -> FloatArray:
        """Return predictions, float32 `(n, targets)` or `(n, bins, targets)`."""
        length = self._strands[0].sequence.shape[2]
        size = prediction_batch(length)
        parts = [
            self._batch(positions[first : first + size], bases[first : first + size])
            for first in range(0, len(positions), size)
        ]
        return np.concatenate(parts)

    def _batch(self, positions: IntArray, bases: CodeArray) -> FloatArray:
        loss, mirror = self._losses.of(self._head), self._losses.mirror(self._head)
        device = self._strands[0].sequence.device
        places = torch.from_numpy(np.asarray(positions, np.int64)).to(device)
        letters = one_hot(torch.from_numpy(np.asarray(bases, np.uint8))[:, None].to(device))
        forward, *backward = self._strands
        predicted: Tensor = loss.predicted(self._run(forward, places, letters))
        for strand in backward:
            last = strand.sequence.shape[2] - 1
            turned = self._run(strand, last - places, reverse_complement(letters))
            predicted = (predicted + mirror(loss.predicted(turned))) / 2
        return predicted.cpu().numpy()

    def _run(self, strand: _Strand, places: Tensor, letters: Tensor) -> Tensor:
        patches = Patches(strand.sequence, letters, places)
        found = PatchInterpreter(self._graph, strand.originals).run(patches)
        output: Tensor = found.whole() if isinstance(found, Patches) else found
        return output.float()

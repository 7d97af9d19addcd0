"""Predictions of a network, apart from its training; importing this does not import Lightning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from bench.training.one_hot import one_hot, reverse_complement

if TYPE_CHECKING:
    from torch import Tensor

    from bench.training.losses import HeadLosses


def output_of(network: nn.Module, losses: HeadLosses, sequences: Tensor, head: str) -> Tensor:
    """Return a network's output for one head; a network of one head is not told which."""
    output: Tensor = network(sequences, head) if losses.several else network(sequences)
    return output


def predictions_of(
    network: nn.Module, losses: HeadLosses, codes: Tensor, head: str, average_strands: bool
) -> tuple[Tensor, Tensor]:
    """Return a network's output and its predictions for codes `(n, length)`.

    Predictions are the mean of both strands' where that is asked for: of probabilities, as DeepSEA
    does, not of what they are computed from.
    """
    sequences, loss = one_hot(codes), losses.of(head)
    output = output_of(network, losses, sequences, head).float()
    predicted = loss.predicted(output)
    if average_strands:
        turned = output_of(network, losses, reverse_complement(sequences), head).float()
        predicted = (predicted + losses.mirror(head)(loss.predicted(turned))) / 2
    return output, predicted

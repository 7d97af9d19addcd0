"""Predictions of a network, apart from its training; importing this does not import Lightning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from bench.training.one_hot import one_hot, reverse_complement

if TYPE_CHECKING:
    from torch import Tensor

    from bench.training.loss import MaskedLoss


def predictions_of(
    network: nn.Module, loss: MaskedLoss, codes: Tensor, average_strands: bool
) -> tuple[Tensor, Tensor]:
    """Return a network's output and its predictions for codes `(n, length)`.

    Predictions are the mean of both strands' where that is asked for: of probabilities, as DeepSEA
    does, not of what they are computed from.
    """
    sequences = one_hot(codes)
    output: Tensor = network(sequences).float()
    predicted = loss.predicted(output)
    if average_strands:
        other = loss.predicted(network(reverse_complement(sequences)).float())
        predicted = (predicted + other) / 2
    return output, predicted

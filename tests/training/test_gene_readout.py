"""Genes read from the bins around their TSS, by heads of several species."""

from __future__ import annotations

import torch
from torch import nn

from bench.training.binned_model import READ_BINS, GeneReadout


class Counts(nn.Module):
    """Embeds each of so many bins in the middle as its counts of the four bases."""

    width = 4

    def embeddings(self, sequences: torch.Tensor, bins: int) -> torch.Tensor:
        pooled = nn.functional.avg_pool1d(sequences, 8) * 8
        surplus = (pooled.shape[2] - bins) // 2
        return pooled[:, :, surplus : surplus + bins].transpose(1, 2)


def test_each_head_has_its_own_conditions_and_weights() -> None:
    readout = GeneReadout(Counts(), {"default": 1, "mouse": 3})
    sequences = torch.rand(5, 4, 64)
    embedded = Counts().embeddings(sequences, READ_BINS).mean(dim=1)
    for name, layer, conditions in zip(("default", "mouse"), readout.heads, (1, 3), strict=True):
        values = readout(sequences, name)
        assert values.shape == (5, conditions)
        torch.testing.assert_close(values, embedded @ layer.weight.T + layer.bias)
    torch.testing.assert_close(readout(sequences), readout(sequences, "default"))

"""Sequences as a network reads them, made on the device that computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


def one_hot(codes: Tensor) -> Tensor:
    """Turn codes `(n, length)`, uint8, into float32 `(n, 4, length)`; an N is four zeros."""
    bases = torch.arange(4, dtype=torch.uint8, device=codes.device)
    return (codes[:, None, :] == bases[:, None]).float()


def reverse_complement(sequences: Tensor) -> Tensor:
    """Return the other strand of one-hot sequences `(n, 4, length)`."""
    # A, C, G, T backwards are their complements.
    return sequences.flip(1, 2)

"""What a profile is on the other strand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

    from bench.interface import HeadShape


class Mirror(nn.Module):
    """Turns targets or outputs of one strand into those of the other.

    Profiles `(n, bins, targets)` are read backwards, and targets that belong to one strand change
    places; values `(n, targets)` stay as they are.

    Args:
        head: tells which targets belong together.
    """

    partners: Tensor

    def __init__(self, head: HeadShape) -> None:
        super().__init__()
        pairs = head.strand_pairs or tuple(range(len(head.targets)))
        self.register_buffer("partners", torch.tensor(pairs), persistent=False)

    def forward(self, values: Tensor) -> Tensor:
        """Return the other strand's values, of the same shape."""
        if values.dim() == 2:
            return values
        return values.flip(1).index_select(2, self.partners)

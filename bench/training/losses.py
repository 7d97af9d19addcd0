"""The losses of all heads of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from torch import nn

from bench.training.loss import MaskedLoss
from bench.training.mirror import Mirror

if TYPE_CHECKING:
    from bench.interface import TaskShape


class HeadLosses(nn.Module):
    """Loss and mirror of each head."""

    def __init__(self, shape: TaskShape) -> None:
        super().__init__()
        self.heads = tuple(shape.heads)
        """Names, in the task's order."""
        self.several = len(self.heads) > 1
        # Names of heads may be any words, such as those that a ModuleDict keeps for itself.
        self._losses = nn.ModuleList(
            MaskedLoss(shape.kind, len(head.targets)) for head in shape.heads.values()
        )
        self._mirrors = nn.ModuleList(Mirror(head) for head in shape.heads.values())

    def of(self, head: str) -> MaskedLoss:
        """Return the loss of a head."""
        return cast("MaskedLoss", self._losses[self.heads.index(head)])

    def mirror(self, head: str) -> Mirror:
        """Return the mirror of a head."""
        return cast("Mirror", self._mirrors[self.heads.index(head)])

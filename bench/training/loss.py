"""What training minimises: a mean over what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from bench.interface import TaskKind

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_CLASS_WEIGHT = 100.0


class MaskedLoss(nn.Module):
    """Cross-entropy of classes, or squared error of values in standard units.

    NaN in the targets is left out. What the targets' units are is learnt from the training items
    and kept with the weights.

    Args:
        kind: classification or regression.
        targets: how many.
    """

    mean: Tensor
    scale: Tensor
    class_weight: Tensor

    def __init__(self, kind: TaskKind, targets: int) -> None:
        super().__init__()
        self._classes = kind is TaskKind.CLASSIFICATION
        self.register_buffer("mean", torch.zeros(targets))
        self.register_buffer("scale", torch.ones(targets))
        self.register_buffer("class_weight", torch.ones(targets))

    def forward(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of `(n, targets)`; 0 where nothing was measured."""
        measured = ~targets.isnan()
        known = targets.nan_to_num(0.0)
        if self._classes:
            each = functional.binary_cross_entropy_with_logits(
                output.float(), known, pos_weight=self.class_weight, reduction="none"
            )
        else:
            each = (output.float() - (known - self.mean) / self.scale).square()
        return torch.where(measured, each, 0.0).sum() / measured.sum().clamp(min=1)

    def predicted(self, output: Tensor) -> Tensor:
        """Turn a network's output into probabilities, or into values in the targets' units."""
        if self._classes:
            return output.float().sigmoid()
        return output.float() * self.scale + self.mean

    @torch.no_grad()
    def learn_units(self, targets: Tensor, balanced: bool) -> None:
        """Take mean and deviation of values, or how rare positives are, from training targets."""
        measured = ~targets.isnan()
        count = measured.sum(dim=0).clamp(min=1)
        known = targets.nan_to_num(0.0).double()
        mean = known.sum(dim=0) / count
        if self._classes:
            if balanced:
                positives = known.sum(dim=0)
                weight = (count - positives) / positives.clamp(min=1)
                self.class_weight.copy_(
                    weight.clamp(1 / LARGEST_CLASS_WEIGHT, LARGEST_CLASS_WEIGHT)
                )
            return
        squares = torch.where(measured, known - mean, 0.0).square().sum(dim=0) / count
        deviation = squares.sqrt()
        self.mean.copy_(mean)
        self.scale.copy_(torch.where(deviation > 1e-9 * mean.abs(), deviation, 1.0))

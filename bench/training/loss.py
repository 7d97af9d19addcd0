"""What training minimises: a mean over what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from bench.interface import TaskKind
from bench.interface.estimator import centre_and_scale

if TYPE_CHECKING:
    from torch import Tensor

    from bench.interface import FloatArray

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
            each = (output.float() - self.in_units_of_output(known)).square()
        return torch.where(measured, each, 0.0).sum() / measured.sum().clamp(min=1)

    def in_units_of_output(self, targets: Tensor) -> Tensor:
        """Turn targets into what the output is compared with: classes, or standard units."""
        return targets if self._classes else (targets - self.mean) / self.scale

    def predicted(self, output: Tensor) -> Tensor:
        """Turn a network's output into probabilities, or into values in the targets' units."""
        if self._classes:
            return output.float().sigmoid()
        return output.float() * self.scale + self.mean

    def learn_units(self, targets: FloatArray, balanced: bool) -> None:
        """Take mean and deviation of values, or how rare positives are, from training targets."""
        if not self._classes:
            centre, scale = centre_and_scale(targets)
            self.mean.copy_(torch.from_numpy(centre))
            self.scale.copy_(torch.from_numpy(scale))
        elif balanced:
            positives, negatives = ((targets == label).sum(axis=0) for label in (1, 0))
            weight = torch.from_numpy(negatives / np.maximum(positives, 1))
            self.class_weight.copy_(weight.clamp(1 / LARGEST_CLASS_WEIGHT, LARGEST_CLASS_WEIGHT))

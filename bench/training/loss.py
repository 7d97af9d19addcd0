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
LEAST_RATE = 1e-8
"""Smallest rate whose logarithm is taken."""


class MaskedLoss(nn.Module):
    """Cross-entropy of classes, squared error of values in standard units, Poisson's of profiles.

    NaN in the targets is left out. What the targets' units are is learnt from the training items
    and kept with the weights.

    Args:
        kind: of the task.
        targets: how many.
    """

    mean: Tensor
    scale: Tensor
    class_weight: Tensor

    def __init__(self, kind: TaskKind, targets: int) -> None:
        super().__init__()
        self._classes = kind is TaskKind.CLASSIFICATION
        self._rates = kind is TaskKind.PROFILE
        self.register_buffer("mean", torch.zeros(targets))
        self.register_buffer("scale", torch.ones(targets))
        self.register_buffer("class_weight", torch.ones(targets))

    def forward(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of `(n, targets)` or `(n, bins, targets)`.

        0 where nothing was measured. Of a profile the output is rates, above 0.
        """
        measured = ~targets.isnan()
        known = targets.nan_to_num(0.0)
        if self._classes:
            each = functional.binary_cross_entropy_with_logits(
                output.float(), known, pos_weight=self.class_weight, reduction="none"
            )
        elif self._rates:
            rates = output.float()
            each = rates - known * rates.clamp(min=LEAST_RATE).log()
        else:
            each = (output.float() - self.in_units_of_output(known)).square()
        return torch.where(measured, each, 0.0).sum() / measured.sum().clamp(min=1)

    def in_units_of_output(self, targets: Tensor) -> Tensor:
        """Turn targets into what the output is compared with: classes, rates or standard units."""
        return targets if self._classes or self._rates else (targets - self.mean) / self.scale

    def predicted(self, output: Tensor) -> Tensor:
        """Turn a network's output into probabilities, rates or values in the targets' units."""
        if self._classes:
            return output.float().sigmoid()
        if self._rates:
            return output.float()
        return output.float() * self.scale + self.mean

    def learn_units(self, targets: FloatArray, balanced: bool) -> None:
        """Take mean and deviation of values, or how rare positives are, from training targets."""
        if self._rates:
            return
        if not self._classes:
            centre, scale = centre_and_scale(targets)
            self.mean.copy_(torch.from_numpy(centre))
            self.scale.copy_(torch.from_numpy(scale))
        elif balanced:
            positives, negatives = ((targets == label).sum(axis=0) for label in (1, 0))
            weight = torch.from_numpy(negatives / np.maximum(positives, 1))
            self.class_weight.copy_(weight.clamp(1 / LARGEST_CLASS_WEIGHT, LARGEST_CLASS_WEIGHT))

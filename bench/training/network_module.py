"""A network with its loss, as Lightning trains it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import lightning
import numpy as np
import torch
from torch import nn

from bench.training.one_hot import one_hot, reverse_complement
from bench.training.optimizer import limit_weight_norms, make_optimizer
from bench.training.prediction import predictions_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor
    from torch.optim import Optimizer

    from bench.training.batches import Batch
    from bench.training.loss import MaskedLoss
    from bench.training.settings import TrainingSettings

    Score = Callable[[NDArray[np.float32], NDArray[np.float32]], float]


class NetworkModule(lightning.LightningModule):
    """Steps of training and of scoring.

    Args:
        network: one-hot sequences `(n, 4, length)` to `(n, targets)`. What its methods return is
            added to the loss, where it has them: `penalty()`, and `auxiliary_loss(targets)` for the
            last batch, with targets in the units of the output.
        loss: of its output.
        settings: how it is trained.
        score: of predictions and targets of the validation items, higher for better; None for the
            negative loss.
        valid_targets: targets of the validation items, `(n, targets)`.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: MaskedLoss,
        settings: TrainingSettings,
        score: Score | None,
        valid_targets: NDArray[np.float32],
    ) -> None:
        super().__init__()
        self.network = network
        self.loss = loss
        self.settings = settings
        self._score = score
        self._valid_targets = valid_targets
        self._outputs: list[Tensor] = []
        self._predictions: list[Tensor] = []
        self._losses: list[Tensor] = []

    def configure_optimizers(self) -> Optimizer:
        """Make the optimizer of all weights."""
        return make_optimizer(self.network.parameters(), self.settings)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the loss of a batch."""
        sequences = one_hot(batch.codes)
        turned = batch.turned[:, None, None]
        sequences = torch.where(turned, reverse_complement(sequences), sequences)
        loss: Tensor = self.loss(self.network(sequences), batch.targets)
        self._losses.append(loss.detach())
        if (penalty := getattr(self.network, "penalty", None)) is not None:
            loss = loss + penalty()
        if (auxiliary := getattr(self.network, "auxiliary_loss", None)) is not None:
            loss = loss + auxiliary(self.loss.in_units_of_output(batch.targets))
        return loss

    def on_train_batch_end(self, *_: Any) -> None:  # noqa: ANN401  Lightning's own arguments
        """Keep the norms of weights within their limit."""
        if self.settings.weight_norm:
            limit_weight_norms(self.network, self.settings.weight_norm)

    def take_train_loss(self) -> float:
        """Return the mean loss of the batches since the last call."""
        losses = torch.stack(self._losses) if self._losses else torch.zeros(1)
        self._losses.clear()
        return float(losses.mean())

    def validation_step(self, codes: Tensor, _: int) -> None:
        """Keep output and predictions for a batch of validation items."""
        output, predicted = predictions_of(
            self.network, self.loss, codes, self.settings.average_strands
        )
        self._outputs.append(output.cpu())
        self._predictions.append(predicted.cpu())

    def on_validation_epoch_end(self) -> None:
        """Score all validation items."""
        output, predicted = torch.cat(self._outputs), torch.cat(self._predictions)
        self._outputs.clear()
        self._predictions.clear()
        targets = torch.from_numpy(self._valid_targets)
        valid_loss = float(self.loss(output.to(self.device), targets.to(self.device)))
        score = -valid_loss
        if self._score is not None:
            score = self._score(predicted.numpy(), self._valid_targets)
        # An undefined score (one class alone) is worse than any.
        self.log("score", float(np.nan_to_num(score, nan=-1e30)))
        self.log("valid_loss", valid_loss)

"""A network with its loss, as Lightning trains it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import lightning
import numpy as np
import torch
from torch import nn

from bench.training.one_hot import one_hot, reverse_complement
from bench.training.optimizer import limit_weight_norms, make_optimizer
from bench.training.prediction import output_of, predictions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from torch import Tensor
    from torch.optim import Optimizer

    from bench.training.batches import Batch
    from bench.training.losses import HeadLosses
    from bench.training.settings import TrainingSettings

    Score = Callable[[NDArray[np.float32], NDArray[np.float32]], float]


class NetworkModule(lightning.LightningModule):
    """Steps of training and of scoring.

    Args:
        network: one-hot sequences `(n, 4, length)`, and where a task has several heads the name of
            one, to `(n, targets)` or `(n, bins, targets)`. What its methods return is added to the
            loss, where it has them: `penalty()`, and `auxiliary_loss(targets)` for the last batch,
            with targets in the units of the output.
        losses: of its output, for each head.
        settings: how it is trained.
        score: of predictions and targets of the validation items, higher for better; None for the
            negative loss.
        valid_targets: targets of each head's validation items.
    """

    def __init__(
        self,
        network: nn.Module,
        losses: HeadLosses,
        settings: TrainingSettings,
        score: Score | None,
        valid_targets: Mapping[str, NDArray[np.float32]],
    ) -> None:
        super().__init__()
        self.network = network
        self.losses = losses
        self.settings = settings
        self._score = score
        self._valid_targets = valid_targets
        self._outputs: dict[str, list[Tensor]] = {head: [] for head in losses.heads}
        self._predictions: dict[str, list[Tensor]] = {head: [] for head in losses.heads}
        self._losses: list[Tensor] = []

    def configure_optimizers(self) -> Optimizer:
        """Make the optimizer of all weights."""
        return make_optimizer(self.network.parameters(), self.settings)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the loss of a batch."""
        sequences = one_hot(batch.codes)
        turned = batch.turned[:, None, None]
        sequences = torch.where(turned, reverse_complement(sequences), sequences)
        targets = batch.targets
        if targets.dim() > 2:
            targets = torch.where(turned, self.losses.mirror(batch.head)(targets), targets)
        output = output_of(self.network, self.losses, sequences, batch.head)
        loss: Tensor = self.losses.of(batch.head)(output, targets)
        self._losses.append(loss.detach())
        if (penalty := getattr(self.network, "penalty", None)) is not None:
            loss = loss + penalty()
        if (auxiliary := getattr(self.network, "auxiliary_loss", None)) is not None:
            loss = loss + auxiliary(self.losses.of(batch.head).in_units_of_output(targets))
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

    def validation_step(self, batch: tuple[Tensor, str], _: int) -> None:
        """Keep output and predictions for a batch of validation items."""
        codes, head = batch
        output, predicted = predictions_of(
            self.network, self.losses, codes, head, self.settings.average_strands
        )
        self._outputs[head].append(output.cpu())
        self._predictions[head].append(predicted.cpu())

    def on_validation_epoch_end(self) -> None:
        """Score all validation items: the mean over heads."""
        losses, scores = [], []
        for head, targets in self._valid_targets.items():
            output, predicted = (
                torch.cat(parts[head]) for parts in (self._outputs, self._predictions)
            )
            self._outputs[head].clear()
            self._predictions[head].clear()
            losses.append(self._valid_loss(head, output, targets))
            if self._score is not None:
                scores.append(self._score(predicted.numpy(), targets))
        valid_loss = float(np.mean(losses))
        # A head that has no score says nothing about the weights; the others do.
        defined = [score for score in scores if not np.isnan(score)]
        score = float(np.mean(defined)) if defined else float("nan")
        if self._score is None:
            score = -valid_loss
        # An undefined score (one class alone) is worse than any.
        self.log("score", float(np.nan_to_num(score, nan=-1e30)))
        self.log("valid_loss", valid_loss)

    def _valid_loss(self, head: str, output: Tensor, targets: NDArray[np.float32]) -> float:
        known = torch.from_numpy(targets).to(self.device)
        return float(self.losses.of(head)(output.to(self.device), known))

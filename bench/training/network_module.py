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
    from bench.training.step_recorder import RecordedBatch, StepRecorder

    Score = Callable[[NDArray[np.float32], NDArray[np.float32]], float]

SCALED = "16-mixed"
"""Lightning's name of the precision in which gradients are scaled."""


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
        recorder: records steps and replays them; None: all are computed as usual.
    """

    def __init__(
        self,
        network: nn.Module,
        losses: HeadLosses,
        settings: TrainingSettings,
        score: Score | None,
        valid_targets: Mapping[str, NDArray[np.float32]],
        recorder: StepRecorder | None = None,
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
        self._recorder = recorder
        self._replayed: RecordedBatch | None = None
        self._batch: Batch | None = None

    def configure_optimizers(self) -> Optimizer:
        """Make the optimizer of all weights."""
        is_scaled = self.trainer.precision == SCALED
        return make_optimizer(self.network.parameters(), self.settings, is_scaled=is_scaled)

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip gradients by the norm of all together.

        Lightning refuses to where the optimizer is fused and the precision mixed, though it is
        float16 alone whose gradients are scaled, and there none is fused.
        """
        if self.trainer.precision != SCALED and gradient_clip_val:
            nn.utils.clip_grad_norm_(self.network.parameters(), gradient_clip_val)
            return
        self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)

    def training_step(self, batch: Batch, number: int) -> Tensor:
        """Return the loss of a batch.

        That of a recorded step is known only once it is replayed, in `backward`, where it takes the
        place of the usual backward pass. Until then 1 stands for it: what Lightning makes of that,
        by accumulation and by the scale of float16, is what the loss is to be multiplied with.
        """
        if self._recorder is None:
            return self._noted_loss(batch)
        self._batch = batch
        self._replayed = self._recorder.step_for(
            batch,
            self.network,
            self._losses_in_precision,
            begins_update=number % self.trainer.accumulate_grad_batches == 0,
        )
        if self._replayed is not None:
            return torch.ones((), device=batch.codes.device)
        return self._noted_loss(batch)

    def backward(self, loss: Tensor, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Compute gradients, or replay the step that does."""
        if self._replayed is not None:
            assert self._batch is not None
            self._losses.append(self._replayed(self._batch, loss))
            return
        if self._recorder is not None and self._batch is not None:
            self._recorder.put_gradients(self._batch.head)
        super().backward(loss, *args, **kwargs)

    def on_train_end(self) -> None:
        """Give the memory of recorded steps back."""
        if self._recorder is not None:
            self._recorder.release()
            self._replayed = self._batch = None
            self.network.zero_grad()

    def _noted_loss(self, batch: Batch) -> Tensor:
        loss, told = self._losses_of(batch)
        self._losses.append(told)
        return loss

    def _losses_in_precision(self, batch: Batch) -> tuple[Tensor, Tensor]:
        with self.trainer.precision_plugin.forward_context():
            return self._losses_of(batch)

    def _losses_of(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return what is minimised, and the loss without penalties, which is told."""
        sequences = one_hot(batch.codes)
        turned = batch.turned[:, None, None]
        sequences = torch.where(turned, reverse_complement(sequences), sequences)
        targets = batch.targets
        if targets.dim() > 2:
            targets = torch.where(turned, self.losses.mirror(batch.head)(targets), targets)
        output = output_of(self.network, self.losses, sequences, batch.head)
        loss: Tensor = self.losses.of(batch.head)(output, targets)
        told = loss.detach()
        if (penalty := getattr(self.network, "penalty", None)) is not None:
            loss = loss + penalty()
        if (auxiliary := getattr(self.network, "auxiliary_loss", None)) is not None:
            loss = loss + auxiliary(self.losses.of(batch.head).in_units_of_output(targets))
        return loss, told

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

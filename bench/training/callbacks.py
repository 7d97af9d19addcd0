"""What happens around the steps of a training: seeds, rates, limits, progress, the curve."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from lightning.pytorch.callbacks import Callback

from bench.training.history import History, Point
from bench.training.optimizer import rate_factor

if TYPE_CHECKING:
    from lightning import LightningModule, Trainer

    from bench.interface import Budget, Progress
    from bench.training.alternating import AlternatingBatches
    from bench.training.batches import TrainingBatches
    from bench.training.network_module import NetworkModule
    from bench.training.settings import TrainingSettings


STEPS_TO_JUDGE = 50
"""Updates after which their pace is known."""


class EpochSeeds(Callback):
    """Lets each epoch draw from its own seed, so that one that is repeated draws the same."""

    def __init__(self, seed: int, batches: TrainingBatches | AlternatingBatches) -> None:
        self._seed = seed
        self._batches = batches

    def setup(self, trainer: Trainer, *_: Any, **__: Any) -> None:  # noqa: ANN401
        """Let each process read its own share."""
        self._batches.rank = trainer.global_rank

    def on_train_epoch_start(self, trainer: Trainer, _: LightningModule) -> None:
        """Seed what drops out."""
        words = [self._seed, 3, trainer.current_epoch, trainer.global_rank]
        state = np.random.SeedSequence(words).generate_state(1, np.uint64)
        torch.manual_seed(int(state[0] >> np.uint64(1)))

    def on_train_epoch_end(self, trainer: Trainer, _: LightningModule) -> None:
        """Let the next epoch read its own batches."""
        self._batches.epoch = trainer.current_epoch + 1


class LearningRate(Callback):
    """Sets the learning rate of each update from its number, and from scores for `plateau`.

    Where the budget will be spent before all updates are done, the part of it that is spent tells
    how far the schedule is.

    Args:
        settings: name the schedule.
        total: updates of the whole training.
        clock: tells what part of the budget is spent.
    """

    def __init__(self, settings: TrainingSettings, total: int, clock: Clock) -> None:
        self._settings = settings
        self._total = total
        self._clock = clock
        self._reduced = 1.0
        self._best = float("-inf")
        self._stagnant = 0

    def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:  # noqa: ANN401
        """Set the rate of the coming update."""
        step = trainer.global_step
        spent = self._clock.part_spent
        if step >= STEPS_TO_JUDGE and spent * self._total > step:
            step = int(spent * self._total)
        factor = rate_factor(step, self._total, self._settings)
        for group in trainer.optimizers[0].param_groups:
            group["lr"] = self._settings.learning_rate * factor * self._reduced

    def on_validation_end(self, trainer: Trainer, _: LightningModule) -> None:
        """Reduce the rate of `plateau` where scores have not risen."""
        score = float(trainer.callback_metrics["score"])
        if score > self._best:
            self._best, self._stagnant = score, 0
            return
        self._stagnant += 1
        settings = self._settings
        if settings.schedule == "plateau" and self._stagnant > settings.plateau_patience:
            self._reduced *= settings.plateau_factor
            self._stagnant = 0

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"reduced": self._reduced, "best": self._best, "stagnant": self._stagnant}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self._reduced = state_dict["reduced"]
        self._best = state_dict["best"]
        self._stagnant = state_dict["stagnant"]


class Clock(Callback):
    """Counts seconds of training, those before a kill included, and ends it at the budget.

    Where several processes train together, all go by the first one's clock, so that they take the
    same rates and stop after the same update.

    Args:
        budget: what training may cost.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._before = 0.0
        self._began = time.monotonic()
        self._agreed = 0.0

    @property
    def seconds(self) -> float:
        """Seconds of training so far."""
        return self._before + time.monotonic() - self._began

    @property
    def part_spent(self) -> float:
        """Part of the budget of seconds that was spent after the last update; 0 without one."""
        return self._agreed / self._budget.seconds if self._budget.seconds else 0.0

    def on_train_start(self, *_: Any) -> None:  # noqa: ANN401
        """Start the clock."""
        self._began = time.monotonic()

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:  # noqa: ANN401
        """Stop after this update where the budget is spent."""
        if self._budget.seconds is not None:
            self._agreed = trainer.strategy.broadcast(self.seconds)
        if self._budget.is_spent(self._agreed, trainer.global_step):
            trainer.should_stop = True

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self._before = self._agreed = state_dict["seconds"]


class Curve(Callback):
    """Keeps the learning curve.

    Args:
        scored_by: what scores are.
        clock: tells the seconds.
        batches: tell how long they were waited for.
        log: is told each point.
    """

    def __init__(
        self,
        scored_by: str,
        clock: Clock,
        batches: TrainingBatches | AlternatingBatches,
        log: logging.Logger,
    ) -> None:
        self.history = History(scored_by)
        self._log = log
        self._clock = clock
        self._batches = batches
        self._since = 0.0
        self._waited = 0.0

    def on_train_epoch_start(self, *_: Any) -> None:  # noqa: ANN401
        """Begin to measure an epoch."""
        self._since = time.monotonic()
        self._batches.waited = 0.0

    def on_validation_start(self, *_: Any) -> None:  # noqa: ANN401
        """Measure the epoch before its validation, which waits for other batches."""
        took = max(1e-9, time.monotonic() - self._since)
        self._waited = min(1.0, self._batches.waited / took)

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Add a point."""
        network: NetworkModule = module  # type: ignore[assignment]
        scored = trainer.callback_metrics
        point = Point(
            step=trainer.global_step,
            seconds=self._clock.seconds,
            train_loss=network.take_train_loss(),
            valid_loss=float(scored["valid_loss"]),
            score=float(scored["score"]),
            learning_rate=float(trainer.optimizers[0].param_groups[0]["lr"]),
            waited=self._waited,
        )
        self.history.points.append(point)
        self._log.info(
            "%d updates in %.0f s: training loss %.4f, validation loss %.4f, %s %.4f",
            point.step, point.seconds, point.train_loss, point.valid_loss, self.history.scored_by,
            point.score,
        )  # fmt: skip

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        columns = Point.__dataclass_fields__
        return {name: [getattr(point, name) for point in self.history.points] for name in columns}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        rows = zip(*state_dict.values(), strict=True)
        self.history.points = [Point(**dict(zip(state_dict, row, strict=True))) for row in rows]


class ProgressReport(Callback):
    """Tells how many updates are done.

    Args:
        progress: whom to tell.
        total: updates of the whole training.
    """

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._note = ""

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:  # noqa: ANN401
        """Tell the number of updates."""
        self._progress(min(trainer.global_step, self._total), self._total, self._note)

    def on_train_epoch_end(self, trainer: Trainer, _: LightningModule) -> None:
        """Tell the score; last of all callbacks, once a checkpoint of it is written."""
        score = trainer.callback_metrics.get("score")
        if score is not None:
            self._note = f"validation {float(score):.4f}"
        self._progress(min(trainer.global_step, self._total), self._total, self._note)

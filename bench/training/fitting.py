"""One training: Lightning's loop with this suite's batches, budget, checkpoints and scoring."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch import nn

from bench.interface import BenchError
from bench.training.batches import Augmentation, TrainingBatches, ordered_batches
from bench.training.callbacks import Clock, Curve, EpochSeeds, LearningRate, ProgressReport
from bench.training.network_module import NetworkModule

if TYPE_CHECKING:
    from torch import Tensor

    from bench.interface import Examples, FitContext
    from bench.training.history import History
    from bench.training.loss import MaskedLoss
    from bench.training.settings import TrainingSettings

PRECISIONS = {"float32": "32-true", "bfloat16": "bf16-mixed", "float16": "16-mixed"}
SCORING_BATCH = 256
BEST, LAST = "best", "last"
LOGGERS = ("lightning.pytorch", "lightning.fabric", "lightning_utilities")


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What is trained, on what, and how.

    Attributes:
        network: one-hot sequences to outputs.
        loss: of its output.
        settings: how it is trained.
        context: device, precision, budget, seed, scratch folder.
    """

    network: nn.Module
    loss: MaskedLoss
    settings: TrainingSettings
    context: FitContext

    def run(self, train: Examples, valid: Examples) -> History:
        """Train, leave the weights that scored best in the network, and return the curve.

        A training that was killed goes on from the last checkpoint in the scratch folder.

        Raises:
            BenchError: there are no validation items to choose the weights by.
        """
        if not len(valid):
            raise BenchError(
                "there are no validation items, by which the best weights are chosen: expected a "
                "task with a validation set"
            )
        targets = np.asarray(train.targets(), dtype=np.float32)
        balanced = self.settings.class_weights == "balanced"
        self.loss.learn_units(targets, balanced)
        module = NetworkModule(
            self.network,
            self.loss,
            self.settings,
            self.context.score,
            np.asarray(valid.targets(), dtype=np.float32),
        )
        batches = self._batches(train, targets)
        curve, callbacks = self._callbacks(batches)
        last = self.context.scratch / f"{LAST}.ckpt"
        resumed = last if last.is_file() else None
        if resumed:
            batches.epoch = int(_checkpoint(resumed)["epoch"]) + 1
        with _quiet(), torch.random.fork_rng(), threads(self.context.threads):
            self._trainer(callbacks).fit(
                module,
                train_dataloaders=batches,
                val_dataloaders=_Scoring(valid, self.settings.length),
                ckpt_path=resumed,
                weights_only=True,
            )
        self._take_best(module)
        if self.settings.devices > 1 and last.is_file():
            # The curve was kept by other processes, which left it in their checkpoint.
            curve.load_state_dict(_checkpoint(last)["callbacks"][curve.state_key])
        return curve.history

    def _batches(
        self, train: Examples, targets: np.ndarray[Any, np.dtype[np.float32]]
    ) -> TrainingBatches:
        settings = self.settings
        return TrainingBatches(
            train,
            targets,
            settings.length,
            max(1, min(settings.batch_size, len(train)) // settings.devices),
            seed=self.context.seed,
            augmentation=Augmentation(
                reverse_complement=settings.reverse_complement, shift=settings.shift
            ),
            workers=settings.workers,
            steps=settings.steps_per_epoch,
            world=settings.devices,
        )

    def _callbacks(self, batches: TrainingBatches) -> tuple[Curve, list[Callback]]:
        settings, context = self.settings, self.context
        total = settings.epochs * len(batches)
        if context.budget.steps is not None:
            total = min(total, context.budget.steps)
        clock = Clock(context.budget)
        curve = Curve("loss" if context.score is None else "score", clock, batches)
        callbacks: list[Callback] = [
            EpochSeeds(context.seed, batches),
            LearningRate(settings, total, clock),
            clock,
            curve,
        ]
        if settings.patience:
            callbacks.append(
                EarlyStopping(
                    "score", mode="max", patience=settings.patience, check_on_train_epoch_end=True
                )
            )
        callbacks.append(ProgressReport(context.progress, total))
        callbacks.append(
            ModelCheckpoint(
                context.scratch, BEST, monitor="score", mode="max", save_last=True,
                save_on_train_epoch_end=True, enable_version_counter=False,
            )
        )  # fmt: skip
        return curve, callbacks

    def _trainer(self, callbacks: list[Callback]) -> lightning.Trainer:
        settings, context = self.settings, self.context
        on_gpu = context.device != "cpu"
        several = settings.devices > 1
        return lightning.Trainer(
            accelerator="gpu" if on_gpu else "cpu",
            devices=settings.devices,
            strategy="ddp_spawn" if several else "auto",
            sync_batchnorm=several and on_gpu,
            use_distributed_sampler=False,
            precision=PRECISIONS[context.precision],  # type: ignore[arg-type]
            max_epochs=settings.epochs,
            gradient_clip_val=settings.gradient_clip or None,
            callbacks=callbacks,
            default_root_dir=context.scratch,
            logger=False,
            num_sanity_val_steps=0,
            enable_progress_bar=False,
            enable_model_summary=False,
        )

    def _take_best(self, module: NetworkModule) -> None:
        best = self.context.scratch / f"{BEST}.ckpt"
        if best.is_file():
            module.load_state_dict(_checkpoint(best)["state_dict"])


class _Scoring:
    """Batches of validation items in order."""

    def __init__(self, valid: Examples, length: int) -> None:
        self._valid = valid
        self._length = length

    def __len__(self) -> int:
        return (len(self._valid) + SCORING_BATCH - 1) // SCORING_BATCH

    def __iter__(self) -> Iterator[Tensor]:
        return ordered_batches(self._valid, self._length, SCORING_BATCH)


def _checkpoint(path: Path) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch keep at most so many processor cores busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Lightning from telling what it is; its warnings about data loading do not apply here."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\..*")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)

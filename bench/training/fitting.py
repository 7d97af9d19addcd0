"""One training: Lightning's loop with this suite's batches, budget, checkpoints and scoring."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
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
from bench.training.alternating import AlternatingBatches
from bench.training.batches import (
    Augmentation,
    TrainingBatches,
    ordered_batches,
    prediction_batch,
)
from bench.training.callbacks import Clock, Curve, EpochSeeds, LearningRate, ProgressReport
from bench.training.network_module import NetworkModule
from bench.training.step_recorder import StepRecorder

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from bench.interface import Examples, FitContext
    from bench.training.history import History
    from bench.training.losses import HeadLosses
    from bench.training.settings import TrainingSettings

PRECISIONS = {"float32": "32-true", "bfloat16": "bf16-mixed", "float16": "16-mixed"}
BEST, LAST = "best", "last"
LOGGERS = ("lightning.pytorch", "lightning.fabric", "lightning_utilities")


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What is trained, on what, and how.

    Attributes:
        network: one-hot sequences to outputs.
        losses: of its output, for each head.
        settings: how it is trained.
        context: device, precision, budget, seed, scratch folder.
    """

    network: nn.Module
    losses: HeadLosses
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
        heads = self.losses.heads
        learnt, held_out = ({head: part.of_head(head) for head in heads} for part in (train, valid))
        targets = {head: _targets(part, head) for head, part in learnt.items()}
        self._learn_units(targets)
        module = NetworkModule(
            self.network,
            self.losses,
            self.settings,
            self.context.score,
            {head: _targets(part, head) for head, part in held_out.items() if len(part)},
            self._recorder(),
        )
        batches = self._batches(learnt, targets)
        curve, callbacks = self._callbacks(batches)
        last = self.context.scratch / f"{LAST}.ckpt"
        resumed = last if last.is_file() else None
        state = _checkpoint(last) if resumed else {}
        if resumed:
            batches.epoch = int(state["epoch"]) + 1
            self.context.log.info("goes on after %d updates", state["global_step"])
        is_over = bool(state) and self._is_over(state, callbacks)
        if not is_over:
            with _quiet(), torch.random.fork_rng(), threads(self.context.threads):
                self._trainer(callbacks).fit(
                    module,
                    train_dataloaders=batches,
                    val_dataloaders=_Scoring(held_out, self.settings.length),
                    ckpt_path=resumed,
                    weights_only=True,
                )
        self._take_best(module)
        if is_over or (self.settings.devices > 1 and last.is_file()):
            # The curve was kept by another process, which left it in its checkpoint.
            curve.load_state_dict(_checkpoint(last)["callbacks"][curve.state_key])
        return curve.history

    def _is_over(self, state: Mapping[str, Any], callbacks: list[Callback]) -> bool:
        """Tell whether a training had ended before it was killed, which would go on otherwise."""
        for callback in callbacks:
            kept = state["callbacks"].get(callback.state_key)
            if isinstance(callback, EarlyStopping) and kept["wait_count"] >= callback.patience:
                return True
            if isinstance(callback, Clock) and self.context.budget.is_spent(
                kept["seconds"], state["global_step"]
            ):
                return True
        return False

    def _learn_units(self, targets: Mapping[str, NDArray[np.float32]]) -> None:
        """Let losses, and a network that can begin at them, know the targets' means."""
        balanced = self.settings.class_weights == "balanced"
        for head, values in targets.items():
            self.losses.of(head).learn_units(values, balanced)
            if (begin_at := getattr(self.network, "begin_at", None)) is not None:
                means = np.nanmean(values.reshape(-1, values.shape[-1]), axis=0, dtype=np.float64)
                begin_at(torch.from_numpy(means), head)

    def _batches(
        self, train: Mapping[str, Examples], targets: Mapping[str, NDArray[np.float32]]
    ) -> TrainingBatches | AlternatingBatches:
        settings = self.settings
        size, together = settings.batch_size, self._batches_of_an_update
        # Heads take turns, so that all have epochs of the same length: that of the largest.
        updates = max(len(part) // size for part in train.values())
        if settings.steps_per_epoch:
            updates = settings.steps_per_epoch // len(train)
        parts = [
            TrainingBatches(
                part,
                targets[head],
                settings.length,
                max(1, min(size, len(part)) // (settings.devices * together)),
                seed=self.context.seed,
                augmentation=Augmentation(
                    reverse_complement=settings.reverse_complement, shift=settings.shift
                ),
                workers=settings.workers,
                steps=max(1, updates) * together,
                world=settings.devices,
                head=head,
            )
            for head, part in train.items()
        ]
        return parts[0] if len(parts) == 1 else AlternatingBatches(parts, together)

    @property
    def _batches_of_an_update(self) -> int:
        """Parts in which a device takes its share of a batch, so that they fit its memory."""
        share = self.settings.batch_size // self.settings.devices
        return -(-share // self.settings.items_at_once) if self.settings.items_at_once else 1

    def _callbacks(
        self, batches: TrainingBatches | AlternatingBatches
    ) -> tuple[Curve, list[Callback]]:
        settings, context = self.settings, self.context
        total = settings.epochs * (len(batches) // self._batches_of_an_update)
        if context.budget.steps is not None:
            total = min(total, context.budget.steps)
        clock = Clock(context.budget)
        curve = Curve("loss" if context.score is None else "score", clock, batches, context.log)
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
        # The last one after the best one, whose score it holds.
        for name, monitor in ((BEST, "score"), (LAST, None)):
            callbacks.append(
                ModelCheckpoint(
                    context.scratch, name, monitor=monitor, mode="max",
                    save_on_train_epoch_end=True, enable_version_counter=False,
                )
            )  # fmt: skip
        return curve, callbacks

    def _recorder(self) -> StepRecorder | None:
        """Return what records steps where that is asked for: on one GPU.

        Several exchange gradients during the backward pass, which a replay would leave out.
        """
        settings, context = self.settings, self.context
        if not settings.recorded or context.device == "cpu" or settings.devices > 1:
            return None
        return StepRecorder(accumulates=self._batches_of_an_update > 1, log=context.log)

    def _trainer(self, callbacks: list[Callback]) -> lightning.Trainer:
        settings, context = self.settings, self.context
        on_gpu = context.device != "cpu"
        several = settings.devices > 1
        return lightning.Trainer(
            accelerator="gpu" if on_gpu else "cpu",
            devices=settings.devices,
            strategy=self._strategy,
            sync_batchnorm=several and on_gpu,
            use_distributed_sampler=False,
            precision=PRECISIONS[context.precision],  # type: ignore[arg-type]
            max_epochs=settings.epochs,
            gradient_clip_val=settings.gradient_clip or None,
            accumulate_grad_batches=self._batches_of_an_update,
            callbacks=callbacks,
            default_root_dir=context.scratch,
            logger=False,
            num_sanity_val_steps=0,
            enable_progress_bar=False,
            enable_model_summary=False,
        )

    @property
    def _strategy(self) -> str:
        if self.settings.devices == 1:
            return "auto"
        # A batch of one head leaves the weights of the others without a gradient.
        return "ddp_spawn_find_unused_parameters_true" if self.losses.several else "ddp_spawn"

    def _take_best(self, module: NetworkModule) -> None:
        best = self.context.scratch / f"{BEST}.ckpt"
        if best.is_file():
            module.load_state_dict(_checkpoint(best)["state_dict"])


class _Scoring:
    """Batches of each head's validation items in order."""

    def __init__(self, valid: Mapping[str, Examples], length: int) -> None:
        self._valid = valid
        self._length = length
        self._size = prediction_batch(length)

    def __len__(self) -> int:
        return sum(-(-len(part) // self._size) for part in self._valid.values())

    def __iter__(self) -> Iterator[tuple[Tensor, str]]:
        for head, part in self._valid.items():
            for codes in ordered_batches(part, self._length, self._size):
                yield codes, head


def _targets(examples: Examples, head: str) -> NDArray[np.float32]:
    return np.asarray(examples.targets(head), dtype=np.float32)


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

"""Fits a model to a trial, and remembers how that went."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.conformance.process_state import preserved
from bench.audit.conformance.trial import Trial
from bench.audit.conformance.watched import Reading
from bench.interface.context import Budget, FitContext, Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.interface.arrays import FloatArray
    from bench.interface.card import Setting, TaskKind
    from bench.interface.model import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Under which a model is fitted."""

    seed: int = 0
    threads: int = 1
    scratch: Path
    budget: Budget = field(default_factory=Budget)
    upstream: Mapping[str, Model] = field(default_factory=dict)


@dataclass
class StepCount(Progress):
    """Counts reports of progress; calls `at_step` once there were `step` of them."""

    step: int | None = None
    calls: int = 0

    def __call__(self, done: int, total: int, note: str = "") -> None:  # noqa: ARG002
        """Count one report."""
        self.calls += 1
        if self.calls == self.step:
            self.at_step()

    def at_step(self) -> None:
        """Do nothing; a subclass may."""


@dataclass(frozen=True, slots=True)
class FittedTrial:
    """A model that was fitted to a trial, and its predictions of the test items."""

    model: Model
    trial: Trial
    context: FitContext
    predictions: FloatArray
    seconds: float
    progress_calls: int
    in_fit: Reading
    in_predict: Reading

    @property
    def kind(self) -> TaskKind:
        """The kind of task of the trial."""
        return self.trial.plan.kind


def context_for(
    trial: Trial, settings: Mapping[str, Setting], conditions: Conditions, progress: Progress
) -> FitContext:
    """Make what a model is told when it is fitted to a trial."""
    return FitContext(
        shape=trial.shape,
        seed=conditions.seed,
        scratch=conditions.scratch,
        settings=settings,
        threads=conditions.threads,
        budget=conditions.budget,
        progress=progress,
        upstream=conditions.upstream,
    )


def fit_trial(
    model_class: type[Model],
    settings: Mapping[str, Setting],
    trial: Trial,
    conditions: Conditions,
    progress: StepCount | None = None,
) -> FittedTrial:
    """Make a model, fit it to a trial, and predict the test items."""
    progress = progress or StepCount()
    context = context_for(trial, settings, conditions, progress)
    in_fit, in_predict = Reading(), Reading()
    with elsewhere_random():
        model = model_class(**settings)
        started = time.monotonic(), time.process_time()
        model.fit(trial.training("train", in_fit), trial.training("valid", in_fit), context)
        # A busy machine makes the clock run on, waiting does not use the processor: the lesser of
        # both is what the fit itself takes.
        seconds = min(time.monotonic() - started[0], time.process_time() - started[1])
        predictions = np.asarray(model.predict(trial.hidden(in_predict)))
    return FittedTrial(
        model, trial, context, predictions, seconds, progress.calls, in_fit, in_predict
    )


@contextmanager
def elsewhere_random() -> Iterator[None]:
    """Run a block with global random states unlike those of any other block; put them back after.

    A model whose randomness comes from `FitContext.seed` alone does not notice.
    """
    with preserved():
        fresh = int.from_bytes(random.SystemRandom().randbytes(4), "little")
        random.seed(fresh)
        np.random.seed(fresh)  # noqa: NPY002
        # Without torch loaded before, a model that loads it starts with torch's own first state.
        torch = sys.modules.get("torch")
        if torch is not None:
            torch.manual_seed(fresh)
        yield

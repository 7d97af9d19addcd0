"""Rates and ends of a training as its callbacks set them, without a training."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bench.interface import Budget
from bench.training import TrainingSettings
from bench.training.callbacks import STEPS_TO_JUDGE, Clock, LearningRate


def fake_trainer(step: int, score: float = 0.0, first_clock: float = 0.0) -> SimpleNamespace:
    """One process of several, of which the first one's clock shows `first_clock`."""
    return SimpleNamespace(
        global_step=step,
        should_stop=False,
        callback_metrics={"score": score},
        optimizers=[SimpleNamespace(param_groups=[{"lr": 0.0}])],
        strategy=SimpleNamespace(broadcast=lambda _: first_clock),
    )


def rate(callback: LearningRate, step: int) -> float:
    trainer = fake_trainer(step)
    callback.on_train_batch_start(trainer)
    return trainer.optimizers[0].param_groups[0]["lr"]


def test_plateau_waits_and_reduces_as_its_settings_say() -> None:
    settings = TrainingSettings(
        schedule="plateau", learning_rate=1.0, plateau_factor=0.8, plateau_patience=3
    )
    callback = LearningRate(settings, 1000, Clock(Budget()))
    rates = []
    for scoring in range(10):
        callback.on_validation_end(fake_trainer(scoring, score=0.5), None)
        rates.append(rate(callback, scoring))
    assert rates == pytest.approx([1, 1, 1, 1, 0.8, 0.8, 0.8, 0.8, 0.64, 0.64])


def test_processes_go_by_the_first_ones_clock() -> None:
    clock = Clock(Budget(seconds=100))
    settings = TrainingSettings(schedule="cosine", learning_rate=1.0)
    callback = LearningRate(settings, 10_000, clock)
    clock.on_train_batch_end(fake_trainer(STEPS_TO_JUDGE, first_clock=50))
    assert rate(callback, STEPS_TO_JUDGE) == pytest.approx(0.5)
    trainer = fake_trainer(STEPS_TO_JUDGE + 1, first_clock=99.9)
    clock.on_train_batch_end(trainer)
    assert not trainer.should_stop
    clock.on_train_batch_end(trainer := fake_trainer(STEPS_TO_JUDGE + 2, first_clock=100))
    assert trainer.should_stop

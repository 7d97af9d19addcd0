"""Computes a cell of a task of variants with a model that another cell has fitted."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bench.data.files import atomic_file
from bench.effects.alleles import (
    AlleleWindow,
    EffectChoice,
    candidates,
    predicted_effects,
    reduced,
)
from bench.effects.predictor import AllelePredictor
from bench.effects.scores import Score, refuse_unfit
from bench.interface.errors import BenchError
from bench.interface.names import nearest
from bench.run.scored_alleles import FITTED
from bench.run.scoring import validation_score
from bench.run.shared_sequence import refuse_shared
from bench.tasks.store import BuiltTask

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray
    from bench.interface.context import ScorePredictions
    from bench.interface.model import Model
    from bench.run.result import AlleleScoring, CellSpec
    from bench.run.store import RunFolder
    from bench.tasks.info import TaskInfo


class StagedProgress(Protocol):
    """Tells how far the work of a stage is."""

    def enter(self, stage: str) -> None:
        """Begin a stage."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Report progress within the stage."""


@dataclass(frozen=True, slots=True)
class ScoredAlleles:
    """Predicted effects of the test variants, float32 `(n, targets)`, and what they cost."""

    model: Model
    predictions: FloatArray
    load_seconds: float
    choose_seconds: float
    predict_seconds: float


def score_alleles(
    run: RunFolder,
    spec: CellSpec,
    load: Callable[[RunFolder, str, str], Model],
    progress: StagedProgress,
) -> ScoredAlleles:
    """Predict the effects of the test variants.

    What was chosen is written beside the cell, as `alleles.json`.

    Raises:
        BenchError: variants share sequence with what the model was fitted on; a score or reduction
            is none; effects are not finite.
    """
    assert spec.alleles is not None
    times = [time.monotonic()]
    fitted = run.spec(spec.upstream[FITTED])
    task = BuiltTask(Path(spec.task_folder))
    refuse_shared(run, spec, task)
    info = run.task(fitted.task_key)
    predictor = AllelePredictor(load(run, fitted.cell_id, spec.device), info.shape)
    window = _window(fitted, info)
    found = candidates(predictor, _score(spec.alleles, predictor), spec.alleles.reduction)
    times.append(time.monotonic())
    progress.enter("fit")
    choice, scored = _chosen(found, predictor, task, window, validation_score(spec), progress)
    times.append(time.monotonic())
    progress.enter("predict")
    test = task.examples("test")
    effects = predicted_effects(predictor, test, window, [choice.score], progress)[choice.score]
    targets = task.info.heads["default"].targets
    predictions = reduced(effects, predictor.targets, choice.reduction, targets)
    if not np.isfinite(predictions).all():
        row = int(np.argwhere(~np.isfinite(predictions))[0, 0])
        raise BenchError(f"the effect of test item {row} is not finite")
    times.append(time.monotonic())
    facts = {
        "fitted_on": fitted.task,
        "length": window.length,
        "bases": window.bases,
        "both_strands": predictor.averages,
        "score": str(choice.score),
        "reduction": choice.reduction,
        "validation": scored,
    }
    with atomic_file(run.cell(spec.cell_id) / "alleles.json") as temporary:
        temporary.write_text(json.dumps(facts, indent=1) + "\n")
    return ScoredAlleles(predictor.model, predictions.astype(np.float32), *np.diff(times).tolist())


def _window(fitted: CellSpec, info: TaskInfo) -> AlleleWindow:
    """Return what a model reads of an allele: no more bases than where it was fitted."""
    length = fitted.input_length or info.lengths[1]
    on_genome = info.input_limit is not None
    return AlleleWindow(length, length if on_genome else min(length, info.lengths[2]))


def _score(scoring: AlleleScoring, predictor: AllelePredictor) -> Score | None:
    if not scoring.score:
        return None
    words = [str(one) for one in Score]
    if scoring.score not in words:
        raise BenchError(f"no score {scoring.score!r}; {nearest(scoring.score, words)}")
    score = Score(scoring.score)
    refuse_unfit(score, predictor.shape.kind, predictor.output)
    return score


def _chosen(
    found: tuple[EffectChoice, ...],
    predictor: AllelePredictor,
    task: BuiltTask,
    window: AlleleWindow,
    metric: ScorePredictions | None,
    progress: StagedProgress,
) -> tuple[EffectChoice, dict[str, float | None]]:
    """Return the choice that is best on validation items, and the scores of all."""
    if metric is None or len(found) == 1:
        return found[0], {}
    valid = task.examples("valid", with_targets=True)
    scores = tuple(dict.fromkeys(choice.score for choice in found))
    effects = predicted_effects(predictor, valid, window, scores, progress)
    names, targets = predictor.targets, task.info.heads["default"].targets
    truth = valid.targets()
    values = {
        choice: metric(reduced(effects[choice.score], names, choice.reduction, targets), truth)
        for choice in found
    }
    # Of equal ones the first, which is the simplest.
    best = max(
        found, key=lambda choice: -math.inf if math.isnan(values[choice]) else values[choice]
    )
    told = {str(one): None if math.isnan(value) else value for one, value in values.items()}
    return best, told

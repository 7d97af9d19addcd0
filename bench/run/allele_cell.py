"""Computes a cell of a task of variants with a model that another cell has fitted."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bench.data.files import atomic_file
from bench.effects.alleles import EffectChoice, candidates, predicted_effects, reduced
from bench.effects.predictor import AllelePredictor
from bench.effects.scores import Score, refuse_unfit
from bench.interface.errors import BenchError
from bench.interface.names import nearest
from bench.run.scored_alleles import FITTED
from bench.run.scoring import validation_score
from bench.tasks.apart import shares_words, task_sequences
from bench.tasks.store import BuiltTask

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray
    from bench.interface.context import ScorePredictions
    from bench.interface.model import Model
    from bench.run.result import AlleleScoring, CellSpec
    from bench.run.store import RunFolder

SHARED = 30
"""Variants may not share a word of so many bp with what their model was fitted on."""


class StagedProgress(Protocol):
    """Tells how far the work of a stage is."""

    def enter(self, stage: str) -> None:
        """Begin a stage."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Report progress within the stage."""


def score_alleles(
    run: RunFolder,
    spec: CellSpec,
    load: Callable[[RunFolder, str, str], Model],
    progress: StagedProgress,
) -> tuple[Model, FloatArray]:
    """Predict the effects of the test variants: the model, and float32 `(n, targets)`.

    What was chosen is written beside the cell, as `alleles.json`.

    Raises:
        BenchError: variants share sequence with what the model was fitted on; a score or reduction
            is none; effects are not finite.
    """
    assert spec.alleles is not None
    fitted = run.spec(spec.upstream[FITTED])
    task = BuiltTask(Path(spec.task_folder))
    _refuse_shared(run, spec, task, fitted)
    info = run.task(fitted.task_key)
    predictor = AllelePredictor(load(run, fitted.cell_id, spec.device), info.shape)
    length = fitted.input_length or info.lengths[1]
    score = _score(spec.alleles, predictor)
    found = candidates(predictor, score, spec.alleles.reduction)
    progress.enter("fit")
    choice, scored = _chosen(found, predictor, task, length, validation_score(spec), progress)
    progress.enter("predict")
    effects = predicted_effects(predictor, task.examples("test"), length, [choice.score], progress)[
        choice.score
    ]
    targets = task.info.heads["default"].targets
    predictions = reduced(effects, predictor.targets, choice.reduction, targets)
    if not np.isfinite(predictions).all():
        row = int(np.argwhere(~np.isfinite(predictions))[0, 0])
        raise BenchError(f"the effect of test item {row} is not finite")
    facts = {
        "fitted_on": fitted.task,
        "length": length,
        "both_strands": predictor.averages,
        "score": str(choice.score),
        "reduction": choice.reduction,
        "validation": scored,
    }
    with atomic_file(run.cell(spec.cell_id) / "alleles.json") as temporary:
        temporary.write_text(json.dumps(facts, indent=1) + "\n")
    return predictor.model, predictions.astype(np.float32)


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
    length: int,
    metric: ScorePredictions | None,
    progress: StagedProgress,
) -> tuple[EffectChoice, dict[str, float | None]]:
    """Return the choice that is best on validation items, and the scores of all."""
    if metric is None or len(found) == 1:
        return found[0], {}
    valid = task.examples("valid", with_targets=True)
    scores = tuple(dict.fromkeys(choice.score for choice in found))
    effects = predicted_effects(predictor, valid, length, scores, progress)
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


def _refuse_shared(run: RunFolder, spec: CellSpec, task: BuiltTask, fitted: CellSpec) -> None:
    """Refuse variants whose sequence stands in what the model was fitted on."""
    # Tasks on a genome are divided by the same chromosomes.
    if task.info.input_limit is not None:
        return
    kept = run.cell(fitted.cell_id) / "cache" / f"shared-{spec.task_key}.json"
    if kept.is_file():
        shared = json.loads(kept.read_text())
    else:
        shared = _shared(task, BuiltTask(Path(fitted.task_folder)))
        kept.parent.mkdir(exist_ok=True)
        with atomic_file(kept) as temporary:
            temporary.write_text(json.dumps(shared))
    if shared["items"]:
        raise BenchError(
            f"{shared['items']} variants of {spec.task} share a {SHARED}-mer with what the model "
            f"was fitted on in {fitted.task}, for example {shared['example']!r}; leave them out by "
            "apart_from in a manifest"
        )


def _shared(task: BuiltTask, fitted: BuiltTask) -> dict[str, int | str]:
    rows = np.concatenate([task.rows("valid"), task.rows("test")])
    shared = shares_words(task_sequences(task, rows), fitted, learnt=True, word=SHARED)
    names = task.items()["item"].to_numpy()[rows[shared]]
    return {"items": len(names), "example": str(names[0]) if len(names) else ""}

"""Scores of a cell, computed from its stored predictions and the stored truth alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

import numpy as np

from bench.interface.errors import BenchError
from bench.metrics.metric import Metric
from bench.metrics.score import Score, TaskScore, score
from bench.metrics.version import STATISTICS_VERSION
from bench.run.result import CellSpec, MetricResult, TargetScore
from bench.run.store import RunFolder, Truth

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray
    from bench.interface.context import ScorePredictions

DRAWS = 2000
SEED = 0
"""One seed for all cells: models are compared on the same resampled blocks."""


def score_cell(run: RunFolder, spec: CellSpec) -> tuple[MetricResult, ...]:
    """Score the stored predictions of a cell on the metrics of its task.

    Raises:
        BenchError: a metric fails; the text names it.
    """
    truth = run.truth(spec.task_key)
    names = run.task(spec.task_key).target_names
    predictions = run.predictions(spec.cell_id)
    left_out = run.left_out_hash(spec.task_key)
    return tuple(
        _metric_result(metric, spec, names, predictions, truth).model_copy(
            update={"left_out": left_out}
        )
        for metric in spec.metrics
    )


def validation_score(spec: CellSpec) -> ScorePredictions | None:
    """Return the main metric of a cell's task, for a model that chooses its weights by it."""
    if "metric" not in spec.hashes:
        return None
    name, _, direction = spec.hashes["metric"].split()
    metric = load_metric(spec.metrics[name])
    return MeanOverTargets(metric, 1.0 if direction == "higher" else -1.0)


@dataclass(frozen=True, slots=True)
class MeanOverTargets:
    """A metric's mean over targets, times `sign`, as an object that other processes can be sent."""

    metric: Metric
    sign: float

    def __call__(self, predictions: FloatArray, targets: FloatArray) -> float:
        """Score `(n, targets)` or `(n, bins, targets)`; NaN where no target has a score."""
        rows = self.metric.arrange(predictions, targets, np.zeros(len(targets), np.intp))
        values = []
        for predicted, truth in zip(rows.predictions.T, rows.truth.T, strict=True):
            known = ~np.isnan(truth)
            values.append(self.metric.value(predicted[known], truth[known]))
        return self.sign * float(np.nanmean(values)) if not np.isnan(values).all() else math.nan


def load_metric(target: str) -> Metric:
    """Import the metric that `"module:Class"` names."""
    module, _, name = target.partition(":")
    return cast("Metric", getattr(import_module(module), name)())


def _metric_result(
    name: str, spec: CellSpec, names: tuple[str, ...], predictions: FloatArray, truth: Truth
) -> MetricResult:
    try:
        metric = load_metric(spec.metrics[name])
        scored = score(
            metric,
            name,
            predictions,
            truth.targets,
            truth.blocks,
            draws=DRAWS,
            seed=SEED,
            workers=spec.threads,
        )
    except Exception as error:
        raise BenchError(f"metric {name}: {type(error).__name__}: {error}") from error
    return MetricResult(
        metric=name,
        code=spec.metric_code.get(name, ""),
        value=number_or_none(scored.value),
        low=number_or_none(scored.low),
        high=number_or_none(scored.high),
        targets_defined=scored.targets_defined,
        targets_degenerate=scored.targets_degenerate,
        blocks=scored.blocks,
        few_blocks=scored.few_blocks,
        draws=DRAWS,
        seed=SEED,
        statistics_version=STATISTICS_VERSION,
        targets=_target_scores(metric.columns(names), scored),
    )


def _target_scores(names: tuple[str, ...], scored: TaskScore) -> tuple[TargetScore, ...]:
    prevalence = scored.prevalence or (None,) * len(names)
    return tuple(
        _target_score(name, one, share)
        for name, one, share in zip(names, scored.per_target, prevalence, strict=True)
    )


def _target_score(name: str, one: Score, prevalence: float | None) -> TargetScore:
    return TargetScore(
        target=name,
        value=number_or_none(one.value),
        low=number_or_none(one.low),
        high=number_or_none(one.high),
        items=one.items,
        prevalence=None if prevalence is None else number_or_none(prevalence),
        note=one.note,
    )


def number_or_none(value: float) -> float | None:
    """Return None for NaN, which JSON has no word for."""
    return None if math.isnan(value) else float(value)

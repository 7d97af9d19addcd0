"""Null models against the k-mer reference, on the test items, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage import null_models
from bench.audit.leakage.features import length_verdict
from bench.metrics.bootstrap import interval
from bench.metrics.correlation import Spearman
from bench.metrics.metric import Metric
from bench.metrics.paired import MeanOfSeeds, difference, mean_of_seeds
from bench.metrics.ranking import AUROC
from bench.tasks.certificate import Finding, NullScore, Verdict

if TYPE_CHECKING:
    from bench.audit.leakage.audited import AuditedTask
    from bench.audit.leakage.near_duplicates import Likeness
    from bench.interface.arrays import FloatArray

DRAWS = 500
MOST_TARGETS = 50
"""Of more targets, so many are scored, evenly chosen."""
REFERENCE = "6-mers"
SEED = 0
RULE = (
    "a null model that is better than chance fails where it is no worse than the k-mer reference, "
    "and is a warning where it cannot be told from it (95 % intervals, paired block bootstrap)"
)
KNOWS = {
    "coordinates": "the nearest training items on the chromosome",
    "position": "the place along the chromosome",
    "gc": "GC content",
    "length": "length",
    "neighbour": "the training item that is most alike",
}


def measure_of(task: AuditedTask) -> Metric:
    """Return the metric of the contest: AUROC of classes, rank correlation of values."""
    return AUROC() if task.is_classes else Spearman()


def contest(
    task: AuditedTask, like: Likeness
) -> tuple[NullScore, tuple[NullScore, ...], list[Finding]]:
    """Score the reference and all null models, and judge each of the latter."""
    learnt, test = task.learnt, task.test
    metric, chance = measure_of(task), 0.5 if task.is_classes else 0.0
    shown = np.unique(
        np.linspace(0, test.targets.shape[1] - 1, MOST_TARGETS).round().astype(np.int64)
    )

    def scored(predictions: FloatArray) -> MeanOfSeeds:
        chosen = predictions[:, shown]
        return mean_of_seeds(metric, [chosen], test.targets[:, shown], test.blocks, DRAWS, SEED)

    nulls = {**null_models.PLAIN, **(null_models.PLACED if task.on_genome else {})}
    predictions = {name: predict(learnt, test) for name, predict in nulls.items()}
    predictions["neighbour"] = null_models.by_neighbour(learnt, like)
    base = scored(null_models.by_kmers(task.train, task.valid, test))
    reference = _score(REFERENCE, base, None, metric)
    scores, findings = [], []
    for name, predicted in predictions.items():
        one = _score(name, scored(predicted), base, metric)
        scores.append(one)
        findings.append(_judged(one, reference, chance))
    return reference, tuple(scores), findings


def _score(name: str, ours: MeanOfSeeds, base: MeanOfSeeds | None, metric: Metric) -> NullScore:
    own = interval(ours.value, ours.draws, ours.jackknife, ours.blocks, metric.scale)
    apart = difference(ours, base) if base is not None else None
    return NullScore(
        null=name,
        value=_known(ours.value),
        low=_known(own.low),
        high=_known(own.high),
        difference=_known(apart.value) if apart else None,
        difference_low=_known(apart.low) if apart else None,
        difference_high=_known(apart.high) if apart else None,
    )


def _judged(one: NullScore, reference: NullScore, chance: float) -> Finding:
    check, verdict = f"null-{one.null}", Verdict.PASS
    if one.value is None or one.low is None or one.difference is None:
        verdict = Verdict.PASS if one.value is None else Verdict.UNCHECKED
        # What predicts the same for all items has no rank correlation, and wins nothing.
        told = "predicts nothing" if one.value is None else f"{one.value:.3f}, without interval"
    else:
        told = (
            f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}], the reference "
            f"{reference.value or float('nan'):.3f}"
        )
        if one.low > chance:
            if one.difference >= 0:
                verdict = Verdict.FAIL
            elif one.difference_high is None or one.difference_high >= 0:
                verdict = Verdict.WARN
        if one.null == "length":
            # However well k-mers do: who tells items by their length need not read them.
            gain = (one.low - chance) * (1 if chance else 0.5)
            verdict = _worse(verdict, length_verdict(gain))
    return Finding(
        check=check,
        verdict=verdict,
        found=f"who knows only {KNOWS[one.null]}: {told}",
        rule=RULE,
        figures={"value": one.value} if one.value is not None else {},
    )


def _worse(one: Verdict, other: Verdict) -> Verdict:
    order = (Verdict.PASS, Verdict.UNCHECKED, Verdict.WARN, Verdict.FAIL)
    return max(one, other, key=order.index)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

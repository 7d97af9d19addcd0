"""Null models against the k-mer reference, on the test items, block by block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage import null_models
from bench.audit.leakage.gains import LEAST_CASES, gain_verdict
from bench.audit.leakage.share import TOO_FEW, not_checked
from bench.audit.leakage.worst_target import (
    WorstTarget,
    large_enough,
    of_each_target,
    worst_target,
)
from bench.metrics.bootstrap import interval
from bench.metrics.correlation import Spearman
from bench.metrics.metric import Metric
from bench.metrics.paired import difference, mean_of_targets, over_seeds
from bench.metrics.ranking import AUROC
from bench.metrics.resample import resample
from bench.tasks.certificate import Finding, NullScore, Verdict

if TYPE_CHECKING:
    from bench.audit.leakage.audited import AuditedTask, Side
    from bench.audit.leakage.near_duplicates import Likeness
    from bench.interface.arrays import FloatArray, IntArray
    from bench.metrics.paired import MeanOfSeeds
    from bench.metrics.resample import Resampled

DRAWS = 500
MOST_TARGETS = 50
"""Of more targets, so many are scored, evenly chosen."""
REFERENCE = "6-mers"
SEED = 0
RULE = (
    "a null model that is better than chance fails where it is no worse than the k-mer reference, "
    "and is a warning where it cannot be told from it (95 % intervals, paired block bootstrap), or "
    "where there is no interval; of several targets it fails too where on one of them it is better "
    "than chance and the reference, all others considered"
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
) -> tuple[NullScore | None, tuple[NullScore, ...], list[Finding]]:
    """Score the reference and all null models, and judge each of the latter.

    Targets with fewer than `LEAST_CASES` test items of the rarer class, or with a value, are left
    out: of so few no interval holds.
    """
    metric, chance = measure_of(task), 0.5 if task.is_classes else 0.0
    shown = np.flatnonzero(large_enough(task.test.targets, task.is_classes, LEAST_CASES))
    if not len(shown):
        return None, (), [not_checked("null-models", TOO_FEW, RULE)]
    places = np.linspace(0, len(shown) - 1, min(len(shown), MOST_TARGETS)).round()
    shown = shown[places.astype(np.int64)]
    names = [task.target_names[place] for place in shown.tolist()]
    train, valid, learnt, test = (
        _of_targets(side, shown) for side in (task.train, task.valid, task.learnt, task.test)
    )

    def scored(predictions: FloatArray) -> Resampled:
        return resample(metric, predictions, test.targets, test.blocks, DRAWS, SEED)

    nulls: dict[str, Callable[[], FloatArray]] = {
        name: lambda predict=predict: predict(learnt, test)  # type: ignore[misc]
        for name, predict in (
            null_models.PLAIN | (null_models.PLACED if task.on_genome else {})
        ).items()
    }
    nulls["neighbour"] = lambda: null_models.by_neighbour(learnt, like)
    base = scored(null_models.by_kmers(train, valid, test))
    base_mean, base_each = over_seeds([mean_of_targets(base)]), of_each_target(base)
    reference = _score(REFERENCE, base_mean, None, metric)
    enough = large_enough(test.targets, task.is_classes)
    scores, findings = [], []
    for name, predict in nulls.items():
        part = scored(predict())
        one = _score(name, over_seeds([mean_of_targets(part)]), base_mean, metric)
        worst = worst_target(of_each_target(part), base_each, metric, chance, enough)
        scores.append(one)
        findings.append(_judged(one, worst, names, reference, chance))
    return reference, tuple(scores), findings


def _of_targets(side: Side, shown: IntArray) -> Side:
    return replace(side, targets=side.targets[:, shown])


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


def _judged(
    one: NullScore,
    worst: WorstTarget,
    names: list[str],
    reference: NullScore,
    chance: float,
) -> Finding:
    verdict, told = _against(one, reference, chance)
    several = len(names) > 1
    if several and worst.wins:
        verdict = Verdict.FAIL
        told += (
            f"; of {names[worst.place]} {worst.value:.3f}, the reference "
            f"{worst.value - worst.difference:.3f} (p {worst.p:.2g}, {len(names)} targets)"
        )
    if one.null == "length":
        # However well k-mers do: who tells items by their length need not read them.
        most, half = max(one.low or -1.0, worst.low), 1 if chance else 0.5
        verdict = _worse(verdict, gain_verdict((most - chance) * half))
        if several and worst.low > (one.low or -1.0):
            told += f"; of {names[worst.lowest]} at least {worst.low:.3f}"
    return Finding(
        check=f"null-{one.null}",
        verdict=verdict,
        found=f"who knows only {KNOWS[one.null]}: {told}",
        rule=RULE,
        figures={"value": one.value} if one.value is not None else {},
    )


def _against(one: NullScore, reference: NullScore, chance: float) -> tuple[Verdict, str]:
    """Judge the mean over targets of a null model beside that of the reference."""
    if one.value is None:
        # What predicts the same for all items has no rank correlation, and wins nothing.
        return Verdict.PASS, "predicts nothing"
    beside = "no score" if reference.value is None else f"{reference.value:.3f}"
    if one.low is None or one.high is None:
        told = f"{one.value:.3f}, the reference {beside}; no interval, for want of test blocks"
        return (Verdict.WARN if one.value > chance else Verdict.PASS), told
    told = f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}], the reference {beside}"
    if one.low <= chance:
        return Verdict.PASS, told
    if one.difference is None or one.difference >= 0:
        return Verdict.FAIL, told
    if one.difference_high is None or one.difference_high >= 0:
        return Verdict.WARN, told
    return Verdict.PASS, told


def _worse(one: Verdict, other: Verdict) -> Verdict:
    order = (Verdict.PASS, Verdict.WARN, Verdict.FAIL)
    return max(one, other, key=order.index)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

"""Scores of predictions from less and less sequence: curves with intervals, and the share kept.

See `bench.run.kept_share` for what shares are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.errors import BenchError
from bench.metrics.bootstrap import FEW_BLOCKS, interval
from bench.metrics.resample import mean_over_targets, resample
from bench.run.context_record import ContextCurve, ContextPoint
from bench.run.kept_share import ShareRule, enough_interval, enough_radii
from bench.run.result import CellSpec
from bench.run.scoring import DRAWS, SEED, load_metric, number_or_none
from bench.run.store import Truth

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray
    from bench.interface.hooks import MetricCard
    from bench.metrics.metric import Floats, Metric


@dataclass(frozen=True, slots=True)
class ResampledScore:
    """The mean of a metric over targets, as measured and resampled.

    `draws` `(draws,)` and `jackknife` `(groups,)` take the same blocks at every radius; `undefined`
    is the share of the draws of targets that have no score.
    """

    value: float
    draws: Floats
    jackknife: Floats
    blocks: int
    undefined: float


def resampled_scores(
    spec: CellSpec, predictions: FloatArray, truth: Truth, threads: int = 1
) -> dict[str, ResampledScore]:
    """Score predictions on all metrics of a cell's task, on the draws that its own score has.

    Raises:
        BenchError: a metric fails; the text names it.
    """
    scores = {}
    for name, target in spec.metrics.items():
        try:
            scores[name] = _resampled(load_metric(target), predictions, truth, threads)
        except Exception as error:
            raise BenchError(f"metric {name}: {type(error).__name__}: {error}") from error
    return scores


def _resampled(
    metric: Metric, predictions: FloatArray, truth: Truth, threads: int
) -> ResampledScore:
    rows = metric.arrange(predictions, truth.targets, truth.blocks)
    found = resample(metric, rows.predictions, rows.truth, rows.blocks, DRAWS, SEED, threads)
    defined = ~np.isnan(found.values)
    return ResampledScore(
        value=float(found.values[defined].mean()) if defined.any() else math.nan,
        draws=mean_over_targets(found.values, found.draws),
        jackknife=mean_over_targets(found.values, found.jackknife),
        blocks=found.blocks,
        undefined=float(np.isnan(found.draws[defined]).mean()) if defined.any() else 1.0,
    )


def context_curves(
    spec: CellSpec,
    cards: Mapping[str, MetricCard],
    scores: Mapping[int, Mapping[str, ResampledScore]],
) -> tuple[ContextCurve, ...]:
    """Put the scores of all radii together, one curve for each metric.

    Args:
        spec: the cell.
        cards: of metrics by name; one that is not there has no chance, and higher is better.
        scores: by radius in bp, the smallest first, and by metric; the last radius is the full one.
    """
    curves = []
    for name, target in spec.metrics.items():
        of_metric = {radius: found[name] for radius, found in scores.items()}
        curves.append(_curve(load_metric(target), name, cards.get(name), of_metric))
    return tuple(curves)


def _curve(
    metric: Metric, name: str, card: MetricCard | None, scores: Mapping[int, ResampledScore]
) -> ContextCurve:
    chance = None if card is None else card.chance
    rule = ShareRule(chance, card is None or card.higher_is_better)
    full = list(scores.values())[-1]
    radii = tuple(scores)
    points = tuple(_point(metric, rule, radius, one, full) for radius, one in scores.items())
    shares = np.array([[rule.share(one.value, full.value)] for one in scores.values()])
    draws = np.stack([rule.shares(one.draws, full.draws) for one in scores.values()])
    enough = enough_radii(radii, shares)[0]
    known = not math.isnan(enough)
    low, high, note = enough_interval(radii, draws)
    return ContextCurve(
        metric=name,
        title=name if card is None else card.title,
        higher_is_better=rule.higher_is_better,
        chance=chance,
        kept_of="score" if chance is None else "gain over chance",
        points=points,
        enough=int(enough) if known else None,
        enough_low=low if known else None,
        enough_high=high if known else None,
        threshold=number_or_none(rule.threshold(full.value)),
        blocks=full.blocks,
        few_blocks=full.blocks < FEW_BLOCKS,
        note=note if known else "the full score gains nothing over chance",
    )


def _point(
    metric: Metric, rule: ShareRule, radius: int, one: ResampledScore, full: ResampledScore
) -> ContextPoint:
    ends = interval(
        one.value, one.draws, one.jackknife, one.blocks, metric.scale, undefined=one.undefined
    )
    share = rule.share(one.value, full.value)
    draws = rule.shares(one.draws, full.draws)
    kept = interval(share, draws, rule.shares(one.jackknife, full.jackknife), one.blocks)
    return ContextPoint(
        radius=radius,
        value=number_or_none(one.value),
        low=number_or_none(ends.low),
        high=number_or_none(ends.high),
        kept=number_or_none(share),
        kept_low=number_or_none(kept.low),
        kept_high=number_or_none(kept.high),
    )

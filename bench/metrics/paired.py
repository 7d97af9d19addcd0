"""The difference of two models on the same items: interval and P-value of the paired bootstrap.

Let `d` be the difference of two scores, each the mean over the seeds of a model. Blocks are drawn
for both at once, so that what makes a block hard for either cancels; `bench.metrics.bootstrap`
makes of the differences of all draws a standard error `e` with `f` degrees of freedom. It says how
far other items would move `d`, given the trainings that there are.

Had the models been trained again, their scores would differ by the seed too. Over the `n` seeds of
a model the scores have a variance, of which a part is due to these very items: one seed is better
at some of them, another at others. That part is in `e` already, and the draws tell it: it is the
sum over seeds of the variance over draws of what sets a seed apart from the mean of all, divided by
`n - 1`. The rest, 0 at least, is the seed variance `s^2`; the variance before that part was taken
off, `r^2`, says how sure it is. Both errors together make

    E^2 = e^2 + s_a^2 / n_a + s_b^2 / n_b,
    F = E^4 / (e^4 / f + (r_a^2 / n_a)^2 / (n_a - 1) + (r_b^2 / n_b)^2 / (n_b - 1)),

the second after Satterthwaite (1946, Biometrics Bull. 2:110), and 1 at least. A model with one seed
adds nothing. The 95 % interval is `d +- t(0.975, F) E`, and the P-value of
"no difference" is `P(|T_F| >= |d| / E)`: below 0.05 exactly where the interval leaves out 0. It is
not counted from the draws, since 2,000 of them tell no P-value below 0.001, which a correction over
153 pairs asks for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from bench.metrics.bootstrap import spread
from bench.metrics.metric import Floats, Metric
from bench.metrics.resample import Resampled, mean_over_targets, resample
from bench.metrics.student import t_quantile, two_sided_p

ROUNDING = 1e-12
"""Scores that differ by less than this share of them are equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanScore:
    """The mean score over targets of one set of predictions, as measured and resampled.

    `draws` `(draws,)` and `jackknife` `(groups,)` take the same blocks for every model.
    """

    value: float
    draws: Floats
    jackknife: Floats
    blocks: int
    targets: int
    """Targets that have a score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanOfSeeds(MeanScore):
    """The mean over seeds too; `targets` are those that have a score with every seed."""

    seeds: int
    seed_variance: float
    """Variance of `value` from the choice of seeds alone, `s^2 / n`; NaN for one seed."""
    spread_of_seeds: float
    """Variance over seeds, with what these items add to it, divided by `n`; NaN for one seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A score less another; NaN where a number does not exist, and `note` says why."""

    value: float
    low: float
    """Lower end of the 95 % interval."""
    high: float
    blocks: int
    note: str = ""
    sampling_error: float = math.nan
    """Standard error from the choice of blocks alone."""
    seed_error: float = math.nan
    """Standard error from the choice of seeds alone; NaN where neither model has two seeds."""
    error: float = math.nan
    """Standard error of both together."""
    freedom: float = math.nan
    """Degrees of freedom of `error`."""
    p: float = math.nan
    """Two-sided P-value of "no difference", for this comparison alone."""

    def reach(self, level: float) -> float:
        """Half the width of the interval at a level such as 0.9; 0 where no draw differs."""
        if not self.error > 0:
            return self.error
        return t_quantile((1 + level) / 2, self.freedom) * self.error


def mean_score(
    metric: Metric,
    predictions: ArrayLike,
    truth: ArrayLike,
    blocks: ArrayLike,
    draws: int = 2000,
    seed: int = 0,
    workers: int = 1,
) -> MeanScore:
    """Score one set of predictions `(n, targets)` or `(n, bins, targets)`, and resample it.

    The arguments are those of `bench.metrics.resample.resample`.
    """
    rows = metric.arrange(predictions, truth, blocks)
    return mean_of_targets(
        resample(metric, rows.predictions, rows.truth, rows.blocks, draws, seed, workers)
    )


def mean_of_targets(part: Resampled, chosen: slice = slice(None)) -> MeanScore:
    """Average the scores of some targets, or of all, draw by draw."""
    values, table, left_out = part.values[chosen], part.draws[chosen], part.jackknife[chosen]
    defined = ~np.isnan(values)
    return MeanScore(
        value=float(values[defined].mean()) if defined.any() else math.nan,
        draws=mean_over_targets(values, table),
        jackknife=mean_over_targets(values, left_out),
        blocks=part.blocks,
        targets=int(defined.sum()),
    )


def over_seeds(parts: Sequence[MeanScore]) -> MeanOfSeeds:
    """Average the scores of a model's seeds, draw by draw."""
    seed_variance, spread_of_seeds = _over_trainings(parts)
    return MeanOfSeeds(
        value=float(np.mean([part.value for part in parts])),
        draws=np.mean([part.draws for part in parts], axis=0),
        jackknife=np.mean([part.jackknife for part in parts], axis=0),
        blocks=parts[0].blocks,
        targets=min(part.targets for part in parts),
        seeds=len(parts),
        seed_variance=seed_variance,
        spread_of_seeds=spread_of_seeds,
    )


def _over_trainings(parts: Sequence[MeanScore]) -> tuple[float, float]:
    """Variances of a mean over seeds: without and with what these items add."""
    count = len(parts)
    if count < 2:
        return math.nan, math.nan
    draws = np.array([part.draws for part in parts])
    draws = draws[:, np.isfinite(draws).all(axis=0)]
    apart = draws - draws.mean(axis=0)
    of_items = float(apart.var(axis=1).sum()) / (count - 1) if draws.size else 0.0
    found = float(np.var([part.value for part in parts], ddof=1))
    return max(found - of_items, 0.0) / count, found / count


def mean_of_seeds(
    metric: Metric,
    predictions: Sequence[ArrayLike],
    truth: ArrayLike,
    blocks: ArrayLike,
    draws: int = 2000,
    seed: int = 0,
    workers: int = 1,
) -> MeanOfSeeds:
    """Score predictions of several seeds on the same draws of blocks; see `mean_score`."""
    return over_seeds(
        [mean_score(metric, one, truth, blocks, draws, seed, workers) for one in predictions]
    )


def difference(ours: MeanOfSeeds, theirs: MeanOfSeeds) -> Difference:
    """Return `ours` less `theirs`; both were scored on the same items with the same seed."""
    value = ours.value - theirs.value
    sampling = spread(
        value, ours.draws - theirs.draws, ours.jackknife - theirs.jackknife, ours.blocks
    )
    several = [part for part in (ours, theirs) if part.seeds > 1]
    seed_variance = sum(part.seed_variance for part in several) if several else math.nan
    told = Difference(
        value=value, low=math.nan, high=math.nan, blocks=ours.blocks, note=sampling.note,
        sampling_error=sampling.error, seed_error=math.sqrt(seed_variance),
    )  # fmt: skip
    error = math.sqrt(sampling.error**2 + (sum(part.seed_variance for part in several)))
    if math.isnan(error):
        return told
    rounding = ROUNDING * max(abs(ours.value), abs(theirs.value))
    if error <= rounding:
        value = value if abs(value) > rounding else 0.0
        note = "no draw differs: no P-value"
        return replace(told, value=value, low=value, high=value, error=0.0, note=note)
    fourth = sampling.error**4 / sampling.freedom
    fourth += sum(part.spread_of_seeds**2 / (part.seeds - 1) for part in several)
    found = replace(
        told, error=error, freedom=max(error**4 / fourth, 1.0), note=_targets_note(ours, theirs)
    )
    reach, p = found.reach(0.95), two_sided_p(value / error, found.freedom)
    return replace(found, low=value - reach, high=value + reach, p=p)


def _targets_note(ours: MeanOfSeeds, theirs: MeanOfSeeds) -> str:
    if ours.targets == theirs.targets:
        return ""
    return f"means over {ours.targets} and {theirs.targets} targets"

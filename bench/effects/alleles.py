"""Effects of the variants of a task, as a model that was fitted on another task predicts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N
from bench.effects.scores import Score, compare, default_score, fits
from bench.interface.errors import BenchError
from bench.interface.names import nearest

if TYPE_CHECKING:
    from bench.effects.predictor import AllelePredictor
    from bench.interface.arrays import CodeArray, FloatArray
    from bench.interface.context import Progress
    from bench.interface.examples import Examples

BASES_AT_ONCE = 1 << 22
MOST_AT_ONCE = 4096
VALUES_AT_ONCE = 1 << 24
"""Predicted numbers of either allele that are held together."""

ROUNDING = 1e-12
"""Effects nearer to 0 are none."""

MATCHING, MEAN, LARGEST = "matching", "mean", "largest"
VALIDATION = "validation"
REDUCTIONS = (MATCHING, MEAN, LARGEST, VALIDATION)


@dataclass(frozen=True, slots=True)
class AlleleWindow:
    """What a model reads of an allele: `length` bp, of which no more than `bases` are bases."""

    length: int
    bases: int

    def padded(self, codes: CodeArray) -> CodeArray:
        """Put N around `bases` bp, codes `(n, bases)`, until they are `length` bp."""
        if self.bases == self.length:
            return codes
        window = np.full((len(codes), self.length), N, dtype=np.uint8)
        first = self.length // 2 - self.bases // 2
        window[:, first : first + self.bases] = codes
        return window


@dataclass(frozen=True, slots=True)
class EffectChoice:
    """How effects become one number for each target of a task.

    Attributes:
        score: how both alleles are compared.
        reduction: `matching`, the target of the same name, or the mean for one that has none;
            `mean` over the model's targets; `largest`, that of the greatest size with its sign; or
            the name of a target.
    """

    score: Score
    reduction: str

    def __str__(self) -> str:
        """Return both words."""
        return f"{self.score} {self.reduction}"


def predicted_effects(
    predictor: AllelePredictor,
    examples: Examples,
    window: AlleleWindow,
    scores: Iterable[Score],
    progress: Progress,
) -> dict[Score, FloatArray]:
    """Compare both alleles of all items: for each score `(n, targets)` of the model, float64.

    Args:
        predictor: the model.
        examples: variants.
        window: what is read of either allele.
        scores: how alleles are compared.
        progress: told of variants.
    """
    values = predictor.values_of_a_sequence
    at_once = max(1, min(MOST_AT_ONCE, BASES_AT_ONCE // window.length, VALUES_AT_ONCE // values))
    wanted = tuple(scores)
    parts: dict[Score, list[FloatArray]] = {score: [] for score in wanted}
    for start in range(0, len(examples), at_once):
        pair = examples[start : start + at_once].alleles(window.bases)
        before, after = (predictor.predict(window.padded(codes)) for codes in pair)
        for score in wanted:
            parts[score].append(_rounded(compare(score, before, after).scores))
        progress(min(start + at_once, len(examples)), len(examples), "variants")
    empty = np.empty((0, len(predictor.targets)))
    return {score: np.concatenate([empty, *found]) for score, found in parts.items()}


def _rounded(effects: FloatArray) -> FloatArray:
    """Take what is left of rounding for no effect: its sign would count as a direction."""
    return np.where(np.abs(effects) < ROUNDING, 0.0, effects)


def reduced(
    effects: FloatArray, names: Sequence[str], reduction: str, targets: Sequence[str]
) -> FloatArray:
    """Make one number for each target of a task.

    Args:
        effects: `(n, targets of the model)`.
        names: of the model's targets.
        reduction: see `EffectChoice`.
        targets: of the task.

    Returns:
        Shape `(n, targets of the task)`.

    Raises:
        BenchError: no such reduction or target.
    """
    if reduction == MATCHING:
        mean = effects.mean(axis=1)
        own = [effects[:, names.index(one)] if one in names else mean for one in targets]
        return np.stack(own, axis=1)
    if reduction == MEAN:
        column = effects.mean(axis=1)
    elif reduction == LARGEST:
        column = effects[np.arange(len(effects)), np.abs(effects).argmax(axis=1)]
    elif reduction in names:
        column = effects[:, list(names).index(reduction)]
    else:
        known = (*REDUCTIONS, *names)
        raise BenchError(f"no reduction or target {reduction!r}; {nearest(reduction, known)}")
    return np.repeat(column[:, None], len(targets), axis=1)


def candidates(
    predictor: AllelePredictor, score: Score | None, reduction: str
) -> tuple[EffectChoice, ...]:
    """Return what may be chosen by validation items, or the one thing that was asked for.

    Args:
        predictor: the model.
        score: None for the usual one; by validation, for every one that fits.
        reduction: a word; `validation` for every one.
    """
    kind, output = predictor.shape.kind, predictor.output
    if reduction != VALIDATION:
        return (EffectChoice(score or default_score(kind, output), reduction),)
    scores = [score] if score else [one for one in Score if fits(one, kind, output)]
    ways = [MATCHING]
    if len(predictor.targets) > 1:
        ways += [MEAN, LARGEST, *predictor.targets]
    return tuple(EffectChoice(one, way) for one in scores for way in ways)

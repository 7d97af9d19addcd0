"""Are predictions what the interface says, whatever they are asked for together with?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.audit.conformance.check import NotConformingError, check
from bench.audit.conformance.comparison import EXACT, ROUNDING, require_same
from bench.audit.conformance.fitting import FittedTrial
from bench.interface.card import Output

if TYPE_CHECKING:
    from bench.audit.conformance.subject import Subject
    from bench.interface.arrays import FloatArray
    from bench.interface.card import TaskKind

BATCH = 7
MOST_DEVIATIONS = 3.0
"""How far the mean of predicted values may lie from the mean of the targets."""


@check(
    tried="fit to a small task of each kind that the card names",
    expected="no error",
    mend="see the error, and the line of the model that it names",
)
def fits(subject: Subject) -> None:
    """The model can be fitted."""
    for kind in subject.kinds:
        subject.fitted(subject.plan(kind))


@check(
    tried="predict the test items of a small task of each kind",
    expected="an array of floating-point numbers of shape (n, targets), for profiles (n, bins, "
    "targets), all finite",
    mend="return one row per item, in the order of the items, and a column per target, as floats",
)
def shapes(subject: Subject) -> None:
    """Predictions have the right shape and type."""
    for kind in subject.kinds:
        require_well_formed(subject.fitted(subject.plan(kind), any_shape=True), kind)


def require_well_formed(fitted: FittedTrial, kind: TaskKind) -> None:
    """Raise where predictions are not finite floating-point numbers of the right shape."""
    predictions = fitted.predictions
    expected = fitted.trial.predicted_shape(len(fitted.trial.hidden()))
    if predictions.shape != expected:
        raise NotConformingError(f"{kind}: shape {predictions.shape}, expected {expected}")
    require_finite(predictions, str(kind))


def require_finite(predictions: FloatArray, what: str) -> None:
    """Raise where predictions are no finite floating-point numbers."""
    predictions = np.asarray(predictions)
    if not np.issubdtype(predictions.dtype, np.floating):
        raise NotConformingError(f"{what}: numbers of type {predictions.dtype}")
    odd = np.flatnonzero(~np.isfinite(predictions.reshape(len(predictions), -1)).all(axis=1))
    if len(odd):
        raise NotConformingError(f"{what}: item {odd[0]} is predicted {predictions[odd[0]]}")


@check(
    tried="look at the range of the predictions for each kind of task",
    expected="probabilities from 0 to 1; values around those of the targets; margins of any size",
    mend="correct the outputs in the card's tasks, or return what they say",
)
def output_kind(subject: Subject) -> None:
    """Predictions are what the card calls them."""
    for kind in subject.kinds:
        fitted = subject.fitted(subject.plan(kind))
        output = subject.card.tasks[kind]
        low, high = float(fitted.predictions.min()), float(fitted.predictions.max())
        if output is Output.PROBABILITY and not 0 <= low <= high <= 1:
            raise NotConformingError(f"{kind}: probabilities from {low:.4g} to {high:.4g}")
        if output is Output.VALUE:
            _require_same_level(fitted)


def _require_same_level(fitted: FittedTrial) -> None:
    targets = fitted.trial.targets["default"]
    away = abs(float(fitted.predictions.mean()) - float(targets.mean())) / float(targets.std())
    if away > MOST_DEVIATIONS:
        raise NotConformingError(
            f"mean prediction {fitted.predictions.mean():.4g}, targets have mean "
            f"{targets.mean():.4g} and standard deviation {targets.std():.4g}"
        )


@check(
    tried="predict the same items twice",
    expected="the same predictions",
    mend="draw nothing at random in predict: put networks in eval mode, which ends dropout",
)
def repeatable(subject: Subject) -> None:
    """Predicting draws nothing at random and changes nothing."""
    for fitted in subject.fitted_to_each_kind():
        again = fitted.model.predict(fitted.trial.hidden())
        require_same(again, fitted.predictions, EXACT, f"{fitted.kind}, the second time")


@check(
    tried=f"predict the same items at once, {BATCH} at a time, in reverse order and each twice",
    expected=f"the same prediction for an item each time, within {ROUNDING:g} standard deviations",
    mend="compute each row from its own item: put networks in eval mode, normalise with numbers "
    "learnt in fit, and mind that windows() pads items with N to the longest of the batch",
)
def batches(subject: Subject) -> None:
    """A prediction does not depend on the other items, nor on their order."""
    for fitted in subject.fitted_to_each_kind():
        _require_same_in_batches(fitted)


def _require_same_in_batches(fitted: FittedTrial) -> None:
    model, expected, kind = fitted.model, fitted.predictions, fitted.kind
    items = fitted.trial.hidden()
    parts = [model.predict(items[at : at + BATCH]) for at in range(0, len(items), BATCH)]
    require_same(np.concatenate(parts), expected, ROUNDING, f"{kind}, {BATCH} at a time")
    backwards = np.arange(len(items))[::-1]
    turned = model.predict(items[backwards])[::-1]
    require_same(turned, expected, ROUNDING, f"{kind}, in reverse order")
    twice = np.repeat(np.arange(len(items)), 2)
    require_same(model.predict(items[twice])[::2], expected, ROUNDING, f"{kind}, each item twice")


@check(
    tried="predict items one by one",
    expected=f"shape (1, targets), and the same as together, within {ROUNDING:g} standard "
    "deviations",
    mend="mind functions that drop axes of length 1, such as squeeze, and see the check `batches`",
)
def single_item(subject: Subject) -> None:
    """One item alone can be predicted."""
    for fitted in subject.fitted_to_each_kind():
        count = len(fitted.predictions)
        for row in (0, count // 2, count - 1):
            _require_same_alone(fitted, row)


def _require_same_alone(fitted: FittedTrial, row: int) -> None:
    alone = fitted.model.predict(fitted.trial.hidden()[row : row + 1])
    expected = fitted.trial.predicted_shape(1)
    if alone.shape != expected:
        raise NotConformingError(f"{fitted.kind}: shape {alone.shape}, expected {expected}")
    together = fitted.predictions.copy()
    together[row] = alone[0]
    require_same(together, fitted.predictions, ROUNDING, f"{fitted.kind}, alone")

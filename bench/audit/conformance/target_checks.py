"""Does each target get its own predictions, learnt from what was measured of it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.conformance.check import NotCheckedError, NotConformingError, check
from bench.audit.conformance.comparison import auroc, differ
from bench.audit.conformance.fitting import StepCount, fit_trial
from bench.audit.conformance.learning_checks import LEAST_AUROC, ON_SOME_SEED, on_some_seed
from bench.audit.conformance.prediction_checks import require_finite, require_well_formed
from bench.audit.conformance.trial import Trial, TrialPlan
from bench.interface.card import Reads

if TYPE_CHECKING:
    from bench.audit.conformance.fitting import FittedTrial
    from bench.audit.conformance.subject import Subject
    from bench.interface.arrays import FloatArray

FEW_GAPS, MANY_GAPS = 0.1, 0.3
"""Shares of the targets that were not measured."""


def several_targets_plan(subject: Subject) -> TrialPlan:
    """Plan a trial of three targets, each with a signal of its own."""
    return subject.plan(heads=(("default", 3),), unmeasured=FEW_GAPS, size="full")


def several_heads_plan(subject: Subject) -> TrialPlan:
    """Plan a trial of two heads, with one target and with two."""
    return subject.plan(heads=(("default", 1), ("other", 2)), size="full")


@check(
    tried="fit to one target, a third of whose values were not measured (NaN), and predict; fit "
    "again with zeros in their place",
    expected="finite predictions, which are not those of the fit to zeros",
    mend="leave NaN out of the loss",
)
def unmeasured(subject: Subject) -> None:
    """Gaps in the targets are left out."""
    for kind in subject.kinds:
        plan = subject.plan(kind, unmeasured=MANY_GAPS)
        fitted = subject.fitted(plan)
        require_well_formed(fitted, kind)
        filled = _fitted_to(subject, plan, np.nan_to_num)
        if differ(filled.predictions, fitted.predictions):
            continue
        turned = _fitted_to(subject, plan, lambda targets: np.nan_to_num(targets)[::-1])
        # Where nothing is learnt from targets, nothing is learnt from gaps either.
        if differ(turned.predictions, fitted.predictions):
            raise NotConformingError(f"{kind}: values that were not measured are read as 0")


def _fitted_to(
    subject: Subject, plan: TrialPlan, change: Callable[[FloatArray], FloatArray]
) -> FittedTrial:
    """Fit to the same items with changed targets."""
    trial = Trial(plan)
    trial.targets = {head: change(targets) for head, targets in trial.targets.items()}
    conditions = subject.conditions(plan)
    return fit_trial(subject.model_class, subject.settings, trial, conditions, StepCount())


@check(
    tried="fit to three targets with signals of their own, a tenth of whose values were not "
    "measured (NaN), and predict",
    expected=f"finite predictions of shape (n, 3); AUROC of each target of at least {LEAST_AUROC}"
    f"{ON_SOME_SEED}; for a card that says one_score, the same order of the items for all targets, "
    "and that AUROC for items with all signals against those with none",
    mend="keep columns in the order of the targets; leave NaN out of the loss of its target; or "
    "say several_targets=False",
)
def several_targets(subject: Subject) -> None:
    """Several targets with gaps are fitted."""
    if not subject.card.several_targets:
        raise NotCheckedError("the card says several_targets=False")
    plan = several_targets_plan(subject)

    def attempt(seed: int) -> str:
        fitted = subject.fitted(plan, seed, any_shape=True)
        require_well_formed(fitted, plan.kind)
        _require_learnt(subject, fitted, "default", fitted.predictions)
        return ""

    on_some_seed(subject, attempt)


@check(
    tried="fit to a head `default` of one target and a head `other` of two, with signals of their "
    "own, and predict both",
    expected="finite predictions of shape (n, 1) and (n, 2); AUROC of each target of at least "
    f"{LEAST_AUROC}{ON_SOME_SEED}; for a card that says one_score, as in several-targets",
    mend="fit each of context.shape.heads, with train.of_head(head) and its targets(head), and "
    "predict the head that is asked for; or say several_heads=False",
)
def several_heads(subject: Subject) -> None:
    """Several heads are fitted where the card says so."""
    if not subject.card.several_heads:
        raise NotCheckedError("the card says several_heads=False")
    on_some_seed(subject, lambda seed: _several_heads_learnt(subject, seed))


def _several_heads_learnt(subject: Subject, seed: int) -> str:
    plan = several_heads_plan(subject)
    fitted = subject.fitted(plan, seed)
    for head, _ in plan.heads:
        predictions = np.asarray(fitted.model.predict(fitted.trial.hidden(), head))
        if predictions.shape != fitted.trial.predicted_shape(len(fitted.trial.hidden()), head):
            raise NotConformingError(f"head {head}: shape {predictions.shape}")
        require_finite(predictions, f"head {head}")
        _require_learnt(subject, fitted, head, predictions)
    return ""


def _require_learnt(
    subject: Subject, fitted: FittedTrial, head: str, predictions: FloatArray
) -> None:
    """Raise where a target's predictions do not follow its own truth."""
    if subject.card.reads is Reads.NOTHING:
        return
    truth = fitted.trial.truth[head][fitted.trial.rows("test")]
    if subject.card.one_score:
        _require_one_score(head, predictions, truth)
        return
    for target in range(truth.shape[1]):
        found = auroc(predictions, truth, target)
        if not found >= LEAST_AUROC:
            raise NotConformingError(f"head {head}, target {target}: AUROC {found:.3f}")


def _require_one_score(head: str, predictions: FloatArray, truth: FloatArray) -> None:
    """Raise where targets order the items differently, or the order has nothing to do with them."""
    order = predictions[:, 0].argsort(kind="stable")
    for target in range(1, predictions.shape[1]):
        if (np.diff(predictions[order, target]) < 0).any():
            raise NotConformingError(f"head {head}: target {target} orders items unlike target 0")
    total = truth.sum(axis=1)
    extreme = (total == 0) | (total == truth.shape[1])
    has_signals = (truth[extreme] > 0).astype(np.float32)
    for target in range(predictions.shape[1]):
        found = auroc(predictions[extreme, target : target + 1], has_signals)
        if not found >= LEAST_AUROC:
            raise NotConformingError(
                f"head {head}, target {target}: AUROC {found:.3f} of all signals against none"
            )

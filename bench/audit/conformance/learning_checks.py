"""Does the model learn what can be learnt, and nothing else?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.conformance.check import NotCheckedError, NotConformingError, check
from bench.audit.conformance.comparison import EXACT, auroc, is_same, require_same
from bench.audit.conformance.fitting import StepCount, context_for, elsewhere_random
from bench.audit.conformance.stored_trial import stored
from bench.audit.conformance.subject import BUDGET_SECONDS, FIT_SECONDS
from bench.audit.conformance.trial import COUNTS
from bench.interface.card import Reads

if TYPE_CHECKING:
    from bench.audit.conformance.subject import Subject
    from bench.audit.conformance.trial import Trial, TrialPlan
    from bench.interface.arrays import FloatArray

LEAST_AUROC = 0.75
CHANCE = 0.15
"""How far from 0.5 an AUROC may be by chance: four standard errors with the items of a trial."""
TRAIN_ITEMS, VALID_ITEMS, TEST_ITEMS = COUNTS["full"]


SEEDS = (0, 1, 2)
"""Seeds that are tried: whether a network finds every signal in few items is partly luck, and luck
differs between processors, while what these checks look for fails with any seed."""
ON_SOME_SEED = f", with one of the seeds {', '.join(map(str, SEEDS[:-1]))} and {SEEDS[-1]}"


def on_some_seed(subject: Subject, attempt: Callable[[int], str]) -> str:
    """Return what an attempt tells, the first that succeeds of one for each seed.

    Raises:
        NotConformingError: all fail; the first failure.
    """
    failures: list[NotConformingError] = []
    for seed in SEEDS if subject.card.uses_seed else SEEDS[:1]:
        try:
            return attempt(seed)
        except NotConformingError as failure:
            failures.append(failure)
    raise failures[0]


@check(
    tried=f"fit to {TRAIN_ITEMS} items with a planted signal: a motif of 11 bp, every 100 bp of "
    "an active item and on either strand; or composition, length or place where the card says so",
    expected=f"AUROC of at least {LEAST_AUROC} on {TEST_ITEMS} other items{ON_SOME_SEED}, after at "
    f"most {FIT_SECONDS:.0f} s of training, {BUDGET_SECONDS:.0f} s where the card says uses_budget",
    mend="see whether codes, targets and rows keep together; add a preset `trial` that learns in "
    "that time; or say what the model reads in `reads` of the card",
)
def learns(subject: Subject) -> str:
    """A strong signal is learnt."""
    if subject.card.reads is Reads.NOTHING:
        raise NotCheckedError("the card says that the model reads nothing")
    return "; ".join(
        on_some_seed(subject, partial(_learnt, subject, subject.plan(kind, size="full")))
        for kind in subject.kinds
    )


def _learnt(subject: Subject, plan: TrialPlan, seed: int) -> str:
    fitted = subject.fitted(plan, seed)
    found = auroc(fitted.predictions, fitted.trial.test_truth)
    if not found >= LEAST_AUROC:
        raise NotConformingError(f"{plan.kind}: AUROC {found:.3f} after {fitted.seconds:.1f} s")
    if fitted.seconds > (BUDGET_SECONDS if subject.card.uses_budget else FIT_SECONDS):
        raise NotConformingError(
            f"{plan.kind}: the fit took {fitted.seconds:.0f} s",
            mend="add a smaller preset of the name `trial`, which is tried first",
        )
    return f"{plan.kind} AUROC {found:.3f} after {fitted.seconds:.1f} s"


@check(
    tried="fit to the same items with shuffled targets, and score with shuffled targets",
    expected=f"AUROC of 0.5, give or take {CHANCE}",
    mend="find where targets of the scored items reach the model",
)
def shuffled_labels(subject: Subject) -> str:
    """Where there is nothing to learn, nothing is learnt."""
    fitted = subject.fitted(subject.plan(size="full", labels="shuffled"))
    trial = fitted.trial
    shown = trial.targets["default"][trial.rows("test")]
    shown = shown.reshape(len(shown), -1).mean(axis=1, keepdims=True)
    found = auroc(fitted.predictions, (shown > shown.mean()).astype(float))
    if not abs(found - 0.5) <= CHANCE:
        raise NotConformingError(f"AUROC {found:.3f}")
    return f"AUROC {found:.3f}"


@check(
    tried="note requests for targets in predict; fit to and predict two stored tasks that differ "
    "in the targets of the test items only",
    expected="no request, and the same predictions for both",
    mend="learn in fit, from what `train` and `valid` give, and read nothing else of the task",
)
def test_targets(subject: Subject) -> None:
    """Targets of the test items do not reach the model."""
    fitted = subject.fitted(subject.plan())
    if fitted.in_predict.targets:
        raise NotConformingError("asks for targets in predict")
    plain = _stored_predictions(subject, fitted.trial, flip=False)
    flipped = _stored_predictions(subject, fitted.trial, flip=True)
    if is_same(flipped, plain, EXACT):
        return
    if not is_same(_stored_predictions(subject, fitted.trial, flip=False), plain, EXACT):
        raise NotCheckedError("two fits with the same targets differ; see the check same-seed")
    require_same(flipped, plain, EXACT, "with other test targets")


def _stored_predictions(subject: Subject, trial: Trial, *, flip: bool) -> FloatArray:
    task = stored(trial, subject.empty_folder(), flip=flip)
    with_items = subject.card.uses_coordinates
    train, valid = (
        task.examples(split, with_targets=True, with_items=with_items)
        for split in ("train", "valid")
    )
    conditions = subject.conditions(trial.plan)
    model = subject.model_class(**subject.settings)
    with elsewhere_random():
        context = context_for(trial, subject.settings, conditions, StepCount())
        model.fit(train, valid, context)
        return np.asarray(model.predict(task.examples("test", with_items=with_items)))

"""Does the model leave the process as it found it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.audit.conformance.check import NotConformingError, check
from bench.audit.conformance.fitting import StepCount, context_for
from bench.audit.conformance.process_state import STATES, unusual_state
from bench.audit.conformance.trial import Trial
from bench.audit.conformance.watched import Reading

if TYPE_CHECKING:
    from bench.audit.conformance.subject import Subject


@check(
    tried="fit and predict, and compare before and after: random generators, threads, default "
    "types, warnings, logging, environment, working directory, signals",
    expected="no difference, and no file in the working directory",
    mend="use generators of your own, or put things back: `with torch.random.fork_rng():`, "
    "`with warnings.catch_warnings():`; write into context.scratch",
)
def global_state(subject: Subject) -> None:
    """Nothing global is changed."""
    # The first fit loads libraries, which change things once; those are not the model's doing.
    subject.fitted(subject.plan())
    trial = Trial(subject.plan())
    context = context_for(trial, subject.settings, subject.conditions(trial.plan), StepCount())
    model = subject.model_class(**subject.settings)
    with unusual_state(subject.empty_folder()) as folder:
        before = {name: state() for name, state in STATES.items()}
        model.fit(trial.training("train", Reading()), trial.training("valid", Reading()), context)
        fitted = _changed(before)
        model.predict(trial.hidden())
        predicted = _changed(before)
        left = sorted(path.name for path in folder.iterdir())
    for names, stage in ((fitted, "fit"), (predicted, "predict")):
        if names:
            raise NotConformingError(f"{stage} changes {', '.join(names)}")
    if left:
        raise NotConformingError(f"leaves {', '.join(left)} in the working directory")


def _changed(before: dict[str, object]) -> list[str]:
    return [name for name, state in STATES.items() if state() != before[name]]

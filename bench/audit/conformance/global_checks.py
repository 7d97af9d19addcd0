"""Does the model leave the process as it found it?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.audit.conformance.check import NotConformingError, check
from bench.audit.conformance.fitting import StepCount, context_for
from bench.audit.conformance.process_state import changed_since, read_state, unusual_state
from bench.audit.conformance.processes import last_words, run_module
from bench.audit.conformance.sources import foreign_modules
from bench.audit.conformance.trial import Trial
from bench.audit.conformance.watched import Reading

if TYPE_CHECKING:
    from bench.audit.conformance.subject import Subject


@check(
    tried="import the model's module in a fresh process, after the packages that it imports, and "
    "compare the state of the process before and after",
    expected="no difference",
    mend="move what changes settings of the process (seeds, warning filters, environment, threads) "
    "from the module into the functions that need it, and put things back after",
)
def import_state(subject: Subject) -> None:
    """Importing the model changes nothing global."""
    request = {
        "source": subject.source,
        "module": subject.target.partition(":")[0],
        "packages": sorted(foreign_modules(subject.target)),
    }
    done = run_module("bench.audit.conformance.import_state", json.dumps(request))
    if done.returncode != 0:
        raise NotConformingError(f"the import fails: {last_words(done)}")
    changed = json.loads(done.stdout.splitlines()[-1])
    if changed:
        raise NotConformingError(f"importing {request['module']} changes {', '.join(changed)}")


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
        before = read_state()
        model.fit(trial.training("train", Reading()), trial.training("valid", Reading()), context)
        fitted = changed_since(before)
        model.predict(trial.hidden())
        predicted = changed_since(before)
        left = sorted(path.name for path in folder.iterdir())
    for names, stage in ((fitted, "fit"), (predicted, "predict")):
        if names:
            raise NotConformingError(f"{stage} changes {', '.join(names)}")
    if left:
        raise NotConformingError(f"leaves {', '.join(left)} in the working directory")

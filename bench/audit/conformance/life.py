"""Lives through a model's life in a process of its own, and notes what each stage changes globally.

`python -m bench.audit.conformance.life REQUEST` reads a request as JSON. The model has never run in
the process, so that what it sets up once is seen; libraries are imported before, since what they
change then is not the model's doing.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import warnings
from pathlib import Path

from pydantic import BaseModel

from bench.audit.conformance.fitting import StepCount, context_for
from bench.audit.conformance.process_state import changed_since, read_state, unusual_state
from bench.audit.conformance.subject import Subject
from bench.audit.conformance.trial import Trial, TrialPlan
from bench.audit.conformance.watched import Reading


class LifeRequest(BaseModel):
    """Which model lives, on which trial; the folder is for the answer."""

    model: str
    plugin_files: tuple[Path, ...]
    plan: TrialPlan
    folder: Path
    libraries: list[str]


def main(path: str) -> None:
    """Do the request that stands in a file."""
    from bench.registry.discovery import discover

    request = LifeRequest.model_validate_json(Path(path).read_text())
    _import_all(request.libraries)
    subject = Subject(discover(request.plugin_files), request.model, request.folder)
    subject.model_class  # noqa: B018  imports it; another check watches that
    changed, left = live(subject, request.plan)
    (request.folder / "changed.json").write_text(json.dumps(changed))
    (request.folder / "left.json").write_text(json.dumps(left))


def _import_all(names: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            # Some modules cannot be imported by their names, or not a second time.
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def live(subject: Subject, plan: TrialPlan) -> tuple[dict[str, list[str]], list[str]]:
    """Return what each stage changes, and the files that are left in the working directory."""
    trial = Trial(plan)
    conditions = subject.conditions(plan)
    context = context_for(trial, subject.settings, conditions, StepCount())
    saved = subject.empty_folder()
    changed = {}
    with unusual_state(subject.empty_folder()) as folder:
        before = read_state()
        model = subject.model_class(**subject.settings)
        changed["the constructor"] = changed_since(before)
        model.fit(trial.training("train", Reading()), trial.training("valid", Reading()), context)
        changed["fit"] = changed_since(before)
        model.predict(trial.hidden())
        changed["predict"] = changed_since(before)
        model.save(saved)
        changed["save"] = changed_since(before)
        loaded = subject.model_class.load(saved, context)
        loaded.predict(trial.hidden())
        changed["load"] = changed_since(before)
        left = sorted(path.name for path in folder.iterdir())
    return changed, left


if __name__ == "__main__":
    main(sys.argv[1])

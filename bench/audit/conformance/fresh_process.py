"""Work on a subject in a process of its own.

`python -m bench.audit.conformance.fresh_process REQUEST` reads a request as JSON and does it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel

from bench.audit.conformance.check import NotConformingError
from bench.audit.conformance.fitting import StepCount, context_for
from bench.audit.conformance.processes import last_words, run_module
from bench.audit.conformance.subject import Subject
from bench.audit.conformance.trial import Trial, TrialPlan

if TYPE_CHECKING:
    from bench.audit.conformance.fitting import FittedTrial
    from bench.interface.arrays import FloatArray


class Request(BaseModel):
    """What a fresh process is to do: fit and predict, or load a saved model and predict."""

    action: Literal["fit", "load"]
    model: str
    plugin_files: tuple[Path, ...]
    plan: TrialPlan
    folder: Path
    """Where the answer is written."""
    scratch: Path
    saved: Path | None = None
    """Folder of the saved model, to load."""
    threads: int = 1
    kill_at: int | None = None
    """Report of progress, from 1, at which the process kills itself."""
    whole_life: bool = False
    """Whether the fitted model is also saved and loaded, so that it loads all that it ever does."""


class Answer(BaseModel):
    """What came of it; predictions lie beside it."""

    progress_calls: int
    modules: list[str]
    """All that were loaded in the end."""


class _KillAt(StepCount):
    """Ends the process as a batch system would: at once, with nothing cleaned up."""

    def at_step(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def ask(request: Request) -> tuple[Answer, FloatArray]:
    """Do a request in a fresh process; return its answer and its predictions.

    Raises:
        NotConformingError: the process failed.
    """
    done = _start(request)
    if done.returncode != 0:
        raise NotConformingError(f"in a fresh process: {last_words(done)}")
    answer = Answer.model_validate_json((request.folder / "answer.json").read_text())
    predictions: FloatArray = np.load(request.folder / "predictions.npy")
    return answer, predictions


def ask_and_kill(request: Request) -> None:
    """Start a request that kills itself.

    Raises:
        NotConformingError: it ended in another way.
    """
    done = _start(request)
    if done.returncode != -signal.SIGKILL:
        raise NotConformingError(
            f"was to be killed, but ended with {done.returncode}: {last_words(done)}"
        )


def fit_afresh(subject: Subject) -> FloatArray:
    """Fit to the usual trial in a fresh process; note which modules a life of the model loads.

    Raises:
        NotConformingError: the process failed.
    """
    request = Request(
        action="fit",
        model=f"{subject.name}:{subject.preset_name}",
        plugin_files=subject.plugin_files,
        plan=subject.plan(),
        folder=subject.empty_folder(),
        scratch=subject.empty_folder(),
        whole_life=True,
    )
    answer, predictions = ask(request)
    subject.modules = answer.modules
    return predictions


def _start(request: Request) -> subprocess.CompletedProcess[str]:
    path = request.folder / "request.json"
    path.write_text(request.model_dump_json())
    return run_module("bench.audit.conformance.fresh_process", str(path))


def main(path: str) -> None:
    """Do the request that stands in a file."""
    from bench.registry.discovery import discover

    request = Request.model_validate_json(Path(path).read_text())
    registry = discover(request.plugin_files)
    subject = Subject(registry, request.model, request.folder)
    progress = _KillAt(request.kill_at)
    if request.action == "fit":
        fitted = subject.fit(
            request.plan, threads=request.threads, scratch=request.scratch, progress=progress
        )
        predictions, calls = fitted.predictions, progress.calls
        if request.whole_life:
            _save_and_load(fitted, subject)
    else:
        predictions = load_and_predict(subject, request, progress)
        calls = progress.calls
    np.save(request.folder / "predictions.npy", predictions)
    answer = Answer(progress_calls=calls, modules=sorted(sys.modules))
    (request.folder / "answer.json").write_text(answer.model_dump_json())


def _save_and_load(fitted: FittedTrial, subject: Subject) -> None:
    """Go through the rest of a life; whether that works, other checks tell."""
    with contextlib.suppress(Exception):
        folder = subject.empty_folder()
        fitted.model.save(folder)
        subject.model_class.load(folder, fitted.context).predict(fitted.trial.hidden())


def load_and_predict(subject: Subject, request: Request, progress: StepCount) -> FloatArray:
    """Load the saved model of a request and predict the test items."""
    assert request.saved is not None
    trial = Trial(request.plan)
    conditions = subject.conditions(request.plan, threads=request.threads)
    context = context_for(trial, subject.settings, conditions, progress)
    model = subject.model_class.load(request.saved, context)
    return np.asarray(model.predict(trial.hidden()))


if __name__ == "__main__":
    main(sys.argv[1])

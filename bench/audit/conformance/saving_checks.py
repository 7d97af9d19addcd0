"""Is the fitted model what is saved, and does a killed fit go on?"""

from __future__ import annotations

import zipfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.conformance.check import NotCheckedError, NotConformingError, check
from bench.audit.conformance.comparison import EXACT, RETRAINED, ROUNDING, require_same
from bench.audit.conformance.fresh_process import Request, ask, ask_and_kill
from bench.audit.conformance.target_checks import several_heads_plan, several_targets_plan

if TYPE_CHECKING:
    from bench.audit.conformance.fitting import FittedTrial
    from bench.audit.conformance.subject import Subject

PICKLE_SUFFIXES = {".pkl", ".pickle", ".joblib", ".dill"}
PICKLE_STARTS = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\x00": "lzma"}
"""First bytes of compressed files, and the modules that open them."""


@check(
    tried="save the fitted model into an empty folder, and load it in this process and, with two "
    "threads, in a fresh one",
    expected=f"the same predictions, within {ROUNDING:g} standard deviations with other threads",
    mend="write everything that fit has set; make the model again with cls(**context.settings)",
)
def save_and_load(subject: Subject) -> None:
    """A loaded model predicts what the saved one did."""
    plans = [subject.plan(kind) for kind in subject.kinds]
    if subject.card.several_targets:
        plans.append(several_targets_plan(subject))
    if subject.card.several_heads:
        plans.append(several_heads_plan(subject))
    for plan in plans:
        _require_same_after_loading(subject, subject.fitted(plan))
    fitted = subject.fitted(subject.plan())
    request = _request(subject, fitted, "load", saved=_saved(subject, fitted), threads=2)
    _, predictions = ask(request)
    require_same(predictions, fitted.predictions, ROUNDING, "loaded in a fresh process")


@check(
    tried="look into the files that save writes",
    expected="at least one file, and no pickles: whoever loads one runs its author's code",
    mend="write arrays with np.save, words as JSON, torch weights as a state dictionary that "
    "torch.load(weights_only=True) reads, scikit-learn estimators with skops",
)
def saved_files(subject: Subject) -> None:
    """What is saved can be loaded by strangers."""
    folder = _saved(subject, subject.fitted(subject.plan()))
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if not files:
        raise NotConformingError("save wrote no file")
    for path in files:
        if _is_pickle(path):
            raise NotConformingError(f"{path.name} holds a pickle")


@check(
    tried="kill a fit half-way, and fit again with the same scratch folder",
    expected="fewer steps than from the start, and the same predictions as without the kill, "
    f"within {RETRAINED:g} standard deviations",
    mend="write checkpoints into context.scratch before context.progress reports them, with the "
    "states of optimiser and random generators; or say resumes=False",
)
def resumes(subject: Subject) -> None:
    """A killed fit goes on where the card says so."""
    if not subject.card.resumes:
        raise NotCheckedError("the card says resumes=False")
    fitted = subject.fitted(subject.plan())
    whole = fitted.progress_calls
    if whole < 2:
        raise NotConformingError(f"fit reports progress {whole} times, so that it has no half-way")
    scratch = subject.empty_folder()
    ask_and_kill(_request(subject, fitted, "fit", scratch=scratch, kill_at=(whole + 1) // 2))
    answer, predictions = ask(_request(subject, fitted, "fit", scratch=scratch))
    if answer.progress_calls >= whole:
        raise NotConformingError(f"{answer.progress_calls} steps after the kill, {whole} in all")
    require_same(predictions, fitted.predictions, RETRAINED, "after the kill")


def _require_same_after_loading(subject: Subject, fitted: FittedTrial) -> None:
    loaded = subject.model_class.load(_saved(subject, fitted), fitted.context)
    items = fitted.trial.hidden()
    for head, targets in fitted.trial.plan.heads:
        expected = np.asarray(fitted.model.predict(items, head))
        what = f"{fitted.trial.plan.kind}, head {head} of {targets} targets, loaded"
        require_same(np.asarray(loaded.predict(items, head)), expected, EXACT, what)


def _saved(subject: Subject, fitted: FittedTrial) -> Path:
    folder = subject.empty_folder()
    fitted.model.save(folder)
    return folder


def _request(subject: Subject, fitted: FittedTrial, action: str, **changes: Path | int) -> Request:
    facts = {
        "action": action,
        "model": f"{subject.name}:{subject.preset_name}",
        "plugin_files": subject.plugin_files,
        "plan": fitted.trial.plan,
        "folder": subject.empty_folder(),
        "scratch": subject.empty_folder(),
    }
    return Request.model_validate(facts | changes)


def _is_pickle(path: Path) -> bool:
    if path.suffix in PICKLE_SUFFIXES or _first_bytes(path) in PICKLE_STARTS:
        return True
    if path.suffix in {".npy", ".npz"}:
        return _holds_objects(path)
    return _is_torch_file(path) and not _safe_weights(path)


def _first_bytes(path: Path) -> bytes:
    """Return the first two bytes of what a file holds, unpacked where it is compressed."""
    start = path.read_bytes()[:6]
    for signature, module in COMPRESSED.items():
        if start.startswith(signature):
            with import_module(module).open(path) as stream:
                return bytes(stream.read(2))
    return start[:2]


def _is_torch_file(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("data.pkl") for name in archive.namelist())


def _holds_objects(path: Path) -> bool:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.lib.npyio.NpzFile):
            with loaded:
                for name in loaded.files:
                    loaded[name]
    except ValueError:
        return True
    return False


def _safe_weights(path: Path) -> bool:
    import pickle

    import torch

    try:
        torch.load(path, weights_only=True)
    except pickle.UnpicklingError:
        return False
    return True

"""Runs checks on a model."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from bench.audit.conformance.catalogue import CHECKS
from bench.audit.conformance.check import (
    Check,
    CheckResult,
    NotCheckedError,
    NotConformingError,
    Outcome,
)
from bench.audit.conformance.process_state import preserved

if TYPE_CHECKING:
    from bench.audit.conformance.subject import Subject


def check_model(
    subject: Subject,
    checks: Iterable[Check] = CHECKS,
    begin: Callable[[str], None] = lambda _: None,
) -> Iterator[CheckResult]:
    """Run checks one after another, each announced by name; yield how each ended."""
    for one in checks:
        begin(one.name)
        yield conduct(one, subject)


def conduct(one: Check, subject: Subject) -> CheckResult:
    """Run one check. What the model prints goes to standard error."""
    started = time.monotonic()
    outcome, found, mend = Outcome.PASSED, "", one.mend
    try:
        if one.needs_model:
            subject.require_packages()
        with contextlib.redirect_stdout(sys.stderr), preserved():
            # What a model litters does not lie in the user's folder.
            os.chdir(subject.working_folder)
            found = one.run(subject) or ""
    except NotCheckedError as reason:
        outcome, found = Outcome.SKIPPED, str(reason)
    except NotConformingError as error:
        outcome, found, mend = Outcome.FAILED, error.found, error.mend or one.mend
    except (Exception, SystemExit) as error:  # noqa: BLE001  a model may fail in any way
        outcome, found = Outcome.FAILED, described(error, subject)
    return CheckResult(
        check=one.name,
        outcome=outcome,
        tried=one.tried,
        expected=one.expected,
        found=found,
        mend=mend,
        seconds=time.monotonic() - started,
    )


def was_checked(results: Iterable[CheckResult]) -> bool:
    """Whether the model's own code was run by any check that did not have to be skipped."""
    needing = {one.name for one in CHECKS if one.needs_model}
    return any(
        result.outcome is not Outcome.SKIPPED and result.check in needing for result in results
    )


def described(error: BaseException, subject: Subject) -> str:
    """Say in one line what a model raised, and where in its own code."""
    text = " ".join(str(error).split())
    place = _place(error.__traceback__, subject)
    return f"{type(error).__name__}: {text}{place}"


def _place(trace: TracebackType | None, subject: Subject) -> str:
    """Return the last line of the plugin that was running, or nothing where it was not."""
    module = sys.modules.get(subject.target.partition(":")[0])
    file = getattr(module, "__file__", None)
    if file is None:
        return ""
    own = Path(file) if file == subject.source else Path(file).parent
    frames = [frame for frame in traceback.extract_tb(trace) if _lies_in(Path(frame.filename), own)]
    if not frames:
        return ""
    return f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})"


def _lies_in(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents

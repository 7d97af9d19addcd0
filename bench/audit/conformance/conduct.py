"""Runs checks on a model."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bench.audit.conformance.catalogue import CHECKS
from bench.audit.conformance.check import (
    Check,
    CheckResult,
    NotCheckedError,
    NotConformingError,
    Outcome,
)
from bench.audit.conformance.mending import mending
from bench.audit.conformance.process_state import preserved
from bench.registry.last_line import last_line

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
        mend = mending(error) or one.mend
    return CheckResult(
        check=one.name,
        outcome=outcome,
        tried=one.tried,
        expected=one.expected,
        found=found,
        mend=mend,
        seconds=time.monotonic() - started,
    )


def was_checked(results: Sequence[CheckResult]) -> bool:
    """Whether the results tell anything of the model.

    After all checks, one that tries the model must have been made; after some, any of them.
    """
    made = {result.check for result in results if result.outcome is not Outcome.SKIPPED}
    if len(results) < len(CHECKS):
        return bool(made)
    return any(one.name in made for one in CHECKS if one.tries_model)


def described(error: BaseException, subject: Subject) -> str:
    """Say in one line what a model raised, and where in its own code."""
    text = " ".join(str(error).split())
    place = last_line(error.__traceback__, subject.target, subject.plugin_files)
    return f"{type(error).__name__}: {text}{place}"

"""What a check is, and how it can end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from bench.audit.conformance.subject import Subject

    CheckFunction: TypeAlias = Callable[[Subject], str | None]


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class NotConformingError(Exception):
    """What was found differs from what is expected.

    `mend` says how to mend it where that depends on what was found.
    """

    def __init__(self, found: str, mend: str = "") -> None:
        super().__init__(found)
        self.found = found
        self.mend = mend


class NotCheckedError(Exception):
    """The check does not apply to this model, or cannot be made here; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is tried with a model."""

    name: str
    """Lower-case words with hyphens."""
    tried: str
    """What is done."""
    expected: str
    """What a model must do then."""
    mend: str
    """What an author can do about a failure."""
    run: CheckFunction
    """Returns what was found, where that tells anything. Raises `NotConformingError` or
    `NotCheckedError`; any other error is the model's."""
    needs_model: bool = True
    """Whether the model's own code is run, and so its packages are needed."""
    tries_model: bool = True
    """Whether the model is fitted, loaded or asked for predictions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """How a check of a model ended."""

    check: str
    outcome: Outcome
    tried: str
    expected: str
    found: str
    mend: str
    seconds: float


def check(
    *,
    tried: str,
    expected: str,
    mend: str,
    needs_model: bool = True,
    tries_model: bool = True,
) -> Callable[[CheckFunction], Check]:
    """Make a check of a function, named after it."""

    def made(function: CheckFunction) -> Check:
        return Check(
            name=function.__name__.replace("_", "-"),
            tried=tried,
            expected=expected,
            mend=mend,
            run=function,
            needs_model=needs_model,
            tries_model=needs_model and tries_model,
        )

    return made

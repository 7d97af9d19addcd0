"""Does the result depend on the seed, and on nothing that happens to be so?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.audit.conformance.check import NotCheckedError, NotConformingError, check
from bench.audit.conformance.comparison import EXACT, RETRAINED, differ, require_same
from bench.audit.conformance.fresh_process import fit_afresh

if TYPE_CHECKING:
    from bench.audit.conformance.subject import Subject

REORDERED = 0.1
"""Sums in another order change the course of a training a little, and its end somewhat more."""
GENERATORS = "np.random.default_rng(context.seed), torch.Generator().manual_seed(context.seed)"


@check(
    tried="fit twice with the same seed, with other states of the global random generators",
    expected="the same predictions",
    mend=f"draw from generators that the seed makes: {GENERATORS}; or put the global ones back: "
    "`with torch.random.fork_rng(): torch.manual_seed(context.seed)`",
)
def same_seed(subject: Subject) -> None:
    """The seed decides all."""
    for kind in subject.kinds:
        plan = subject.plan(kind)
        first = subject.fitted(plan)
        again = subject.fit(plan)
        what = f"{kind}, with the same seed"
        require_same(again.predictions, first.predictions, EXACT, what)


@check(
    tried="fit with one thread and with two",
    expected=f"the same predictions, within {REORDERED:g} standard deviations",
    mend="let context.threads decide how fast, and nothing else; or say uses_threads=True where "
    "rounding grows in a long training",
)
def threads(subject: Subject) -> None:
    """The number of threads does not matter."""
    if subject.card.uses_threads:
        raise NotCheckedError(
            "the card says uses_threads=True; cells with other numbers of threads are other cells"
        )
    plan = subject.plan()
    first = subject.fitted(plan)
    other = subject.fit(plan, threads=2)
    require_same(other.predictions, first.predictions, REORDERED, "with two threads")


@check(
    tried="fit with two seeds",
    expected="different predictions for a card that says uses_seed, the same for another",
    mend="use context.seed, or say uses_seed=False: the model then runs once for all seeds",
)
def other_seed(subject: Subject) -> None:
    """The seed is used if and only if the card says so."""
    plan = subject.plan()
    first, other = subject.fitted(plan), subject.fit(plan, seed=1)
    changed = differ(other.predictions, first.predictions)
    if changed and not subject.card.uses_seed:
        raise NotConformingError("seeds 0 and 1 give different predictions, uses_seed is False")
    if not changed and subject.card.upstream:
        raise NotCheckedError("the seed may be that of the models it stands on, as these are tried")
    if not changed and subject.card.uses_seed:
        raise NotConformingError("seeds 0 and 1 give the same predictions, uses_seed is True")


@check(
    tried="fit with the same seed in a fresh process, with other hashes of words",
    expected=f"the same predictions, within {RETRAINED:g} standard deviations",
    mend="let nothing depend on what was computed before in the process, on the order of a set, "
    "or on the time",
)
def fresh_process(subject: Subject) -> None:
    """The result does not depend on the process."""
    first = subject.fitted(subject.plan())
    require_same(fit_afresh(subject), first.predictions, RETRAINED, "in a fresh process")

"""How many bases of some kind are called important: of idle sites, and of each factor's sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.effects.recovery import DRAWS, POOLED, Estimate, estimate, item_draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.effects.recovery import ItemBases, Recovery

    Bools = NDArray[np.bool_]


FUNCTIONAL, ELSEWHERE, OUTSIDE = "functional", "functional elsewhere", "outside"


@dataclass(frozen=True, slots=True)
class CalledShare:
    """How many of some bases are called at the thresholds of a target; None where there are none.

    Attributes:
        target: whose importance and thresholds.
        kind: `functional` sites of a factor that matters to the target, or of one that does not
            (`functional elsewhere`); the role of sites that do nothing; or `outside` of any.
        bases: the factor, or beside which role they lie.
        items: that hold such bases.
        count: how many bases.
        equal: share that is called where as many bases are called as lie inside sites.
        best_f1: share that is called at the best F1.
    """

    target: str
    kind: str
    bases: str
    items: int
    count: int
    equal: Estimate
    best_f1: Estimate


def called_shares(
    items: Sequence[ItemBases],
    found: Sequence[Recovery],
    targets: Sequence[str],
    draws: int = DRAWS,
    seed: int = 0,
) -> list[CalledShare]:
    """Say how many bases are called of sites that do nothing, and of those outside beside them.

    Args:
        items: with sites that do nothing, each of one role.
        found: what was found for the targets, with their thresholds.
        targets: names of the columns.
        draws: of items, for the intervals; thresholds stay as they are.
        seed: of these.
    """
    roles = sorted({role for item in items for role in item.idle})
    shares = []
    for one in found:
        if one.target == POOLED:
            continue
        column = targets.index(one.target)
        for role in roles:
            own = [item for item in items if item.idle[role][:, column].any()]
            chosen = [item.idle[role][:, column] for item in own]
            beside = [~_in_any_site(item) for item in own]
            for kind, name, masks in (
                (role, f"all {role}s", chosen), (OUTSIDE, f"beside {role}s", beside),
            ):  # fmt: skip
                shares.append(_share(one, kind, name, own, masks, column, draws, seed))
    return shares


def _in_any_site(item: ItemBases) -> Bools:
    masks = [*item.factors.values(), *(mask.any(axis=1) for mask in item.idle.values())]
    found = np.zeros(len(item.inside), dtype=np.bool_)
    for mask in masks:
        found |= mask
    return found


def factor_shares(
    items: Sequence[ItemBases],
    found: Sequence[Recovery],
    targets: Sequence[str],
    draws: int = DRAWS,
    seed: int = 0,
) -> list[CalledShare]:
    """Say how many bases of each factor's functional sites are called, for each target.

    The arguments are those of `called_shares`. Factors that do not matter to a target are told
    too: there the importance of a base should be none.
    """
    names = sorted({name for item in items for name in item.factors})
    shares = []
    for one in found:
        if one.target == POOLED:
            continue
        column = targets.index(one.target)
        for name in names:
            own = [item for item in items if item.factors[name].any()]
            masks = [item.factors[name] for item in own]
            matters = any((item.inside[:, column] & item.factors[name]).any() for item in own)
            kind = FUNCTIONAL if matters else ELSEWHERE
            shares.append(_share(one, kind, name, own, masks, column, draws, seed))
    return shares


def _share(
    one: Recovery,
    kind: str,
    name: str,
    items: Sequence[ItemBases],
    masks: Sequence[Bools],
    column: int,
    draws: int,
    seed: int,
) -> CalledShare:
    nothing = Estimate(np.nan, np.nan, np.nan)
    if not any(mask.any() for mask in masks):
        return CalledShare(one.target, kind, name, 0, 0, nothing, nothing)
    counts = np.array([mask.sum() for mask in masks], dtype=np.float64)
    weights = np.stack(list(item_draws(len(items), draws, seed)))
    estimates = []
    for threshold in (one.equal_threshold, one.f1_threshold):
        called = np.array(
            [
                (item.importance[mask, column] >= threshold).sum()
                for item, mask in zip(items, masks, strict=True)
            ],
            dtype=np.float64,
        )
        estimates.append(_ratio(called, counts, weights))
    held = int((counts > 0).sum())
    return CalledShare(one.target, kind, name, held, int(counts.sum()), *estimates)


def _ratio(
    called: NDArray[np.float64], counts: NDArray[np.float64], weights: NDArray[np.float64]
) -> Estimate:
    below = weights @ counts
    drawn = np.divide(weights @ called, below, out=np.full(len(below), np.nan), where=below > 0)
    return estimate(float(called.sum() / counts.sum()), drawn)

"""The nearest point that satisfies box and balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from bench_gkm_svm.dual import DualProblem

MOST_STEPS = 200
EXACT = 1e-13
"""Relative error of the balance at which the multiplier is settled."""


def project(point: Tensor, problem: DualProblem, tube: float = 0.0, start: float = 0.0) -> Tensor:
    """Return the feasible point that is nearest to a point, or the proximal point of a tube.

    It minimises `|x - point|**2 / 2 + tube |x|_1` over the box with `sum(x) = 0`. The sum falls
    piecewise linearly as the multiplier rises; secant steps within a bracket find its zero.

    Args:
        point: `(n,)`.
        problem: its bounds.
        tube: factor on the sum of magnitudes.
        start: guess of the multiplier.
    """
    lower, upper = problem.lower, problem.upper

    def at(multiplier: float) -> tuple[Tensor, float, int]:
        moved = point - multiplier
        if tube:
            moved = moved.sign() * (moved.abs() - tube).clamp(min=0)
        clipped = moved.clamp(lower, upper)
        # Each coefficient between its bounds falls as fast as the multiplier rises.
        slope = (clipped == moved) & (moved != 0) if tube else clipped == moved
        return clipped, float(clipped.sum()), int(slope.sum())

    low, high = float("-inf"), float("inf")
    multiplier = start
    allowed = EXACT * max(1.0, float(point.abs().sum()))
    step = 1.0
    clipped, total, moving = at(multiplier)
    for _ in range(MOST_STEPS):
        if abs(total) <= allowed:
            break
        low, high = (multiplier, high) if total > 0 else (low, multiplier)
        newton = multiplier + total / moving if moving else float("nan")
        if low < newton < high:
            multiplier = newton
        elif low == float("-inf") or high == float("inf"):
            multiplier += step if total > 0 else -step
            step *= 4
        else:
            middle = (low + high) / 2
            if middle in (low, high):
                break
            multiplier = middle
        clipped, total, moving = at(multiplier)
    return clipped

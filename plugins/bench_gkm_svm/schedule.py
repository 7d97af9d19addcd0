"""Solves several machines side by side, so that their products are done together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from bench.interface.context import silent
from bench_gkm_svm.solver import MOST_PRODUCTS, TOLERANCE, DualSolver, Solution

if TYPE_CHECKING:
    from torch import Tensor

    from bench.interface.context import Progress
    from bench_gkm_svm.dual import DualProblem
    from bench_gkm_svm.normalised import KernelProduct

FIRST_PART = 0.8
"""The first pass, in float32, goes on to this part of the tolerance."""
SINGLE_PRECISION = 3e-4
"""A violation below this is left to the second pass."""
STEPS = 100
"""Steps of the progress bar for each machine."""


def solve_all(
    problems: Sequence[DualProblem],
    product: KernelProduct,
    *,
    starts: Sequence[Tensor | None] | None = None,
    tolerance: float = TOLERANCE,
    most_products: int = MOST_PRODUCTS,
    together: int = 1,
    progress: Progress = silent,
) -> list[Solution]:
    """Solve problems that share a kernel.

    Each is solved with products in float32; then its conditions are checked, and if need be it is
    solved on, with products in float64.

    Args:
        problems: what to minimise.
        product: the kernel.
        starts: coefficients to begin with, such as those of a smaller cost.
        tolerance: violation at which to stop.
        most_products: where to give up on a machine.
        together: how many machines are solved side by side.
        progress: told how far all machines are.
    """
    given = list(starts) if starts is not None else [None] * len(problems)
    found = []
    for first in range(0, len(problems), together):
        several = slice(first, first + together)
        bar = _Bar(progress, first, len(problems))
        rough = _solve(
            problems[several],
            product,
            given[several],
            (max(FIRST_PART * tolerance, SINGLE_PRECISION), most_products),
            bar,
        )
        starts_of_second = [solution.beta for solution in rough]
        fine = _solve(
            problems[several],
            product.exact(),
            starts_of_second,
            (tolerance, most_products),
            bar,
        )
        found += [after.after(before.products) for before, after in zip(rough, fine, strict=True)]
    progress(STEPS * len(problems), STEPS * len(problems))
    return found


class _Bar:
    """Tells how far all machines are, from the machines at work and those done before."""

    def __init__(self, progress: Progress, done: int, machines: int) -> None:
        self._progress = progress
        self._done = done
        self._machines = machines

    def __call__(self, solvers: Sequence[DualSolver]) -> None:
        parts = sum(solver.part_done for solver in solvers)
        products = max(solver.products for solver in solvers)
        done = int(STEPS * (self._done + parts))
        self._progress(done, STEPS * self._machines, f"{products} products")


def _solve(
    problems: Sequence[DualProblem],
    product: KernelProduct,
    starts: Sequence[Tensor | None],
    limits: tuple[float, int],
    bar: _Bar,
) -> list[Solution]:
    solvers = [DualSolver(problem, *limits) for problem in problems]
    solved: dict[int, Solution] = {}
    running = {
        number: solver.run(start)
        for number, (solver, start) in enumerate(zip(solvers, starts, strict=True))
    }
    answers: dict[int, Tensor | None] = dict.fromkeys(running)
    while answers:
        asked: dict[int, Tensor] = {}
        for number, answer in answers.items():
            try:
                machine = running[number]
                asked[number] = next(machine) if answer is None else machine.send(answer)
            except StopIteration as end:
                solved[number] = end.value
        answers = {}
        if asked:
            products = product(torch.stack(list(asked.values()), dim=1))
            answers = dict(zip(asked, products.unbind(1), strict=True))
        bar(solvers)
    return [solved[number] for number in sorted(solved)]

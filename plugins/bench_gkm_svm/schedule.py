"""Solves several machines side by side, so that their products are done together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from bench.interface.context import silent
from bench_gkm_svm.solver import MOST_PRODUCTS, TOLERANCE, DualSolver, Solution

if TYPE_CHECKING:
    from torch import Tensor

    from bench.interface.context import Progress
    from bench_gkm_svm.dual import DualProblem
    from bench_gkm_svm.normalised import KernelProduct
    from bench_gkm_svm.solver import Products

FIRST_PART = 0.8
"""The first pass, in float32, goes on to this part of the tolerance."""
SINGLE_PRECISION = 3e-4
"""A violation below this is left to the second pass."""
STEPS = 100
"""Steps of the progress bar for each machine."""
FIRST_STEPS = 90
"""Those of the first pass."""


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
    bar = _Bar(progress, len(problems))
    enough = max(FIRST_PART * tolerance, SINGLE_PRECISION)
    first = [
        Machine(DualSolver(problem, enough, most_products), start)
        for problem, start in zip(problems, given, strict=True)
    ]
    rough = _run(first, product, together, bar)
    bar.goes_on_from(FIRST_STEPS)
    second = [
        Machine(DualSolver(problem, tolerance, most_products), solution.beta)
        for problem, solution in zip(problems, rough, strict=True)
    ]
    fine = _run(second, product.exact(), together, bar)
    progress(STEPS * len(problems), STEPS * len(problems))
    return [after.after(before.products) for before, after in zip(rough, fine, strict=True)]


class Machine:
    """A machine that is being solved: the vector that it wants multiplied, or its solution."""

    def __init__(self, solver: DualSolver, start: Tensor | None) -> None:
        self.solver = solver
        self._steps: Products = solver.run(start)
        self._asked: Tensor | None = None
        self._solution: Solution | None = None

    @property
    def is_solved(self) -> bool:
        """Whether it asks for nothing more."""
        return self._solution is not None

    @property
    def asked(self) -> Tensor:
        """The vector that it wants multiplied."""
        assert self._asked is not None
        return self._asked

    @property
    def solution(self) -> Solution:
        """What was found."""
        assert self._solution is not None
        return self._solution

    def begin(self) -> None:
        """Go on to the first product that is needed."""
        try:
            self._asked = next(self._steps)
        except StopIteration as end:
            self._solution = end.value

    def go_on(self, product: Tensor) -> None:
        """Take the product that was asked for, and go on to the next."""
        try:
            self._asked = self._steps.send(product)
        except StopIteration as end:
            self._asked, self._solution = None, end.value


@dataclass(slots=True)
class _Bar:
    """Tells how far all machines are."""

    progress: Progress
    machines: int
    before: int = 0

    def goes_on_from(self, steps: int) -> None:
        """Begin the second pass."""
        self.before = steps

    def __call__(self, machines: Sequence[Machine]) -> None:
        steps = (STEPS - self.before) if self.before else FIRST_STEPS
        parts = sum(machine.solver.part_done for machine in machines)
        products = sum(machine.solver.products for machine in machines)
        done = self.before * self.machines + int(steps * parts)
        self.progress(done, STEPS * self.machines, f"{products} products")


def _run(
    machines: Sequence[Machine], product: KernelProduct, together: int, bar: _Bar
) -> list[Solution]:
    """Solve all machines; when one is solved the next takes its place."""
    waiting = iter(machines)
    running = _begun(waiting, together)
    while running:
        products = product(torch.stack([machine.asked for machine in running], dim=1))
        for machine, answer in zip(running, products.unbind(1), strict=True):
            machine.go_on(answer)
        bar(machines)
        running = [machine for machine in running if not machine.is_solved]
        running += _begun(waiting, together - len(running))
    return [machine.solution for machine in machines]


def _begun(waiting: Iterator[Machine], count: int) -> list[Machine]:
    """Begin so many machines, passing over those that need no product at all."""
    begun: list[Machine] = []
    while len(begun) < count:
        machine = next(waiting, None)
        if machine is None:
            break
        machine.begin()
        if not machine.is_solved:
            begun.append(machine)
    return begun

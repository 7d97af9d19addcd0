"""Minimises the dual problem of a support vector machine by few products with its kernel.

Two kinds of steps take turns:

- accelerated proximal gradient steps with restarts (Beck & Teboulle 2009, doi:10.1137/080716542;
  O'Donoghue & Candes 2015, doi:10.1007/s10208-013-9150-3), whose step size follows the curvature
  along the last step. The leading eigenvectors of a gapped k-mer kernel are hardly met once the sum
  of the coefficients is held at 0, so that steps may be ten times as long as their eigenvalues say;
- conjugate gradients among the coefficients that are at no bound, once few of them change their
  side. Where sequences overlap, that ends in tens of products what takes hundreds otherwise.

The solver asks for products by yielding a vector, so that several machines can be solved together
and their products be done as one.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import torch

from bench_gkm_svm.projection import project

if TYPE_CHECKING:
    from torch import Tensor

    from bench_gkm_svm.dual import DualProblem

TOLERANCE = 1e-3
"""Violation of the conditions at which LIBSVM stops."""
MOST_PRODUCTS = 10_000
"""Where to give up."""
FIRST_CURVATURE = 3.0
"""Of a normalised kernel, whose diagonal is 1."""
SLACKENING = 0.95
"""The curvature assumed falls by this factor with each step, so that it follows the true one."""
TIGHTENING = 1.3
SETTLED = 50.0
"""Conjugate gradients begin at a violation of this many tolerances."""
STEPS_BETWEEN = 8
"""Accelerated steps after each run of conjugate gradients."""
LONGEST_RUN = 30
"""Products in one run of conjugate gradients."""
REDUCTION = 0.1
"""A run ends when it has reduced the gradient to this part."""
HALVINGS = 4

Products: TypeAlias = "Generator[Tensor, Tensor, Solution]"
"""Yields vectors, receives their products with the kernel, and ends with the solution."""


@dataclass(frozen=True, slots=True)
class Solution:
    """The coefficients of a machine.

    Attributes:
        beta: label times alpha for each sequence, float64 `(n,)`.
        rho: decision values are products with beta, less rho.
        objective: of the dual problem, to be minimised.
        violation: of the conditions of the optimum, as LIBSVM measures it.
        products: with the kernel that it took.
        converged: whether the violation is below the tolerance.
        bounded: support sequences whose coefficient is as large as the cost allows.
    """

    beta: Tensor
    rho: float
    objective: float
    violation: float
    products: int
    converged: bool
    bounded: int

    @property
    def support(self) -> int:
        """Number of support sequences."""
        return int((self.beta != 0).sum())

    @property
    def summary(self) -> str:
        """Objective, support sequences and products in a few words."""
        return (
            f"objective {self.objective:.6f}, {self.support} support sequences, {self.bounded} at "
            f"their bound, {self.products} products, violation {self.violation:.2g}"
        )

    def after(self, products: int) -> Solution:
        """Return the same solution, found after some more products."""
        return replace(self, products=self.products + products)


@dataclass(slots=True)
class Iterate:
    """A feasible point and its product with the kernel and ridge."""

    beta: Tensor
    product: Tensor


class DualSolver:
    """Minimises one dual problem.

    Args:
        problem: what to minimise.
        tolerance: violation at which to stop.
        most_products: where to give up.
    """

    def __init__(
        self,
        problem: DualProblem,
        tolerance: float = TOLERANCE,
        most_products: int = MOST_PRODUCTS,
    ) -> None:
        self.products = 0
        self._problem = problem
        self._tolerance = tolerance
        self._most = most_products
        self._curvature = FIRST_CURVATURE + problem.largest_ridge
        # The eigenvalues of a normalised kernel sum to the number of sequences.
        self._largest_curvature = len(problem.linear) + problem.largest_ridge
        self._stalled = False
        self._first_violation = 0.0
        self._last_violation = 0.0

    @property
    def part_done(self) -> float:
        """How far the violation has fallen to its tolerance, on a scale of logarithms, 0 to 1."""
        if self._last_violation <= self._tolerance:
            return float(self.products > 0)
        whole = math.log(self._first_violation / self._tolerance)
        return max(0.0, math.log(self._first_violation / self._last_violation) / whole)

    def run(self, start: Tensor | None = None) -> Products:
        """Yield vectors, receive their products with the kernel, and return the solution.

        Args:
            start: coefficients to begin with, such as those of a smaller cost; 0 if None.
        """
        now = yield from self._begin(start)
        now = yield from self._accelerate(now, SETTLED * self._tolerance, self._most)
        while not self._done(now):
            now = yield from self._minimise_on_face(now)
            now = yield from self._accelerate(now, self._tolerance, STEPS_BETWEEN)
        problem = self._problem
        violation = problem.violation(now.beta, now.product)
        return Solution(
            beta=now.beta,
            rho=problem.offset(now.beta, now.product),
            objective=problem.objective(now.beta, now.product),
            violation=violation,
            products=self.products,
            converged=violation <= self._tolerance,
            bounded=problem.bounded(now.beta),
        )

    def _multiply(self, vector: Tensor) -> Generator[Tensor, Tensor, Tensor]:
        self.products += 1
        product = yield vector
        return product + self._problem.ridge * vector

    def _begin(self, start: Tensor | None) -> Generator[Tensor, Tensor, Iterate]:
        zeros = torch.zeros_like(self._problem.linear)
        if start is None:
            return Iterate(zeros, zeros)
        beta = project(start, self._problem)
        return Iterate(beta, (yield from self._multiply(beta)))

    def _done(self, now: Iterate) -> bool:
        return self._exhausted or self._violation(now) <= self._tolerance

    @property
    def _exhausted(self) -> bool:
        """Whether there are no products left, or steps have become too short for rounding."""
        return self._stalled or self.products >= self._most

    def _violation(self, now: Iterate) -> float:
        violation = self._problem.violation(now.beta, now.product)
        self._first_violation = max(self._first_violation, violation)
        self._last_violation = violation
        return violation

    def _accelerate(
        self, now: Iterate, until: float, steps: int
    ) -> Generator[Tensor, Tensor, Iterate]:
        """Do accelerated steps until the violation is small enough."""
        ahead, momentum = now, 1.0
        for _ in range(steps):
            if self._violation(now) <= until or self._exhausted:
                break
            after = yield from self._proximal_step(ahead)
            if (ahead.beta - after.beta) @ (after.beta - now.beta) > 0:
                momentum = 1.0
            following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
            ahead = _extrapolated(now, after, (momentum - 1) / following)
            now, momentum = after, following
        return now

    def _proximal_step(self, ahead: Iterate) -> Generator[Tensor, Tensor, Iterate]:
        """Step along the gradient, as far as the curvature on the way allows."""
        problem = self._problem
        while True:
            length = 1 / self._curvature
            moved = ahead.beta - length * (ahead.product - problem.linear)
            beta = project(moved, problem, problem.tube * length)
            product = yield from self._multiply(beta)
            change = beta - ahead.beta
            square = float(change @ change)
            if square == 0:
                return Iterate(beta, product)
            along = float(change @ (product - ahead.product)) / square
            # No kernel bends as much: what was seen is rounding.
            self._stalled = along > 2 * self._largest_curvature
            if along <= self._curvature or self._exhausted:
                self._curvature = max(SLACKENING * self._curvature, along)
                return Iterate(beta, product)
            self._curvature = max(along, TIGHTENING * self._curvature)

    def _minimise_on_face(self, now: Iterate) -> Generator[Tensor, Tensor, Iterate]:
        """Let the free coefficients reach their minimum, and clip what leaves the box.

        Conjugate gradients with the sum of the direction held at 0.
        """
        face = self._problem.face(now.beta)
        free = self._problem.free(now.beta).double()
        count = free.sum()
        if count < 2:
            return now

        def balanced(vector: Tensor) -> Tensor:
            kept = vector * free
            return kept - free * (kept.sum() / count)

        residual = balanced(face.linear - now.product)
        direction, square = residual, residual @ residual
        enough = max(REDUCTION * float(residual.abs().amax()), 0.3 * self._tolerance)
        step, step_product = torch.zeros_like(residual), torch.zeros_like(residual)
        for _ in range(LONGEST_RUN):
            product = yield from self._multiply(direction)
            curvature = direction @ product
            # Rounding may leave nothing of a direction along which nothing bends.
            if curvature <= 0:
                break
            length = square / curvature
            step += length * direction
            step_product += length * product
            residual = residual - length * balanced(product)
            if float(residual.abs().amax()) <= enough or self.products >= self._most:
                break
            square, previous = residual @ residual, square
            direction = residual + (square / previous) * direction
        return (yield from self._step_within(now, Iterate(step, step_product), face))

    def _step_within(
        self, now: Iterate, step: Iterate, face: DualProblem
    ) -> Generator[Tensor, Tensor, Iterate]:
        """Go along a step, clipped to the face, so far that the objective falls."""
        before = self._problem.objective(now.beta, now.product)
        length = 1.0
        for _ in range(HALVINGS):
            aimed = now.beta + length * step.beta
            beta = project(aimed, face)
            if bool(((aimed >= face.lower) & (aimed <= face.upper)).all()):
                after = Iterate(aimed, now.product + length * step.product)
            else:
                after = Iterate(beta, (yield from self._multiply(beta)))
            if self._problem.objective(after.beta, after.product) < before:
                return after
            length /= 2
        return now


def _extrapolated(before: Iterate, after: Iterate, part: float) -> Iterate:
    return Iterate(
        after.beta + part * (after.beta - before.beta),
        after.product + part * (after.product - before.product),
    )
